import { keccak256 } from "ethers/crypto";
import { selectorOf, wordOfNumber } from "../../chain/hand-codec.ts";
import { findArtifact } from "../../genesis/find-artifact.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { Artifact } from "../../solidity/artifact.ts";
import { encodeDeployment } from "../../solidity/encode-deployment.ts";
import type { ForkTransactions } from "../fork-transactions.ts";
import type { LoadBatch } from "../load-batches.ts";
import { encodeChunks, RECORDS_IN_CHUNK, type DelegatorChunks } from "./delegator-chunks.ts";
import { chunkGas, deploymentGas, typedLoadGas } from "./loading-gas.ts";
import { CLAIMS, type PlannedClaims } from "./plan-claims.ts";
import type { Tail } from "./tail.ts";
import { encodeTypedLoads } from "./typed-records.ts";

/** How the tail comes into a fork, with the contracts that are there for it. */
export type PlannedTail =
  | { method: "typed"; tail: Tail; loader: Address; batches: readonly LoadBatch[] }
  | { method: "chunks"; tail: Tail; chunks: Address; target: Address; content: DelegatorChunks }
  | PlannedClaims;

/** What the other ways of loading need beside the suite. */
export const TAIL_CONTRACTS = ["TypedLoader", "SnapshotChunks", "LazyBondingTarget", CLAIMS].map((contract) => ({ source: `contracts/migration/${contract}.sol`, contract }));

const WORD = 32;
const ADD = selectorOf("add(bytes)");
/** An estimate plus a quarter must stay below the cap on one transaction (EIP-7825: 16,777,216). */
const MOST_GAS = 13_000_000n;
/** Six words, and the work for them. */
const MOST_RECORD_GAS = 136_000n;
const BYTE_OF_CODE_GAS = 200n;

interface Planned {
  artifacts: readonly Artifact[];
  /** The proxy of the BondingManager, and the logic that it delegates to. */
  proxy: Address;
  logic: Address;
  blockGasLimit: bigint;
}

/** Plans a TypedLoader, and its calls, which are sent while it is the target of the proxy. */
export async function planTypedTail(list: ForkTransactions, tail: Tail, { artifacts, proxy, blockGasLimit }: Planned): Promise<PlannedTail> {
  const loader = deploy(list, findArtifact(artifacts, "TypedLoader"), []);
  const mostGas = (blockGasLimit * 3n) / 4n < MOST_GAS ? (blockGasLimit * 3n) / 4n : MOST_GAS;
  const loads = await encodeTypedLoads(tail.rows, Math.max(1, Number(mostGas / MOST_RECORD_GAS)));
  const batches = loads.map(({ accounts, data, slots, values, created }): LoadBatch => ({ contract: "BondingManager", proxy, slots, values, data, created, changed: 0, gas: typedLoadGas(data, accounts, created) }));
  return { method: "typed", tail, loader, batches };
}

/** Plans SnapshotChunks with all that is in them, and the target that takes delegators out of them. */
export async function planChunkedTail(list: ForkTransactions, tail: Tail, { artifacts, proxy, logic }: Planned): Promise<PlannedTail> {
  const content = await encodeChunks(tail.rows);
  const chunks = deploy(list, findArtifact(artifacts, "SnapshotChunks"), [proxy, content.promisedHash, content.delegateList], BigInt(content.delegateList.length / 2) * BYTE_OF_CODE_GAS);
  for (const [index, chunk] of content.chunks.entries()) {
    const data = addCall(chunk);
    const accounts = Math.min(RECORDS_IN_CHUNK, tail.rows.length - index * RECORDS_IN_CHUNK);
    list.send(`chunks:${index + 1}`, `keep ${accounts} delegators as code`, chunks, data, { kind: "chunk", of: chunks, index, codeHash: keccak256(`0x00${chunk.slice(2)}`) as Hex }, { gas: chunkGas(data, accounts) });
  }
  const directoryGas = BigInt(content.chunks.length) * (20n * BYTE_OF_CODE_GAS + 5_500n);
  list.call("chunks:seal", chunks, "function seal()", [], { kind: "sealed", of: chunks }, { gas: 100_000n + directoryGas });
  const target = deploy(list, findArtifact(artifacts, "LazyBondingTarget"), [logic, chunks]);
  return { method: "chunks", tail, chunks, target, content };
}

function deploy(list: ForkTransactions, artifact: Artifact, args: readonly unknown[], moreGas = 0n): Address {
  const data = encodeDeployment(artifact, args);
  return list.deploy(`load:deploy:${artifact.name}`, `deploy ${artifact.name}`, data, deploymentGas(data, artifact) + moreGas);
}

function addCall(chunk: Hex): Hex {
  const digits = chunk.slice(2);
  const padded = digits.padEnd(Math.ceil(digits.length / (2 * WORD)) * 2 * WORD, "0");
  return `${ADD}${wordOfNumber(BigInt(WORD))}${wordOfNumber(BigInt(digits.length / 2))}${padded}`;
}
