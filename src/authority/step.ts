import type { Call } from "../proposal/call.ts";
import type { RouteParameters } from "../proposal/proposal.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { VoteGovernorNode } from "./node.ts";
import type { PlannedStep } from "./planned-step.ts";

/** Read from the chain, never from a local flag. */
export type StepState =
  | { state: "done"; transaction?: Hex | undefined }
  | { state: "ready" }
  | { state: "waiting"; waitingFor: string; untilBlock?: bigint | undefined; untilSeconds?: bigint | undefined }
  | { state: "blocked"; why: string };

/** One thing that has to happen on chain for a proposal. */
export interface RouteStep {
  kind: "send" | "safe" | "governor-execute" | "timelock-execute" | "vote-create" | "vote" | "vote-queue" | "vote-execute";
  title: string;
  /** Who sends it: a key, a Safe (then `calls` are what the Safe does), those with enough votes in a governor, or anyone. */
  by: { kind: "key"; address: Address } | { kind: "safe"; address: Address } | { kind: "voters"; address: Address } | { kind: "anyone" };
  calls: Call[];
  /** Of the steps of a vote: where it is held, and what is voted on. */
  vote?: { governor: VoteGovernorNode; calls: readonly Call[] };
  /** The calls as the chain wants them now, where they depend on what somebody else wrote there. */
  callsNow?(rpc: Rpc): Promise<Call[]>;
  state(rpc: Rpc): Promise<StepState>;
  /** How a fork rehearses it, with real signatures replaced and delays travelled through. */
  simulation(rpc: Rpc): Promise<PlannedStep[]>;
}

export interface RouteContext {
  parameters: RouteParameters;
  /** What a vote on these calls says that it is about. */
  subject: VoteSubject;
  sinceBlock: bigint;
  chainId: bigint;
  /** Whether what the calls are for has come about; the last word on whether a step is done. */
  effect: (rpc: Rpc) => Promise<StepState | undefined>;
  /** Which of these calls, from the first on, a key has sent already: transactions that the chain holds. */
  sent?: ((rpc: Rpc, key: Address, calls: readonly Call[]) => Promise<Hex[]>) | undefined;
  /** The Safe's transaction and who has signed it so far, when a bundle exists. */
  safeBundle?: SignedTransaction | undefined;
}

/** A vote belongs to a proposal by its text and its calls, and by nothing that is kept beside the proposal. */
export interface VoteSubject {
  proposalId: Hex;
  title: string;
  /** Of what voters can read before they decide; undefined while there is none. */
  reportHash: Hex | undefined;
  /** Stands for the proposal's id in a rehearsal: the same before and after the hash of its effects, which a rehearsal yields, is part of the id. */
  rehearsedAs: Hex;
}

export interface SignedTransaction {
  safeTxHash: Hex;
  nonce: bigint;
  signers: Address[];
  /** What Safes among the owners have begun in order to approve this transaction: transactions of their own. */
  approvals?: readonly ChildApproval[] | undefined;
}

/** The transaction by which the Safe `safe` approves one of its parent, and who has signed it. */
export interface ChildApproval extends SignedTransaction {
  safe: Address;
}
