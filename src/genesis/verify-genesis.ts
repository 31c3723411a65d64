import { Interface, getCreateAddress } from "ethers";
import { z } from "zod";
import { readFunction } from "../chain/read-function.ts";
import { readLogs } from "../chain/logs.ts";
import type { BlockHeader, Log, Rpc } from "../chain/rpc.ts";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import { Exit, LpctlError } from "../errors.ts";
import { contractId } from "../protocol/contract-id.ts";
import { hexSchema, quantitySchema, type Address, type Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { matchRuntimeBytecode } from "../solidity/match-bytecode.ts";
import { findArtifact } from "./find-artifact.ts";
import type { LoadedGenesis } from "./load-genesis-file.ts";
import { hashPrediction, type Prediction } from "./prediction.ts";
import { prepareGenesis } from "./prepare-genesis.ts";
import { repredictGenesis } from "./repredict-genesis.ts";
import { askAboutGenesis } from "./verify-genesis-grants.ts";
import { answerQuestions, VERIFY_GROUPS, type VerifyContext, type VerifyGroup, type VerifyRow } from "./verify-genesis-questions.ts";
import { askAboutState } from "./verify-genesis-state.ts";
import { askAboutSuite, REGISTERED_EVENT } from "./verify-genesis-suite.ts";

export interface VerifyGenesisOptions {
  rpc: Rpc;
  loaded: LoadedGenesis;
  artifacts: readonly Artifact[];
  /** Where the protocol begins; undefined when only the deployer is known. */
  controller: Address | undefined;
  /** Who sent the genesis; undefined: whoever registered the first contract. */
  deployer: Address | undefined;
  /** The state that was predicted before; undefined predicts it again, on an empty chain. */
  prediction: Prediction | undefined;
  /** The state after this block; the latest by default. Older ones need an archive node. */
  block?: bigint | undefined;
}

/** Plain data: what `genesis verify --json` prints. */
export interface GenesisVerification {
  equal: boolean;
  chainId: bigint;
  block: { number: bigint; hash: Hex };
  deployer: Address;
  firstNonce: bigint;
  controller: Address;
  genesisManager: Address;
  distribution: { kind: "merkle-mine" | "faucet"; address: Address };
  planHash: Hex;
  /** Fewer sent than planned: the genesis is not over. */
  transactions: { planned: number; sent: number };
  /** `kept`: predicted before the genesis; `again`: for this comparison; `none`: it could not be predicted again. */
  predicted: "kept" | "again" | "none";
  /** Of the predicted state; null when there is none. */
  predictionHash: Hex | null;
  groups: { group: VerifyGroup; compared: number; different: number }[];
  rows: VerifyRow[];
}

/**
 * Compares a chain with a genesis file, independently of how the genesis got there: the plan is derived again from file,
 * code and deployer, and everything it leads to is read from the chain, at one block.
 * @throws LPCTL_GENESIS_OTHER_CHAIN, LPCTL_GENESIS_DEPLOYER_UNKNOWN, and errors of the RPC
 */
export async function verifyGenesis(options: VerifyGenesisOptions): Promise<GenesisVerification> {
  const { rpc, loaded, artifacts } = options;
  const { file } = loaded.parsed;
  const [chainId, block] = await Promise.all([rpc.chainId(), rpc.block(options.block ?? "latest")]);
  if (chainId !== file.chainId) {
    throw new LpctlError({
      code: "LPCTL_GENESIS_OTHER_CHAIN",
      exit: Exit.usage,
      message: `The genesis is for chain ${file.chainId}, and ${rpc.origin} serves chain ${chainId}`,
      next: "Choose the network with --network",
    });
  }
  // The Controller is newer than the block on which its deployment was simulated; on a long chain that spares most of its logs.
  const since = options.prediction?.block.number ?? 0n;
  const { deployer, firstNonce } = await findDeployer(options, block, since);
  const controller = getCreateAddress({ from: deployer, nonce: firstNonce }) as Address;
  const gitCommitHash = file.gitCommit ?? (await readCommit(rpc, controller, block.number));
  const prepared = await prepareGenesis(loaded, artifacts, { deployer, firstNonce, ...(gitCommitHash === undefined ? {} : { gitCommitHash }) });
  const context = { rpc, at: block.number, since, prepared };
  const [nonce, rows, state] = await Promise.all([
    rpc.nonce(deployer, block.number),
    answerQuestions([...askAboutSuite(context, file), ...askAboutGenesis(context)]),
    options.prediction === undefined ? predictAgain(context, chainId) : { prediction: options.prediction, why: undefined },
  ]);
  const { prediction } = state;
  rows.push(...(prediction === undefined ? [unpredicted(state.why)] : await answerQuestions(askAboutState(context, prediction))));
  const { plan, suite, genesis, planHash } = prepared;
  const planned = plan.transactions.length;
  return {
    equal: rows.every(({ holds }) => holds),
    chainId,
    block: { number: block.number, hash: block.hash },
    deployer: plan.from,
    firstNonce: plan.firstNonce,
    controller: suite.controller,
    genesisManager: genesis.genesisManager,
    distribution: genesis.distribution,
    planHash,
    transactions: { planned, sent: Math.min(planned, Math.max(0, Number(nonce - firstNonce))) },
    predicted: prediction === undefined ? "none" : options.prediction === undefined ? "again" : "kept",
    predictionHash: prediction === undefined ? null : hashPrediction(prediction),
    groups: VERIFY_GROUPS.map((group) => {
      const ofGroup = rows.filter((row) => row.group === group);
      return { group, compared: ofGroup.length, different: ofGroup.filter(({ holds }) => !holds).length };
    }).filter(({ compared }) => compared > 0),
    rows,
  };
}

interface Sender {
  deployer: Address;
  firstNonce: bigint;
}

const sentSchema = z.object({ from: rpcAddressSchema, nonce: quantitySchema });
/** An account that sent more before its genesis has to be named together with the Controller. */
const NONCES_TRIED = 5_000n;

/** The Controller is the first contract of a plan: its address tells from which nonce on the deployer sent it. */
async function findDeployer({ rpc, artifacts, controller, deployer }: VerifyGenesisOptions, block: BlockHeader, since: bigint): Promise<Sender> {
  if (controller === undefined) {
    if (deployer === undefined) throw unknownDeployer("Neither the Controller nor the deployer is known");
    return findByCode(rpc, deployer, findArtifact(artifacts, "Controller"), block);
  }
  const sender = deployer === undefined ? await firstRegistrar(rpc, controller, block, since) : { from: deployer, nonce: await rpc.nonce(deployer, block.number) };
  for (let nonce = sender.nonce; nonce >= 0n && nonce > sender.nonce - NONCES_TRIED; nonce--) {
    if (getCreateAddress({ from: sender.from, nonce }) === controller) return { deployer: sender.from, firstNonce: nonce };
  }
  throw unknownDeployer(`The Controller ${controller} was not deployed by ${sender.from}`);
}

async function firstRegistrar(rpc: Rpc, controller: Address, block: BlockHeader, since: bigint): Promise<z.infer<typeof sentSchema>> {
  const first = await firstRegistration(rpc, controller, { at: block.number, since });
  if (first === undefined) throw unknownDeployer(`The Controller ${controller} has never registered a contract`);
  return rpc.request("eth_getTransactionByHash", [first.transactionHash], sentSchema);
}

async function firstRegistration(rpc: Rpc, controller: Address, { at, since }: { at: bigint; since: bigint }): Promise<Log | undefined> {
  const topic = new Interface([REGISTERED_EVENT]).getEvent("SetContractInfo")?.topicHash as Hex;
  const [first] = await readLogs(rpc, { address: controller, topics: [topic], fromBlock: since, toBlock: at });
  return first;
}

/** The state once more, as of the blocks in which the genesis ran; or why that cannot be known. */
async function predictAgain({ rpc, at, since, prepared }: VerifyContext, chainId: bigint): Promise<{ prediction: Prediction | undefined; why: string | undefined }> {
  const first = await firstRegistration(rpc, prepared.suite.controller, { at, since });
  if (first === undefined) return { prediction: undefined, why: "the Controller has never registered a contract" };
  try {
    return { prediction: await repredictGenesis(prepared, chainId, await rpc.block(first.blockNumber)), why: undefined };
  } catch (error) {
    if (!(error instanceof LpctlError) || error.code !== "LPCTL_GENESIS_WOULD_REVERT") throw error;
    return { prediction: undefined, why: [error.message, error.why].filter((part) => part !== undefined).join(": ") };
  }
}

function unpredicted(why = "no reason is known"): VerifyRow {
  return { group: "state", what: "state that the plan leads to", expected: "can be predicted again", found: null, holds: false, why };
}

async function findByCode(rpc: Rpc, deployer: Address, controller: Artifact, block: BlockHeader): Promise<Sender> {
  const sent = await rpc.nonce(deployer, block.number);
  const nonces = Array.from({ length: Number(sent > NONCES_TRIED ? NONCES_TRIED : sent) }, (_, index) => BigInt(index));
  const codes = await Promise.all(nonces.map((nonce) => rpc.code(getCreateAddress({ from: deployer, nonce }) as Address, block.number)));
  const found = codes.flatMap((code, index) => (matchRuntimeBytecode(code, controller).match === "none" ? [] : [BigInt(index)]));
  const [firstNonce] = found;
  if (firstNonce === undefined) throw unknownDeployer(`${deployer} has deployed no Controller`);
  if (found.length > 1) throw unknownDeployer(`${deployer} has deployed ${found.length} Controllers`);
  return { deployer, firstNonce };
}

function unknownDeployer(message: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_GENESIS_DEPLOYER_UNKNOWN",
    exit: Exit.usage,
    message,
    why: "the addresses of a genesis follow from who sent it and from the number of its transactions",
    next: "Name the account with --deployer, and the Controller with --controller or as `controller` of the network in lpctl.yaml",
  });
}

const infoSchema = hexSchema.refine((commit) => commit.length === 42);

/** A file that names no commit was deployed from some checkout: whatever one contract says then goes for all. */
async function readCommit(rpc: Rpc, controller: Address, at: bigint): Promise<Hex | undefined> {
  try {
    const info = await readFunction(rpc, controller, "function getContractInfo(bytes32 id) view returns (address, bytes20)", [contractId("LivepeerToken")], at);
    return infoSchema.parse(info[1]);
  } catch (error) {
    // There may be no Controller at all; then every row says so.
    if (error instanceof LpctlError && (error.code === "LPCTL_CHAIN_NOT_THAT_CONTRACT" || error.code === "LPCTL_CHAIN_CALL_REVERTED")) return undefined;
    throw error;
  }
}
