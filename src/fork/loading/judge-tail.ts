import { tryReadFunction } from "../../chain/read-function.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { selectorOf, wordOfAddress, numberAt, addressAt } from "../../chain/hand-codec.ts";
import { findArtifact } from "../../genesis/find-artifact.ts";
import { hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { plural } from "../../protocol/plural.ts";
import { matchRuntimeBytecode } from "../../solidity/match-bytecode.ts";
import { BondingView } from "../../snapshot/view/bonding.ts";
import { roundsOf } from "../../snapshot/view/rounds.ts";
import type { PreparedFork } from "../prepare-fork.ts";
import type { ForkVerdict } from "../verify-fork.ts";
import type { DelegatorRow } from "./delegator-record.ts";
import { judgeClaims } from "./judge-claims.ts";
import type { PlannedTail } from "./plan-tail.ts";

/** Each is asked by itself, so that it is answered as whoever asks about an account gets it. */
const MOST_ASKED = 200;
const GET_DELEGATOR = selectorOf("getDelegator(address)");
const PENDING_STAKE = selectorOf("pendingStake(address,uint256)");

/**
 * What is kept in chunks until it is needed: code and hash prove that it is what the snapshot has, and no call can add to it.
 * Then some are asked for. Of what accounts can claim see `judgeClaims`. Nothing where no delegator comes in later.
 */
export async function judgeTail(rpc: Rpc, prepared: PreparedFork, block: bigint): Promise<ForkVerdict[]> {
  const { plannedTail } = prepared;
  if (plannedTail?.method === "claims") return judgeClaims(rpc, prepared, plannedTail, block);
  if (plannedTail?.method !== "chunks") return [];
  return [await judgeChunks(rpc, prepared, plannedTail), await judgeWaiting(rpc, prepared, plannedTail.tail.rows, block)];
}

type Chunked = Extract<PlannedTail, { method: "chunks" }>;

async function judgeChunks(rpc: Rpc, { artifacts, deployed }: PreparedFork, { chunks, target, content, tail }: Chunked): Promise<ForkVerdict> {
  const [chunksCode, targetCode, hash, sealed] = await Promise.all([
    rpc.code(chunks),
    rpc.code(target),
    tryReadFunction(rpc, chunks, "function contentHash() view returns (bytes32)"),
    tryReadFunction(rpc, chunks, "function isSealed() view returns (bool)"),
  ]);
  const wrong: string[] = [];
  const expectCode = (name: string, code: Hex, values: Readonly<Record<string, Hex>>): void => {
    const { match, immutables } = matchRuntimeBytecode(code, findArtifact(artifacts, name));
    if (match === "none") wrong.push(`there is other code than that of ${name}`);
    else for (const [variable, value] of Object.entries(values)) if (BigInt(immutables[variable] ?? 0) !== BigInt(value)) wrong.push(`${variable} of ${name} is ${immutables[variable] ?? "unknown"} instead of ${value}`);
  };
  expectCode("SnapshotChunks", chunksCode, { consumer: deployed.contracts["BondingManager"] ?? "0x0", promisedHash: content.promisedHash });
  expectCode("LazyBondingTarget", targetCode, { implementation: deployed.targets["BondingManager"] ?? "0x0", chunks });
  if (hash?.[0] !== content.promisedHash) wrong.push(`they have the hash ${String(hash?.[0])} instead of ${content.promisedHash}`);
  if (sealed?.[0] !== true) wrong.push("they are not sealed");
  return {
    name: "chunks-kept",
    says: "Chunks of delegators who come in later are those of the snapshot, and sealed.",
    holds: wrong.length === 0,
    isDeclared: false,
    detail: wrong.length === 0 ? `${plural(tail.rows.length, "delegator")} in ${plural(content.chunks.length, "chunk")} with the hash ${content.promisedHash}` : wrong.join("; "),
  };
}

async function judgeWaiting(rpc: Rpc, { view, deployed }: PreparedFork, rows: readonly DelegatorRow[], block: bigint): Promise<ForkVerdict> {
  const bonding = new BondingView(view);
  const { current: round } = roundsOf(view);
  const to = deployed.contracts["BondingManager"] as Address;
  const step = Math.max(1, Math.ceil(rows.length / MOST_ASKED));
  const asked = rows.filter((_, index) => index % step === 0);
  const ask = (data: Hex): Promise<Hex> => rpc.request("eth_call", [{ to, data }, formatTag(block)], hexSchema);
  const wrong: string[] = [];
  await Promise.all(
    asked.map(async (row) => {
      const pending = bonding.pending({ ...row, delegatedWei: 0n }, round);
      const [delegator, stake] = await Promise.all([ask(`${GET_DELEGATOR}${wordOfAddress(row.account)}`), ask(`${PENDING_STAKE}${wordOfAddress(row.account)}${round.toString(16).padStart(64, "0")}`)]);
      const isSame = numberAt(delegator, 0) === row.bondedWei && numberAt(delegator, 1) === row.feesWei && BigInt(addressAt(delegator, 2)) === BigInt(row.delegate) && numberAt(delegator, 5) === row.lastClaimRound;
      if (!isSame || numberAt(stake, 0) !== pending?.stakeWei) wrong.push(`${row.account} has a stake of ${numberAt(stake, 0)} instead of ${pending?.stakeWei ?? "nothing"}`);
    }),
  );
  return {
    name: "chunks-answer",
    says: "Whoever asks about a delegator in the chunks gets what it has in the snapshot, to the wei.",
    holds: wrong.length === 0,
    isDeclared: false,
    detail: wrong.length === 0 ? `${asked.length} of ${plural(rows.length, "delegator")} are the same` : `${wrong.slice(0, 3).join("; ")}${wrong.length > 3 ? `; and ${wrong.length - 3} more` : ""}`,
  };
}
