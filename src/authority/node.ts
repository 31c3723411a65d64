import type { Address, Hex } from "../protocol/hex.ts";
import type { ClockMode, RuleSetId } from "../voting/vote.ts";

/**
 * Who may make a call, as found on chain. A tree that ends in people (EOAs), or in those who vote, wherever discovery could
 * reach them.
 */
export type AuthorityNode = EoaNode | SafeNode | GovernorNode | TimelockNode | VoteGovernorNode | DividedNode | GuardianNode | UnknownNode;

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
  /** Who may take back what is scheduled, besides the proposers. They have no part in the route. */
  cancellers: AuthorityNode[];
}

/** A governor that does what its voters decide (OpenZeppelin's Governor, as the LivepeerGovernor is). No key is behind it. */
export interface VoteGovernorNode {
  kind: "vote-governor";
  address: Address;
  /** Where power is counted: BondingVotes, an ERC20Votes; undefined where the governor does not say. */
  votes: Address | undefined;
  /** The timelock that it drives and acts through; undefined: it acts itself. */
  timelock: Address | undefined;
  rules: RuleSetId;
  clockMode: ClockMode;
  /** In units of the clock: rounds for the LivepeerGovernor. */
  votingDelay: bigint;
  votingPeriod: bigint;
  proposalThresholdWei: bigint;
  /** The share of all votes that must be cast is `quorumNumerator / quorumDenominator`; undefined where the quorum is no share. */
  quorumNumerator: bigint | undefined;
  quorumDenominator: bigint | undefined;
}

/** A `DividedOwner`: owns contracts, and lets others make some of the calls that only their owner may make. */
export interface DividedNode {
  kind: "divided";
  address: Address;
  /** Whose is every call that no rule gives to somebody else. */
  owner: AuthorityNode;
  rules: DivisionRule[];
}

export interface DivisionRule {
  target: Address;
  selector: Hex;
  authority: AuthorityNode;
}

/** A `VetoGuardian`: may cancel what is scheduled on a timelock, until it expires. It can make nothing happen. */
export interface GuardianNode {
  kind: "guardian";
  address: Address;
  guardian: AuthorityNode;
  expiresAtSeconds: bigint;
}

/** A contract of no known kind. Nothing can be routed through it, and lpctl says so instead of guessing. */
export interface UnknownNode {
  kind: "unknown";
  address: Address;
  /** `circle`: one of the accounts above it, which it owns in turn. `beyond reach`: too deep, or after too many others. */
  why?: "circle" | "beyond reach";
}

/** The addresses of the people (keys) at the ends of the tree who can make something happen. */
export function peopleOf(node: AuthorityNode): Address[] {
  return [...new Set(branchesOf(node).flatMap(peopleOf).concat(node.kind === "eoa" ? [node.address] : []))];
}

/** Who has a say in what an authority does: its owners, its proposers. Not those who may only execute, or cancel. */
export function branchesOf(node: AuthorityNode): AuthorityNode[] {
  switch (node.kind) {
    case "eoa":
    case "vote-governor":
    case "guardian":
    case "unknown":
      return [];
    case "safe":
      return node.owners;
    case "governor":
      return [node.owner];
    case "timelock":
      return node.proposers;
    case "divided":
      return [node.owner, ...node.rules.map(({ authority }) => authority)];
  }
}
