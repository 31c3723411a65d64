import { numberAt, selectorOf, wordOfAddress, wordOfNumber } from "../../chain/hand-codec.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { findArtifact } from "../../genesis/find-artifact.ts";
import { hexSchema, type Hex } from "../../protocol/hex.ts";
import { plural } from "../../protocol/plural.ts";
import { utcTime } from "../../report/utc-time.ts";
import { matchRuntimeBytecode } from "../../solidity/match-bytecode.ts";
import { roundsOf } from "../../snapshot/view/rounds.ts";
import { addressIn } from "../draft-fork.ts";
import type { PreparedFork } from "../prepare-fork.ts";
import type { ForkVerdict } from "../verify-fork.ts";
import { readClaimsState, type ClaimsState } from "./claims-state.ts";
import { CLAIMS, type PlannedClaims } from "./plan-claims.ts";

/** Each is asked by itself, so that it is answered as whoever asks about an account gets it. */
const MOST_ASKED = 200;
const PENDING_STAKE = selectorOf("pendingStake(address,uint256)");

/**
 * What accounts can claim is what the snapshot has, and is there: code and what the contract was made with, the root of the tree that
 * the snapshot gives, tokens and ether for all of it; and nobody has its stake on the fork already.
 */
export async function judgeClaims(rpc: Rpc, prepared: PreparedFork, planned: PlannedClaims, block: bigint): Promise<ForkVerdict[]> {
  return [await judgeStaged(rpc, prepared, planned, block), await judgeAway(rpc, prepared, planned, block)];
}

async function judgeStaged(rpc: Rpc, { artifacts, deployed }: PreparedFork, { claims, tree, terms, snapshotId }: PlannedClaims, block: bigint): Promise<ForkVerdict> {
  const [code, controller, state, now, tokens, fees] = await Promise.all([
    rpc.code(claims),
    tryReadFunction(rpc, claims, "function controller() view returns (address)", [], block),
    readClaimsState(rpc, claims, block),
    readClaimsState(rpc, claims),
    tryReadFunction(rpc, addressIn(deployed, "LivepeerToken"), "function balanceOf(address account) view returns (uint256)", [claims], block),
    rpc.balanceWei(claims, block),
  ]);
  const wrong: string[] = [];
  const { match, immutables } = matchRuntimeBytecode(code, findArtifact(artifacts, CLAIMS));
  const made: Readonly<Record<string, bigint>> = { snapshotId: BigInt(snapshotId), reviewSeconds: terms.reviewSeconds, claimSeconds: terms.openSeconds, remainderTo: BigInt(terms.remainderTo) };
  if (match === "none") wrong.push(`there is other code than that of ${CLAIMS}`);
  else for (const [variable, value] of Object.entries(made)) if (BigInt(immutables[variable] ?? 0) !== value) wrong.push(`${variable} is ${immutables[variable] ?? "unknown"} instead of ${value}`);
  if (controller?.[0] !== deployed.controller) wrong.push(`it obeys the Controller ${String(controller?.[0])}`);
  if (state?.root !== tree.root) wrong.push(`the root is ${state?.root ?? "unknown"} instead of ${tree.root}`);
  if (state?.totalTokensWei !== tree.tokensWei || state.totalFeesWei !== tree.feesWei) wrong.push(`it promises ${state?.totalTokensWei ?? 0n} and ${state?.totalFeesWei ?? 0n} wei instead of ${tree.tokensWei} and ${tree.feesWei}`);
  const held = BigInt(String(tokens?.[0] ?? 0n));
  if (held < tree.tokensWei || fees < tree.feesWei) wrong.push(`it has ${held} of ${tree.tokensWei} units of the token and ${fees} of ${tree.feesWei} wei`);
  if (now !== undefined && now.root !== tree.root) wrong.push(`the owner took the tree back since: the root is ${now.root} now`);
  return {
    name: "claims-staged",
    says: "What accounts can claim is what they have in the snapshot, and is there.",
    holds: wrong.length === 0,
    isDeclared: false,
    detail: wrong.length === 0 ? `claims of ${plural(tree.rowCount, "account")} in the tree ${tree.root} of ${claims}, ${formatPhase(now)}` : wrong.join("; "),
  };
}

/** Of whoever is in the tree nothing was bonded when the fork was complete: otherwise it would be there twice. */
async function judgeAway(rpc: Rpc, { view, deployed }: PreparedFork, { tail }: PlannedClaims, block: bigint): Promise<ForkVerdict> {
  const to = addressIn(deployed, "BondingManager");
  const { current: round } = roundsOf(view);
  const step = Math.max(1, Math.ceil(tail.rows.length / MOST_ASKED));
  const asked = tail.rows.filter((_, index) => index % step === 0);
  const wrong: string[] = [];
  await Promise.all(
    asked.map(async ({ account }) => {
      const data: Hex = `${PENDING_STAKE}${wordOfAddress(account)}${wordOfNumber(round)}`;
      const stakeWei = numberAt(await rpc.request("eth_call", [{ to, data }, formatTag(block)], hexSchema), 0);
      if (stakeWei !== 0n) wrong.push(`${account} has a stake of ${stakeWei}`);
    }),
  );
  return {
    name: "claims-not-loaded",
    says: "Whoever can claim stake has none on the fork before it claims.",
    holds: wrong.length === 0,
    isDeclared: false,
    detail: wrong.length === 0 ? `${asked.length} of ${plural(tail.rows.length, "delegator")} have none` : `${wrong.slice(0, 3).join("; ")}${wrong.length > 3 ? `; and ${wrong.length - 3} more` : ""}`,
  };
}

/** What can be done with claims, and when. */
export function formatPhase(state: ClaimsState | undefined): string {
  switch (state?.phase) {
    case undefined:
      return "not there";
    case "nothing":
      return "with nothing to claim";
    case "review":
      return `in review until ${utcTime(state.opensAt)}; from then on anybody can open them`;
    case "ready":
      return "reviewed: anybody can open them";
    case "open":
      return `open until ${utcTime(state.claimEnd)}`;
    case "over":
      return `over since ${utcTime(state.claimEnd)}`;
  }
}
