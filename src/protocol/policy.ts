/** Rule-sets by which a poll can be counted. */
export const POLL_RULES = ["lip-16", "livepeer-explorer"] as const;
export type PollRules = (typeof POLL_RULES)[number];

/** Kinds of changes that a policy tells apart: those of intents. */
export const CHANGE_KINDS = ["upgrade", "set-parameter", "transfer-ownership", "grant-role", "revoke-role", "register", "migrate-minter", "pause", "unpause", "change-safe", "calls"] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A poll of those with stake has to pass before anybody signs or executes. */
export interface PollRequirement {
  vote: "poll";
  rules: PollRules;
  /** A proposal with any of these needs one. */
  for: readonly ChangeKind[];
}

/** What an organisation asks of findings beyond what lpctl does: the `policy` section of `lpctl.yaml`. */
export interface Policy {
  /** Checks, or codes of findings, whose warnings refuse. */
  refuse: readonly string[];
  /** Notes that refuse once the proposal is kept, and not before. No file says it: see `beforeItIsKept`. */
  later?: readonly string[] | undefined;
  allow: readonly Allowance[];
  /** Blocks a LIP-25 Governor has to wait at least, in every proposal. */
  minimumDelayBlocks?: bigint | undefined;
  /** What has to be voted on, and how it is counted. */
  requires?: PollRequirement | undefined;
  /** Somebody is about to sign or to send: what people have to decide before that must be decided. No file says it: see `beforeActing`. */
  acting?: boolean | undefined;
  /** Whoever signs types the words that a second machine shows. */
  secondDevice?: boolean | undefined;
}

/** A refusal that somebody answers for, in one proposal. */
export interface Allowance {
  /** Code of the finding. */
  finding: string;
  /** Name of the proposal's folder, or its id, which also binds what it says. */
  proposal: string;
  reason: string;
}
