import { knownSignatures } from "../protocol/decode-known.ts";
import type { ClockMode } from "../voting/vote.ts";
import type { AuthorityNode, DividedNode, DivisionRule, VoteGovernorNode } from "./node.ts";
import { plural } from "../protocol/plural.ts";

const UNKNOWN = { kind: "contract of unknown kind", circle: "above already: they own each other", "beyond reach": "not looked at: too deep, or after too many others" };

/** One line per authority, outermost first, indented by depth: what `authority show` prints. */
export function formatAuthority(node: AuthorityNode, depth = 0): string[] {
  const indent = "  ".repeat(depth);
  const below = (nodes: readonly AuthorityNode[], by = 1): string[] => nodes.flatMap((one) => formatAuthority(one, depth + by));
  switch (node.kind) {
    case "eoa":
      return [`${indent}${node.address}  key`];
    case "unknown":
      return [`${indent}${node.address}  ${UNKNOWN[node.why ?? "kind"]}`];
    case "safe":
      return [
        `${indent}${node.address}  Safe ${node.version}, ${node.threshold} of ${node.owners.length}, nonce ${node.nonce}` +
          (node.guard === null ? "" : `, guard ${node.guard}`) +
          (node.modules.length === 0 ? "" : `, ${plural(node.modules.length, "module")}`),
        ...below(node.owners),
      ];
    case "governor":
      return [`${indent}${node.address}  Governor (LIP-25), owned by`, ...below([node.owner])];
    case "vote-governor":
      return [`${indent}${node.address}  ${formatVoteGovernor(node)}`];
    case "guardian":
      return [`${indent}${node.address}  may veto until ${formatTime(node.expiresAtSeconds)}, as decided by`, ...below([node.guardian])];
    case "divided":
      return [`${indent}${node.address}  owner with divided powers (DividedOwner)`, ...formatDivision(node, depth + 1)];
    case "timelock":
      return [
        `${indent}${node.address}  TimelockController, ${node.minDelaySeconds} s delay, proposers`,
        ...below(node.proposers),
        ...(node.cancellers.length === 0 ? [] : [`${indent}  may also cancel what is scheduled`, ...below(node.cancellers, 2)]),
      ];
  }
}

/** Each part of the powers with whoever has it; the owner's last, which is all the rest. */
function formatDivision({ owner, rules }: DividedNode, depth: number): string[] {
  const indent = "  ".repeat(depth);
  return [...rules.flatMap((rule) => [`${indent}${formatDivided(rule)} belongs to`, ...formatAuthority(rule.authority, depth + 1)]), `${indent}everything else belongs to`, ...formatAuthority(owner, depth + 1)];
}

/** `setUnbondingPeriod(uint64) of 0x…`; the selector where no known function has it. */
export function formatDivided({ target, selector }: Pick<DivisionRule, "target" | "selector">): string {
  return `${knownSignatures(selector)[0] ?? selector} of ${target}`;
}

function formatVoteGovernor(node: VoteGovernorNode): string {
  const { votes, votingPeriod, votingDelay, clockMode } = node;
  const share = formatQuorum(node);
  return [
    `Governor by ${votes === undefined ? "votes" : `votes counted by ${votes}`}`,
    ...(share === undefined ? [] : [`quorum ${share}`]),
    `open for ${formatClock(votingPeriod, clockMode)} after ${formatClock(votingDelay, clockMode)}`,
  ].join(", ");
}

/** `33.33%`; undefined where the quorum is no share of all votes. */
export function formatQuorum({ quorumNumerator, quorumDenominator }: Pick<VoteGovernorNode, "quorumNumerator" | "quorumDenominator">): string | undefined {
  if (quorumNumerator === undefined || quorumDenominator === undefined || quorumDenominator === 0n) return undefined;
  const hundredths = (quorumNumerator * 10_000n) / quorumDenominator;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")}%`;
}

/** `10 rounds`, `1 block`: a length of time on a governor's clock. */
export function formatClock(count: bigint, mode: ClockMode): string {
  const unit = { blocks: "block", seconds: "second", rounds: "round" }[mode];
  return `${count} ${unit}${count === 1n ? "" : "s"}`;
}

function formatTime(seconds: bigint): string {
  const date = new Date(Number(seconds) * 1000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
