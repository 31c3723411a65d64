import type { Address } from "../protocol/hex.ts";

/**
 * Who may make a call, as found on chain. A tree that ends in people (EOAs) wherever discovery could reach them.
 */
export type AuthorityNode = EoaNode | SafeNode | GovernorNode | TimelockNode | VoteGovernorNode | UnknownNode;

export interface EoaNode {
  kind: "eoa";
  address: Address;
}

export interface SafeNode {
  kind: "safe";
  address: Address;
  version: string;
  threshold: number;
  nonce: bigint;
  owners: AuthorityNode[];
  modules: Address[];
  guard: Address | null;
}

/** LIP-25 `Governor`: its owner stages an update, anyone executes it after the delay it was staged with. */
export interface GovernorNode {
  kind: "governor";
  address: Address;
  owner: AuthorityNode;
}

/** OpenZeppelin `TimelockController`. */
export interface TimelockNode {
  kind: "timelock";
  address: Address;
  minDelaySeconds: bigint;
  proposers: AuthorityNode[];
  /** `anyone` when the zero address holds EXECUTOR_ROLE. */
  executors: AuthorityNode[] | "anyone";
}

/** A governor that does what its voters decide (OpenZeppelin's Governor, as the LivepeerGovernor is). No key is behind it. */
export interface VoteGovernorNode {
  kind: "vote-governor";
  address: Address;
  /** Where votes are counted: BondingVotes. */
  votes: Address;
  /** In units of the votes' clock: rounds for the LivepeerGovernor. */
  votingDelay: bigint;
  votingPeriod: bigint;
  proposalThresholdWei: bigint;
  /** The share of all votes that must be cast is `quorumNumerator / quorumDenominator`. */
  quorumNumerator: bigint;
  quorumDenominator: bigint;
}

/** A contract of no known kind. Nothing can be routed through it, and lpctl says so instead of guessing. */
export interface UnknownNode {
  kind: "unknown";
  address: Address;
  /** `circle`: one of the accounts above it, which it owns in turn. `beyond reach`: too deep, or after too many others. */
  why?: "circle" | "beyond reach";
}

const UNKNOWN = { kind: "contract of unknown kind", circle: "above already: they own each other", "beyond reach": "not looked at: too deep, or after too many others" };

/** One line per authority, outermost first, indented by depth: what `authority show` prints. */
export function formatAuthority(node: AuthorityNode, depth = 0): string[] {
  const indent = "  ".repeat(depth);
  switch (node.kind) {
    case "eoa":
      return [`${indent}${node.address}  key`];
    case "unknown":
      return [`${indent}${node.address}  ${UNKNOWN[node.why ?? "kind"]}`];
    case "safe":
      return [
        `${indent}${node.address}  Safe ${node.version}, ${node.threshold} of ${node.owners.length}, nonce ${node.nonce}` +
          (node.guard === null ? "" : `, guard ${node.guard}`) +
          (node.modules.length === 0 ? "" : `, ${node.modules.length} module(s)`),
        ...node.owners.flatMap((owner) => formatAuthority(owner, depth + 1)),
      ];
    case "governor":
      return [`${indent}${node.address}  Governor (LIP-25), owned by`, ...formatAuthority(node.owner, depth + 1)];
    case "vote-governor":
      return [
        `${indent}${node.address}  votes counted by ${node.votes}, quorum ${formatShare(node)}, open for ${node.votingPeriod} of its rounds`,
      ];
    case "timelock":
      return [
        `${indent}${node.address}  TimelockController, ${node.minDelaySeconds} s delay, proposers`,
        ...node.proposers.flatMap((proposer) => formatAuthority(proposer, depth + 1)),
      ];
  }
}

function formatShare({ quorumNumerator, quorumDenominator }: VoteGovernorNode): string {
  const hundredths = (quorumNumerator * 10_000n) / quorumDenominator;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")}%`;
}

/** The addresses of the people (keys) at the ends of the tree. */
export function peopleOf(node: AuthorityNode): Address[] {
  switch (node.kind) {
    case "eoa":
      return [node.address];
    case "vote-governor":
    case "unknown":
      return [];
    case "safe":
      return [...new Set(node.owners.flatMap(peopleOf))];
    case "governor":
      return peopleOf(node.owner);
    case "timelock":
      return [...new Set(node.proposers.flatMap(peopleOf))];
  }
}
