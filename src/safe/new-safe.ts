import { AbiCoder, Interface } from "ethers/abi";
import { getAddress, getCreate2Address } from "ethers/address";
import { keccak256 } from "ethers/crypto";
import { concat } from "ethers/utils";
import { readFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { isDead } from "../protocol/dead-address.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { officialContract, type SafeContractName, type SafeVersion } from "./safe-contracts.ts";

/** What a new Safe is made of; its address follows from these and the factory. */
export interface NewSafe {
  version: SafeVersion;
  /** `SafeL2` also emits every transaction as an event; the usual choice everywhere but on mainnet. */
  singleton: "Safe" | "SafeL2";
  owners: readonly Address[];
  threshold: bigint;
  saltNonce: bigint;
}

const FACTORY_ABI = new Interface(["function createProxyWithNonce(address singleton, bytes initializer, uint256 saltNonce) returns (address proxy)"]);
const SETUP_ABI = new Interface(["function setup(address[] owners, uint256 threshold, address to, bytes data, address fallbackHandler, address paymentToken, uint256 payment, address paymentReceiver)"]);

/**
 * Where a new Safe will stand (CREATE2), and the transaction of anybody that makes it. Factory, singleton and fallback handler are
 * those that Safe released, by the hash of their code on this chain; nobody is paid, and nothing is delegated to in the setup.
 * @throws LPCTL_SAFE_BAD_OWNERS, LPCTL_SAFE_NOT_RELEASED_HERE
 */
export async function planNewSafe(rpc: Rpc, safe: NewSafe): Promise<{ address: Address; call: { to: Address; valueWei: bigint; data: Hex }; exists: boolean }> {
  requireOwners(safe);
  const [factory, singleton, handler] = await Promise.all(
    (["SafeProxyFactory", safe.singleton, "CompatibilityFallbackHandler"] as const).map((name) => findOfficial(rpc, name, safe.version)),
  );
  if (factory === undefined || singleton === undefined || handler === undefined) throw new TypeError("three names give three addresses");
  const setup = encodeSafeSetup(safe, handler);
  // The factory's own word for what it will deploy: its code is known by its hash.
  const [creationCode] = await readFunction(rpc, factory, "function proxyCreationCode() view returns (bytes)", []);
  const address = addressOfNewSafe({ factory, singleton, setup, saltNonce: safe.saltNonce, creationCode: String(creationCode) });
  return { address, call: { to: factory, valueWei: 0n, data: encodeCreateSafe(singleton, setup, safe.saltNonce) }, exists: (await rpc.code(address)) !== "0x" };
}

/** Calldata of `setup` that pays nobody and delegates to nothing. */
export function encodeSafeSetup({ owners, threshold }: Pick<NewSafe, "owners" | "threshold">, fallbackHandler: Address): Hex {
  return SETUP_ABI.encodeFunctionData("setup", [owners, threshold, ZERO_ADDRESS, "0x", fallbackHandler, ZERO_ADDRESS, 0n, ZERO_ADDRESS]) as Hex;
}

/** Calldata of the factory's `createProxyWithNonce`. */
export function encodeCreateSafe(singleton: Address, setup: Hex, saltNonce: bigint): Hex {
  return FACTORY_ABI.encodeFunctionData("createProxyWithNonce", [singleton, setup, saltNonce]) as Hex;
}

/** Where `createProxyWithNonce` puts a Safe: CREATE2 of the factory, with the creation code of its proxy. */
export function addressOfNewSafe(parts: { factory: Address; singleton: Address; setup: Hex; saltNonce: bigint; creationCode: string }): Address {
  const abi = AbiCoder.defaultAbiCoder();
  const salt = keccak256(concat([keccak256(parts.setup), abi.encode(["uint256"], [parts.saltNonce])]));
  return getAddress(getCreate2Address(parts.factory, salt, keccak256(concat([parts.creationCode, abi.encode(["address"], [parts.singleton])])))) as Address;
}

function requireOwners({ owners, threshold }: NewSafe): void {
  const bad = owners.filter((owner, index) => isDead(owner) || owners.indexOf(owner) !== index);
  if (owners.length > 0 && bad.length === 0 && threshold >= 1n && threshold <= BigInt(owners.length)) return;
  throw new LpctlError({
    code: "LPCTL_SAFE_BAD_OWNERS",
    exit: Exit.usage,
    message: bad.length > 0 ? `${bad[0] ?? ""} cannot be an owner of the Safe${owners.filter((owner) => owner === bad[0]).length > 1 ? " twice" : ""}` : `A Safe of ${owners.length} owners cannot need ${threshold} signatures`,
    why: bad.length > 0 ? "every owner is another account that somebody can sign for" : `between 1 and ${owners.length} are possible`,
    next: "lpctl safe create --help",
  });
}

async function findOfficial(rpc: Rpc, name: SafeContractName, version: SafeVersion): Promise<Address> {
  const { addresses, codeHashes } = officialContract(name, version);
  const found = await Promise.all(addresses.map(async (address) => ({ address, codeHash: keccak256(await rpc.code(address)) as Hex })));
  const official = found.find(({ codeHash }) => codeHashes.includes(codeHash));
  if (official !== undefined) return official.address;
  throw new LpctlError({
    code: "LPCTL_SAFE_NOT_RELEASED_HERE",
    exit: Exit.refused,
    message: `${name} ${version} is not on this chain`,
    why: `there is no code, or other code, at ${addresses.join(" and ")}`,
    next: "Choose another --version, or have Safe's contracts deployed on this chain first",
    details: { name, version },
  });
}
