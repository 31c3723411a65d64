import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { keccak256 } from "ethers/crypto";
import { Transaction } from "ethers/transaction";
import { concat } from "ethers/utils";
import { z } from "zod";
import { LOCAL_CHAIN_ID } from "../chain/anvil.ts";
import { pollUntil } from "../chain/poll.ts";
import type { Receipt, Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { hash32Schema, hexSchema, ZERO_HASH } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { addressOfNewSafe, encodeCreateSafe, encodeSafeSetup } from "./new-safe.ts";
import { canonicalAddress, officialContract } from "./safe-contracts.ts";
import type { SafeContractName } from "./safe-contracts.ts";

/** Sends a transaction and gives its receipt; the caller decides who pays and how it is journaled. */
export type SendTransaction = (transaction: { to: Address; data: Hex; valueWei: bigint; title: string }) => Promise<Receipt>;

const VERSION = "1.4.1";
const RECEIPT_DEADLINE_MS = 30_000;
const RECEIPT_POLL_MS = 10;

/** Artifact paths in @safe-global/safe-contracts 1.4.1. */
const ARTIFACTS: readonly [name: SafeContractName, path: string][] = [
  ["Safe", "Safe.sol/Safe"],
  ["SafeL2", "SafeL2.sol/SafeL2"],
  ["SafeProxyFactory", "proxies/SafeProxyFactory.sol/SafeProxyFactory"],
  ["MultiSend", "libraries/MultiSend.sol/MultiSend"],
  ["MultiSendCallOnly", "libraries/MultiSendCallOnly.sol/MultiSendCallOnly"],
  ["CompatibilityFallbackHandler", "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler"],
  ["SignMessageLib", "libraries/SignMessageLib.sol/SignMessageLib"],
  ["CreateCall", "libraries/CreateCall.sol/CreateCall"],
  ["SimulateTxAccessor", "accessors/SimulateTxAccessor.sol/SimulateTxAccessor"],
];

/**
 * Puts the official Safe 1.4.1 contracts on a local chain at their canonical addresses: first Safe's singleton
 * factory (its published presigned transaction), then each contract through it with CREATE2. What is there
 * already is kept; in the end every code hash is compared with the official one.
 * @throws LPCTL_SAFE_NOT_LOCAL, LPCTL_SAFE_LOCAL_DEPLOYMENT
 */
export async function deploySafeContracts({ rpc, send }: { rpc: Rpc; send: SendTransaction }): Promise<Record<string, Address>> {
  const factory = await deploySingletonFactory(rpc);
  const contracts = ARTIFACTS.map(([name, path]) => ({ name, path, address: canonicalAddress(name, VERSION) }));
  const before = await Promise.all(contracts.map(({ address }) => rpc.code(address)));
  const missing = contracts.filter((_, index) => before[index] === "0x");
  // One after the other: a sender that asks the node for its nonce cannot have two under way.
  for (const { name, path } of missing) {
    await send({ to: factory, data: concat([ZERO_HASH, loadBytecode(path)]) as Hex, valueWei: 0n, title: `Deploy ${name} ${VERSION}` });
  }
  const after = await Promise.all(contracts.map(({ address }) => rpc.code(address)));
  for (const [index, { name, address }] of contracts.entries()) {
    const codeHash = keccak256(after[index] ?? "0x") as Hex;
    if (!officialContract(name, VERSION).codeHashes.includes(codeHash)) throw failed(`${name} did not come out right at ${address}.`, `The hash of its code is ${codeHash}.`);
  }
  return Object.fromEntries(contracts.map(({ name, address }) => [name, address]));
}

/** What a new Safe is made of; its address follows from these and nothing else. */
export interface NewSafe {
  owners: readonly Address[];
  threshold: bigint;
  saltNonce: bigint;
  /** `SafeL2` also emits every transaction as an event; the usual choice everywhere but on mainnet. */
  singleton?: "Safe" | "SafeL2" | undefined;
}

/** Where `createSafe` will put the Safe: CREATE2 of the canonical 1.4.1 factory. */
function predictSafeAddress(safe: NewSafe): Address {
  return addressOfNewSafe({
    factory: canonicalAddress("SafeProxyFactory", VERSION),
    singleton: canonicalAddress(safe.singleton ?? "SafeL2", VERSION),
    setup: setupOf(safe),
    saltNonce: safe.saltNonce,
    creationCode: loadBytecode("proxies/SafeProxy.sol/SafeProxy"),
  });
}

/**
 * Makes a Safe 1.4.1 with the canonical factory, singleton and fallback handler, unless it exists.
 * @returns its address, the one `predictSafeAddress` gives
 * @throws LPCTL_SAFE_LOCAL_DEPLOYMENT
 */
export async function createSafe({ rpc, send, ...safe }: NewSafe & { rpc: Rpc; send: SendTransaction }): Promise<Address> {
  const address = predictSafeAddress(safe);
  if ((await rpc.code(address)) !== "0x") return address;
  const data = encodeCreateSafe(canonicalAddress(safe.singleton ?? "SafeL2", VERSION), setupOf(safe), safe.saltNonce);
  const receipt = await send({ to: canonicalAddress("SafeProxyFactory", VERSION), data, valueWei: 0n, title: `Create a Safe, ${safe.threshold} of ${safe.owners.length}` });
  if (receipt.status === "reverted" || (await rpc.code(address)) === "0x") throw failed(`The Safe did not appear at ${address}.`, `Transaction ${receipt.transactionHash} ${receipt.status === "reverted" ? "reverted" : "succeeded"}.`);
  return address;
}

function setupOf(safe: NewSafe): Hex {
  return encodeSafeSetup(safe, canonicalAddress("CompatibilityFallbackHandler", VERSION));
}

const deploymentSchema = z.object({ signerAddress: addressSchema, transaction: hexSchema, address: addressSchema, gasPrice: z.coerce.bigint(), gasLimit: z.coerce.bigint() });

async function deploySingletonFactory(rpc: Rpc): Promise<Address> {
  const chainId = await rpc.chainId();
  const deployment = loadFactoryDeployment(chainId);
  if ((await rpc.code(deployment.address)) !== "0x") return deployment.address;
  try {
    const balance = `0x${(deployment.gasPrice * deployment.gasLimit).toString(16)}`;
    await rpc.request("anvil_setBalance", [deployment.signerAddress, balance], z.unknown());
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_SAFE_NOT_LOCAL",
      exit: Exit.refused,
      message: `Safe's contracts are not on the chain at ${rpc.origin}, and it is not a local chain.`,
      why: "lpctl deploys them only on a chain of its own.",
      next: "lpctl node start --phase safe",
      cause,
    });
  }
  const hash = await (deployment.isForThisChain ? rpc.sendRawTransaction(deployment.transaction) : sendAsPublisher(rpc, deployment));
  await pollUntil(async () => (await rpc.receipt(hash)) ?? undefined, { deadlineMs: RECEIPT_DEADLINE_MS, intervalMs: RECEIPT_POLL_MS, what: "Safe's singleton factory to be mined" });
  if ((await rpc.code(deployment.address)) === "0x") throw failed("Safe's singleton factory did not appear.", `Transaction ${hash} was mined without it.`);
  return deployment.address;
}

type FactoryDeployment = z.output<typeof deploymentSchema> & { isForThisChain: boolean };

/** Presigned for this chain id if Safe has published that, else for the usual one of local chains: the same contract either way. */
function loadFactoryDeployment(chainId: bigint): FactoryDeployment {
  const load = (id: bigint): z.output<typeof deploymentSchema> => deploymentSchema.parse(loadJson(`@safe-global/safe-singleton-factory/artifacts/${id}/deployment.json`));
  try {
    return { ...load(chainId), isForThisChain: true };
  } catch {
    return { ...load(LOCAL_CHAIN_ID), isForThisChain: false };
  }
}

/** A local chain takes the publisher's transaction without the publisher's signature; so the contract gets its usual address. */
async function sendAsPublisher(rpc: Rpc, { signerAddress, transaction }: FactoryDeployment): Promise<Hex> {
  await rpc.request("anvil_impersonateAccount", [signerAddress], z.unknown());
  const request = { from: signerAddress, data: Transaction.from(transaction).data };
  const hash = await rpc.request("eth_sendTransaction", [request], hash32Schema);
  await rpc.request("anvil_stopImpersonatingAccount", [signerAddress], z.unknown());
  return hash;
}

const artifactSchema = z.object({ bytecode: hexSchema });

function loadBytecode(path: string): Hex {
  return artifactSchema.parse(loadJson(`@safe-global/safe-contracts/build/artifacts/contracts/${path}.json`)).bytecode;
}

function loadJson(specifier: string): unknown {
  try {
    return JSON.parse(readFileSync(createRequire(import.meta.url).resolve(specifier), "utf8"));
  } catch (cause) {
    throw failed(`${specifier} is missing; install lpctl again.`, undefined, cause);
  }
}

function failed(message: string, why?: string, cause?: unknown): LpctlError {
  return new LpctlError({ code: "LPCTL_SAFE_LOCAL_DEPLOYMENT", exit: Exit.failed, message, why, next: "Start a fresh local chain: lpctl node start", cause });
}
