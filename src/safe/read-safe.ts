import { getAddress } from "ethers/address";
import { keccak256 } from "ethers/crypto";
import { readFunction, tryReadFunction } from "../chain/read-function.ts";
import type { BlockTag, Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { ZERO_ADDRESS } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { officialContractOfCode, proxyVersionOfCode, requireSafeVersion, SAFE_VERSIONS } from "./safe-contracts.ts";
import type { SafeVersion } from "./safe-contracts.ts";

/** A Safe as it is at one block. `guard`, `moduleGuard` and `fallbackHandler` are the zero address when there is none. */
export interface SafeFacts {
  address: Address;
  version: SafeVersion;
  singleton: Address;
  singletonName: "Safe" | "SafeL2";
  singletonCodeHash: Hex;
  proxyCodeHash: Hex;
  owners: Address[];
  threshold: bigint;
  nonce: bigint;
  modules: Address[];
  guard: Address;
  moduleGuard: Address;
  fallbackHandler: Address;
  blockNumber: bigint;
}

const SENTINEL: Address = "0x0000000000000000000000000000000000000001";
const SINGLETON_SLOT = 0n;
/** keccak-256 of "fallback_manager.handler.address", "guard_manager.guard.address", "module_manager.module_guard.address". */
const FALLBACK_HANDLER_SLOT: Hex = "0x6c9a6c4a39284e37ed1cf53d337577d14212a4870fb976a4366c693b939918d5";
const GUARD_SLOT: Hex = "0x4a204f620c8c5ccdca3fd54d003badd85ba500436a431f0cbda4f558c93c34c8";
const MODULE_GUARD_SLOT: Hex = "0xb104e0b93118902c651344349b610029d694cfdec91c589c91ebafbcd0289947";

const VERSION = "function VERSION() view returns (string)";
const THRESHOLD = "function getThreshold() view returns (uint256)";
const OWNERS = "function getOwners() view returns (address[])";
const NONCE = "function nonce() view returns (uint256)";
const MODULES = "function getModulesPaginated(address start, uint256 pageSize) view returns (address[] array, address next)";
const MODULES_PER_PAGE = 50n;
/** A list that never ends is a lie of the node or of the contract. */
const MOST_MODULES = 5_000;
const MOST_OWNERS_AHEAD = 20;

/**
 * For `askAhead`: all that `isSafe` and `readSafe` ask of an address that may be a Safe, at once, and then whether its owners
 * hold code. Whether any of it is believed is for them to say.
 */
export async function expectSafe(ahead: Rpc, address: Address): Promise<void> {
  const ownersHoldCode = async (): Promise<void> => {
    const answer = await tryReadFunction(ahead, address, OWNERS);
    await Promise.all(addresses(answer?.[0]).slice(0, MOST_OWNERS_AHEAD).map((owner) => ahead.code(owner)));
  };
  const asked = [
    ahead.code(address),
    ...[SINGLETON_SLOT, GUARD_SLOT, MODULE_GUARD_SLOT, FALLBACK_HANDLER_SLOT].map((slot) => ahead.storage(address, slot)),
    ...[VERSION, THRESHOLD, NONCE].map((getter) => tryReadFunction(ahead, address, getter)),
    tryReadFunction(ahead, address, MODULES, [SENTINEL, MODULES_PER_PAGE]),
    ownersHoldCode(),
  ];
  await Promise.allSettled(asked);
}

/**
 * Whether an address is, or claims to be, a Safe: it has the code of a Safe proxy, or answers like a Safe.
 * Cheap, and proves nothing. `readSafe` decides, and says what is wrong with a false one.
 */
export async function isSafe(rpc: Rpc, address: Address, at: BlockTag = "latest"): Promise<boolean> {
  const code = await rpc.code(address, at);
  if (code === "0x") return false;
  const codeHash = hashCode(code);
  if (proxyVersionOfCode(codeHash) !== undefined) return true;
  // The shared contracts of Safe answer some of the questions and are no Safes.
  if (officialContractOfCode(codeHash) !== undefined) return false;
  const [version, threshold, owners] = await Promise.all([
    tryReadFunction(rpc, address, VERSION, [], at),
    tryReadFunction(rpc, address, THRESHOLD, [], at),
    tryReadFunction(rpc, address, OWNERS, [], at),
  ]);
  return version !== undefined && threshold !== undefined && owners !== undefined;
}

/**
 * Reads a Safe at one block and proves by code hash that it is one: proxy and singleton are exactly what Safe
 * released, so that its answers can be believed.
 * @throws LPCTL_SAFE_NO_CODE, LPCTL_SAFE_IS_SINGLETON, LPCTL_SAFE_UNKNOWN_PROXY, LPCTL_SAFE_UNKNOWN_SINGLETON,
 * LPCTL_SAFE_UNKNOWN_VERSION, LPCTL_SAFE_NOT_SET_UP, LPCTL_SAFE_BAD_OWNERS (all exit 3)
 */
export async function readSafe(rpc: Rpc, address: Address, at?: BlockTag): Promise<SafeFacts> {
  const block = typeof at === "bigint" ? at : await rpc.blockNumber();
  const [code, singletonWord, guard, moduleGuard, fallbackHandler] = await Promise.all([
    rpc.code(address, block),
    rpc.storage(address, SINGLETON_SLOT, block),
    rpc.storage(address, GUARD_SLOT, block),
    rpc.storage(address, MODULE_GUARD_SLOT, block),
    rpc.storage(address, FALLBACK_HANDLER_SLOT, block),
  ]);
  const { proxyCodeHash, singleton } = requireProxy(address, code, singletonWord);
  const modules = readModules(rpc, address, block);
  // Whether its answers can be believed is said first.
  modules.catch(() => undefined);
  const [singletonCode, versionAnswer, ownersAnswer, thresholdAnswer, nonceAnswer] = await Promise.all([
    rpc.code(singleton, block),
    tryReadFunction(rpc, address, VERSION, [], block),
    tryReadFunction(rpc, address, OWNERS, [], block),
    tryReadFunction(rpc, address, THRESHOLD, [], block),
    tryReadFunction(rpc, address, NONCE, [], block),
  ]);
  const version = requireSafeVersion(versionAnswer === undefined ? undefined : printable(String(versionAnswer[0])));
  const singletonCodeHash = hashCode(singletonCode);
  const official = officialContractOfCode(singletonCodeHash, ["Safe", "SafeL2"]);
  if (official === undefined || official.version !== version) {
    throw refusal(
      "LPCTL_SAFE_UNKNOWN_SINGLETON",
      `The Safe ${address} runs unknown code: its singleton ${singleton} is not what Safe released as ${version}.`,
      `The hash of the singleton's code is ${singletonCodeHash}.`,
      { singleton, singletonCodeHash, version },
    );
  }
  const owners = addresses(ownersAnswer?.[0]);
  const threshold = BigInt(String(thresholdAnswer?.[0] ?? 0));
  if (threshold === 0n || nonceAnswer === undefined) {
    throw refusal("LPCTL_SAFE_NOT_SET_UP", `The Safe ${address} was never set up.`, "Its threshold is zero: it has no owners, and anyone may still take it.");
  }
  requireSoundOwners(address, owners, threshold);
  return {
    address: getAddress(address) as Address,
    version,
    singleton,
    singletonName: official.name === "SafeL2" ? "SafeL2" : "Safe",
    singletonCodeHash,
    proxyCodeHash,
    owners,
    threshold,
    nonce: BigInt(String(nonceAnswer[0])),
    modules: await modules,
    guard: wordAddress(guard),
    // Before 1.5.0 nothing reads that slot.
    moduleGuard: version === "1.5.0" ? wordAddress(moduleGuard) : ZERO_ADDRESS,
    fallbackHandler: wordAddress(fallbackHandler),
    blockNumber: block,
  };
}

/** The code of a Safe is that of its proxy; nothing is asked of any other code. */
function requireProxy(address: Address, code: Hex, singletonWord: Hex): { proxyCodeHash: Hex; singleton: Address } {
  if (code === "0x") {
    throw refusal("LPCTL_SAFE_NO_CODE", `There is no contract at ${address}.`, "A Safe is a contract; this address has no code on this chain.");
  }
  const proxyCodeHash = hashCode(code);
  const itself = officialContractOfCode(proxyCodeHash);
  if (itself !== undefined) {
    throw refusal("LPCTL_SAFE_IS_SINGLETON", `${address} is the shared ${itself.name} ${itself.version} contract, not a Safe.`, "Every Safe is a proxy of its own; this is the code they share.");
  }
  if (proxyVersionOfCode(proxyCodeHash) === undefined) {
    throw refusal("LPCTL_SAFE_UNKNOWN_PROXY", `${address} does not have the code of a Safe.`, `The hash of its code, ${proxyCodeHash}, is of no Safe proxy of ${SAFE_VERSIONS.join(", ")}.`, { proxyCodeHash });
  }
  return { proxyCodeHash, singleton: wordAddress(singletonWord) };
}

/** All modules, page by page to the end of the list. */
async function readModules(rpc: Rpc, safe: Address, at: bigint): Promise<Address[]> {
  const modules: Address[] = [];
  let start = SENTINEL;
  do {
    const page = await readFunction(rpc, safe, MODULES, [start, MODULES_PER_PAGE], at);
    const found = addresses(page[0]);
    modules.push(...found);
    // Safe 1.3.0 gives as `next` the first module that the page no longer holds; asking from it on would skip that one.
    const last = found.at(-1);
    const next = String(page[1]);
    start = last === undefined || next === SENTINEL || next === ZERO_ADDRESS ? SENTINEL : last;
  } while (start !== SENTINEL && modules.length < MOST_MODULES);
  return modules;
}

function requireSoundOwners(safe: Address, owners: readonly Address[], threshold: bigint): void {
  const impossible = owners.find((owner) => owner === ZERO_ADDRESS || owner === SENTINEL || owner.toLowerCase() === safe.toLowerCase());
  if (impossible !== undefined || threshold > BigInt(owners.length) || new Set(owners).size !== owners.length) {
    throw refusal(
      "LPCTL_SAFE_BAD_OWNERS",
      `The owners of the Safe ${safe} make no sense.`,
      impossible === undefined ? `It asks for ${threshold} signatures of ${owners.length} owners: ${owners.join(", ")}.` : `${impossible} is among them, and can never sign.`,
      { owners: [...owners], threshold },
    );
  }
}

function addresses(value: unknown): Address[] {
  return Array.from(Object(value ?? []) as Iterable<unknown>, (entry) => getAddress(String(entry)) as Address);
}

function wordAddress(word: Hex): Address {
  return getAddress(`0x${word.slice(-40)}`) as Address;
}

function refusal(code: `LPCTL_SAFE_${Uppercase<string>}`, message: string, why: string, details?: Record<string, unknown>): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next: "Check the address and the network.", details });
}

/** ethers reads hexadecimal text digit by digit, which takes longer than to hash what it says. */
function hashCode(code: Hex): Hex {
  return keccak256(Buffer.from(code.slice(2), "hex")) as Hex;
}
