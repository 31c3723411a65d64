import { seedPath } from "../../economics/random.ts";
import type { Distribution } from "../target/target-schema.ts";
import { drawFromPast, drawStated } from "./draw.ts";

/** One vote that is over. Shares of the stake that its quorum is a share of. */
export interface PastTurnout {
  /** As people name the vote. */
  vote: string;
  share: number;
  /** What transcoders cast themselves. */
  transcoderShare: number;
}

/** What a vote of the new owner has to reach. */
export interface QuorumNeeded {
  quorumShare: number;
  /** 0 where none is required. */
  transcoderShare: number;
}

export interface TurnoutRequest {
  needed: QuorumNeeded;
  /** Votes of the past, or what somebody states instead. */
  source: { kind: "past"; votes: readonly PastTurnout[] } | { kind: "stated"; turnout: Distribution; transcoders: Distribution | undefined };
  draws: number;
  seed: bigint;
  /** The least probability that is enough. */
  bar: number;
}

export interface TurnoutResult {
  needed: QuorumNeeded;
  source: TurnoutRequest["source"];
  draws: number;
  seed: bigint;
  bar: number;
  /** Of reaching the quorum, the required part of transcoders, and both. */
  quorumProbability: number;
  transcoderProbability: number;
  probability: number;
  reachable: boolean;
  /** 5 %, 50 % and 95 % of the draws lie below. */
  quantiles: [number, number, number];
  /** All turnouts drawn, for a chart; not kept. */
  drawn: Float64Array;
}

/** Draws turnouts and counts how many reach what is needed. The same seed gives the same draws. Pure. */
export function simulateTurnout({ needed, source, draws, seed, bar }: TurnoutRequest): TurnoutResult {
  const drawn = new Float64Array(draws);
  const draw = drawer(source);
  let [quorums, transcoders, both] = [0, 0, 0];
  for (let path = 0; path < draws; path++) {
    const { share, transcoderShare } = draw(path);
    drawn[path] = share;
    const reached = share >= needed.quorumShare;
    const present = transcoderShare >= needed.transcoderShare;
    quorums += Number(reached);
    transcoders += Number(present);
    both += Number(reached && present);
  }
  const sorted = Float64Array.from(drawn).sort();
  const quantile = (share: number): number => sorted[Math.min(draws - 1, Math.floor(share * draws))] ?? 0;
  const probability = both / draws;
  return {
    needed,
    source,
    draws,
    seed,
    bar,
    quorumProbability: quorums / draws,
    transcoderProbability: transcoders / draws,
    probability,
    reachable: probability >= bar,
    quantiles: [quantile(0.05), quantile(0.5), quantile(0.95)],
    drawn,
  };

  function drawer(from: TurnoutRequest["source"]): (path: number) => { share: number; transcoderShare: number } {
    if (from.kind === "past") {
      const past = drawFromPast(from.votes.map((vote) => ({ share: vote.share, transcoderShare: vote.transcoderShare })), "share");
      return (path) => past(seedPath(seed, path));
    }
    const turnout = drawStated(from.turnout);
    const stated = from.transcoders === undefined ? undefined : drawStated(from.transcoders);
    return (path) => {
      const state = seedPath(seed, path);
      const share = turnout(state);
      // More than voted at all cannot have voted as transcoders.
      return { share, transcoderShare: stated === undefined ? 0 : Math.min(share, stated(state)) };
    };
  }
}
