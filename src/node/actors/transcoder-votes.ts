import { earliest, type ActorCall, type Turn } from "./actor.ts";
import { draw } from "./draw.ts";
import { opinionOf, takesPart } from "./opinion.ts";
import type { Work } from "./transcoder.ts";
import { castCall, openingBlock, phaseOf, readWeight, type PublicVote, type VoteBook } from "./vote-book.ts";
import type { Address } from "../../protocol/hex.ts";

export interface TranscoderVotesOptions {
  name: string;
  address: Address;
  seed: bigint;
  book: VoteBook;
  turnoutPercent: number;
}

/** Votes once on whatever there is, in polls and governors, some time in the first round that takes votes; or stays away. */
export function voteWork({ name, address, seed, book, turnoutPercent }: TranscoderVotesOptions): Work {
  const settled = new Set<string>();

  /** When it comes round to it. */
  const dueBlock = (vote: PublicVote, turn: Turn): bigint => openingBlock(vote, turn) + draw(seed, `hour of ${name} in ${vote.key}`, (turn.round.lengthBlocks * 2n) / 3n);

  const decide = async (turn: Turn, vote: PublicVote): Promise<ActorCall | undefined> => {
    const call = castCall(vote, opinionOf(seed, name, vote.key));
    if (call === undefined || (await readWeight(turn, vote, address)) === 0n) {
      settled.add(vote.key);
      return undefined;
    }
    return call;
  };

  return {
    act: async (turn) => {
      const open: PublicVote[] = [];
      for (const vote of book.current(turn)) {
        if (settled.has(vote.key)) continue;
        if (vote.choices.has(address) || phaseOf(vote, turn) === "over" || !takesPart(seed, name, vote.key, turnoutPercent)) settled.add(vote.key);
        else open.push(vote);
      }
      const due = open.map((vote) => ({ vote, block: dueBlock(vote, turn) }));
      const calls = await Promise.all(due.filter(({ block }) => block <= turn.nextBlock).map(({ vote }) => decide(turn, vote)));
      return {
        calls: calls.filter((call) => call !== undefined),
        ...earliest(...due.filter(({ block }) => block > turn.nextBlock).map(({ block }) => block)),
      };
    },
  };
}
