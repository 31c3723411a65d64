/** Safe contracts of every supported version on a local chain, from the packages in which Safe published them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Interface } from "ethers/abi";
import { getAddress, getCreate2Address } from "ethers/address";
import { keccak256 } from "ethers/crypto";
import { concat } from "ethers/utils";
import { z } from "zod";
import type { Rpc } from "../../../src/chain/rpc.ts";
import { hexSchema, ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../../../src/protocol/hex.ts";
import type { SendTransaction } from "../../../src/safe/deploy-local.ts";
import type { SafeVersion } from "../../../src/safe/safe-contracts.ts";

const SINGLETON_FACTORY: Address = "0x914d7Fec6aaC8cd542e72Bca78B30650d45643d7";
const PATHS: Record<SafeVersion, { package: string; safe: string; factory: string }> = {
  "1.3.0": { package: "@gnosis.pm/safe-contracts", safe: "GnosisSafeL2", factory: "GnosisSafeProxyFactory" },
  "1.4.1": { package: "@safe-global/safe-contracts", safe: "SafeL2", factory: "SafeProxyFactory" },
  "1.5.0": { package: "@safe-global/safe-smart-account", safe: "SafeL2", factory: "SafeProxyFactory" },
};
const HANDLER = "CompatibilityFallbackHandler";
const FACTORY_ABI = new Interface(["function createProxyWithNonce(address singleton, bytes initializer, uint256 saltNonce) returns (address proxy)"]);
const SETUP_ABI = new Interface(["function setup(address[] owners, uint256 threshold, address to, bytes data, address fallbackHandler, address paymentToken, uint256 payment, address paymentReceiver)"]);

export interface SafeRelease {
  version: SafeVersion;
  singleton: Address;
  factory: Address;
  handler: Address;
  create(owners: readonly Address[], threshold: number, handler?: Address): Promise<Address>;
}

/** @param rpc of a chain that has the singleton factory: `deploySafeContracts` puts it there */
export async function deploySafeRelease(rpc: Rpc, send: SendTransaction, version: SafeVersion): Promise<SafeRelease> {
  const { package: name, safe, factory } = PATHS[version];
  const contracts = `${name}/build/artifacts/contracts`;
  const put = async (path: string): Promise<Address> => {
    const bytecode = loadBytecode(`${contracts}/${path}.json`);
    const address = getAddress(getCreate2Address(SINGLETON_FACTORY, ZERO_HASH, keccak256(bytecode))) as Address;
    if ((await rpc.code(address)) === "0x") await send({ to: SINGLETON_FACTORY, data: concat([ZERO_HASH, bytecode]) as Hex, valueWei: 0n, title: path });
    return address;
  };
  const release = {
    singleton: await put(`${safe}.sol/${safe}`),
    factory: await put(`proxies/${factory}.sol/${factory}`),
    handler: await put(`handler/${HANDLER}.sol/${HANDLER}`),
  };
  // For batches; that of 1.3.0 does not come out at the address that Safe gave it.
  if (version !== "1.3.0") await put("libraries/MultiSendCallOnly.sol/MultiSendCallOnly");
  let salt = 1000n;
  return {
    version,
    ...release,
    async create(owners, threshold, handler = release.handler) {
      const initializer = SETUP_ABI.encodeFunctionData("setup", [owners, threshold, ZERO_ADDRESS, "0x", handler, ZERO_ADDRESS, 0n, ZERO_ADDRESS]);
      salt += 1n;
      const create = FACTORY_ABI.encodeFunctionData("createProxyWithNonce", [release.singleton, initializer, salt]) as Hex;
      const proxy = String(FACTORY_ABI.decodeFunctionResult("createProxyWithNonce", await rpc.call({ to: release.factory, data: create }))[0]) as Address;
      const receipt = await send({ to: release.factory, data: create, valueWei: 0n, title: "create" });
      if (receipt.status === "reverted") throw new Error(`no Safe ${version} was made`);
      return proxy;
    },
  };
}

function loadBytecode(specifier: string): Hex {
  const path = createRequire(import.meta.url).resolve(specifier);
  return z.object({ bytecode: hexSchema }).parse(JSON.parse(readFileSync(path, "utf8"))).bytecode;
}
