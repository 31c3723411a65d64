import { printable } from "../../protocol/printable.ts";
import type { Choice } from "../../voting/vote.ts";
import { callTo, type ActorCall, type ProtocolEvent, type Turn } from "./actor.ts";
import type { Opinion } from "./opinion.ts";
import { addressOf, textOf, uintOf } from "./values.ts";
import type { Address } from "../../protocol/hex.ts";

/** A vote as its events tell it. */
export interface PublicVote {
  /** The same on every chain where the same is voted on: a governor's vote id, a poll's address. */
  key: string;
  kind: "governor" | "poll";
  /** Where one votes. */
  contract: Address;
  /** Of a governor; 0 for a poll. */
  voteId: bigint;
  /** Rounds of a governor, blocks of a poll; the first and the last in which votes are taken. */
  first: bigint;
  last: bigint;
  isCancelled: boolean;
  /** Who said what, the last that was said. */
  choices: Map<Address, Choice>;
}

/** In the order of the numbers that a governor takes. */
const SUPPORT: readonly Choice[] = ["against", "for", "abstain"];
const POLL_CHOICES: readonly Choice[] = ["for", "against"];
/** What is kept of those that are over, for who reacts late. */
const MEMORY_ROUNDS = 5n;

/** The votes there are, for all actors of a cast together. */
export class VoteBook {
  readonly #votes = new Map<string, PublicVote>();
  #taken: Turn | undefined;

  /** Takes in the events of a turn, once however many ask. To be called in every turn: what happened is told once. */
  listen(turn: Turn): void {
    if (this.#taken === turn) return;
    for (const event of turn.events) this.#take(event);
    for (const [key, vote] of this.#votes) if (vote.isCancelled || phaseOf(vote, turn, MEMORY_ROUNDS) === "over") this.#votes.delete(key);
    this.#taken = turn;
  }

  /** The votes that are neither cancelled nor long over. */
  current(turn: Turn): PublicVote[] {
    this.listen(turn);
    return [...this.#votes.values()];
  }

  #take({ name, contract, args, block }: ProtocolEvent): void {
    switch (name) {
      case "ProposalCreated": {
        const voteId = uintOf(args, "proposalId");
        this.#open({ key: voteId.toString(), kind: "governor", contract, voteId, first: uintOf(args, "voteStart") + 1n, last: uintOf(args, "voteEnd") });
        return;
      }
      case "PollCreated": {
        const poll = addressOf(args, "poll");
        this.#open({ key: poll, kind: "poll", contract: poll, voteId: 0n, first: block + 1n, last: uintOf(args, "endBlock") });
        return;
      }
      case "VoteCast":
      case "VoteCastWithParams":
        this.#hear(uintOf(args, "proposalId").toString(), contract, addressOf(args, "voter"), SUPPORT[Number(uintOf(args, "support"))]);
        return;
      case "Vote":
        this.#hear(contract, contract, addressOf(args, "voter"), POLL_CHOICES[Number(uintOf(args, "choiceID"))]);
        return;
      case "ProposalCanceled": {
        const vote = this.#votes.get(uintOf(args, "proposalId").toString());
        if (vote?.contract === contract) vote.isCancelled = true;
      }
    }
  }

  #open(vote: Omit<PublicVote, "isCancelled" | "choices">): void {
    if (!this.#votes.has(vote.key)) this.#votes.set(vote.key, { ...vote, isCancelled: false, choices: new Map() });
  }

  #hear(key: string, contract: Address, voter: Address, choice: Choice | undefined): void {
    const vote = this.#votes.get(key);
    if (vote?.contract === contract && choice !== undefined) vote.choices.set(voter, choice);
  }
}

export type VotePhase = "early" | "open" | "late" | "over";

/**
 * Where a vote stands for a call in the turn's next block. `late` is its last round, in which who wants to vote must.
 * @param grace rounds after the last in which it does not yet count as over
 */
export function phaseOf({ kind, first, last }: PublicVote, turn: Turn, grace = 0n): VotePhase {
  const { number, lengthBlocks } = turn.round;
  const [now, unit] = kind === "poll" ? [turn.nextBlock, lengthBlocks] : [number, 1n];
  if (now > last + grace * unit) return "over";
  if (now < first) return "early";
  return now > last - unit ? "late" : "open";
}

/** The first block in which a vote takes votes that count what was known at its snapshot. */
export function openingBlock({ kind, first }: PublicVote, turn: Turn): bigint {
  if (kind === "poll") return first;
  const { number, startBlock, endBlock, lengthBlocks } = turn.round;
  // Contracts are asked in the newest block, which must lie in that round, too.
  return 1n + (first <= number ? startBlock - (number - first) * lengthBlocks : endBlock + (first - number - 1n) * lengthBlocks);
}

/** The call that says what somebody thinks; undefined in a poll for who has no opinion. */
export function castCall(vote: PublicVote, { choice, reason }: Opinion): ActorCall | undefined {
  if (vote.kind === "governor") {
    const what = `votes ${choice}`;
    return callTo(vote.contract, "function castVoteWithReason(uint256 proposalId, uint8 support, string reason) returns (uint256)", [vote.voteId, SUPPORT.indexOf(choice), reason], what);
  }
  const number = POLL_CHOICES.indexOf(choice);
  return number < 0 ? undefined : callTo(vote.contract, "function vote(uint256 choiceID)", [number], `votes ${number === 0 ? "yes" : "no"}`);
}

/** The votes of an account at the snapshot of a governor's vote, if it has not voted; of a poll, any number above zero. */
export async function readWeight(turn: Turn, { kind, contract, voteId, first }: PublicVote, account: Address): Promise<bigint> {
  if (kind === "poll") return 1n;
  const [weight, voted] = await Promise.all([
    turn.read(contract, "function getVotes(address account, uint256 timepoint) view returns (uint256)", [account, first - 1n]),
    turn.read(contract, "function hasVoted(uint256 proposalId, address account) view returns (bool)", [voteId, account]),
  ]);
  return voted[0] === true ? 0n : uintOf(weight, 0);
}

/** What is written over a vote, on one line. */
export function titleOf(event: ProtocolEvent): string {
  const text = event.name === "ProposalCreated" ? textOf(event.args, "description") : decodeText(textOf(event.args, "proposal"));
  const line = printable(text.split(/\r?\n/)[0] ?? "").trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

function decodeText(hex: string): string {
  return Buffer.from(hex.slice(2), "hex").toString("utf8");
}
