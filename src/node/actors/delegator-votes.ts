import { callTo, earliest, type ActorCall, type Move, type Turn } from "./actor.ts";
import { draw, drawOne } from "./draw.ts";
import { opinionOf, type Opinion } from "./opinion.ts";
import { addressOf, isTrue, uintOf } from "./values.ts";
import { castCall, openingBlock, phaseOf, readWeight, type PublicVote, type VoteBook } from "./vote-book.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";

export interface DelegatorVotesOptions {
  name: string;
  address: Address;
  seed: bigint;
  book: VoteBook;
  /** Whom it may delegate to. */
  transcoders: readonly Address[];
}

/** What a delegator does about votes, beside everything else it does. */
export interface Politics {
  act(turn: Turn): Promise<Move>;
}

interface Stake {
  bondedWei: bigint;
  delegate: Address;
  /** Bonded, and not in this round only: it can be moved. */
  settled: boolean;
}

/** How one takes it when the transcoder voted otherwise, or not at all. */
const REACTIONS = ["accepts it", "votes itself", "moves its stake", "votes itself and moves its stake"] as const;
const GET_DELEGATOR =
  "function getDelegator(address delegator) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";

/**
 * Follows its transcoder, as long as that votes as it would itself. Otherwise it overrides it by its own vote, moves its stake to
 * a transcoder that voted better, does both, or lives with it. Whose transcoder says nothing waits until the last round.
 */
export function delegatorVotes({ name, address, seed, book, transcoders }: DelegatorVotesOptions): Politics {
  const settled = new Set<string>();
  /** What was known when there was nothing to do: no need to ask again before more is. */
  const seen = new Map<string, string>();

  const readStake = async (turn: Turn): Promise<Stake> => {
    const own = await turn.read(turn.contract("BondingManager"), GET_DELEGATOR, [address]);
    const bondedWei = uintOf(own, "bondedAmount");
    return { bondedWei, delegate: addressOf(own, "delegateAddress"), settled: bondedWei > 0n && uintOf(own, "startRound") <= turn.round.number };
  };

  /** Whose vote contains its own. */
  const readDelegate = async (turn: Turn, vote: PublicVote, { delegate }: Stake): Promise<Address> => {
    if (vote.kind === "poll") return delegate;
    const read = await turn.read(turn.contract("BondingVotes"), "function delegatedAt(address account, uint256 round) view returns (address)", [address, vote.first - 1n]);
    return addressOf(read, 0);
  };

  const override = async (turn: Turn, vote: PublicVote, opinion: Opinion): Promise<ActorCall | undefined> => {
    return (await readWeight(turn, vote, address)) === 0n ? undefined : castCall(vote, opinion);
  };

  const move = async (turn: Turn, vote: PublicVote, { choice }: Opinion): Promise<ActorCall | undefined> => {
    const better = transcoders.filter((transcoder) => vote.choices.get(transcoder) === choice);
    if (better.length === 0) return undefined;
    const to = drawOne(seed, `new transcoder of ${name} after ${vote.key}`, better);
    const bondingManager = turn.contract("BondingManager");
    const registered = await turn.read(bondingManager, "function isRegisteredTranscoder(address) view returns (bool)", [to]);
    return isTrue(registered, 0) ? callTo(bondingManager, "function bond(uint256 amount, address to)", [0n, to], "moves its stake to a transcoder that voted as it would") : undefined;
  };

  const react = async (turn: Turn, vote: PublicVote): Promise<ActorCall[]> => {
    const phase = phaseOf(vote, turn);
    const opinion = opinionOf(seed, name, vote.key);
    const reaction = REACTIONS[Number(draw(seed, `reaction of ${name} to ${vote.key}`, BigInt(REACTIONS.length)))] ?? REACTIONS[0];
    if (opinion.choice === "abstain" || reaction === "accepts it" || phase === "over") {
      settled.add(vote.key);
      return [];
    }
    const stake = await readStake(turn);
    const delegate = await readDelegate(turn, vote, stake);
    const said = vote.choices.get(delegate);
    // Nobody to be angry with yet.
    if (said === undefined && phase !== "late") return [];
    if (said === opinion.choice || delegate === ZERO_ADDRESS) {
      settled.add(vote.key);
      return [];
    }
    const wantsVote = reaction.startsWith("votes itself") && !vote.choices.has(address);
    const wantsMove = reaction.endsWith("moves its stake") && stake.bondedWei > 0n && stake.delegate === delegate;
    if (!wantsVote && !wantsMove) settled.add(vote.key);
    const calls = await Promise.all([wantsVote ? override(turn, vote, opinion) : undefined, wantsMove && stake.settled ? move(turn, vote, opinion) : undefined]);
    return calls.filter((call) => call !== undefined);
  };

  const reactToNews = async (turn: Turn, vote: PublicVote): Promise<ActorCall[]> => {
    const news = `${phaseOf(vote, turn)} in round ${turn.round.number}, ${vote.choices.size} votes`;
    if (seen.get(vote.key) === news) return [];
    const calls = await react(turn, vote);
    if (calls.length === 0) seen.set(vote.key, news);
    return calls;
  };

  return {
    act: async (turn) => {
      const pending = book.current(turn).filter(({ key }) => !settled.has(key));
      const open = pending.filter((vote) => openingBlock(vote, turn) <= turn.nextBlock);
      const calls = await Promise.all(open.map((vote) => reactToNews(turn, vote)));
      return { calls: calls.flat(), ...earliest(...pending.filter((vote) => !open.includes(vote)).map((vote) => openingBlock(vote, turn))) };
    },
  };
}
