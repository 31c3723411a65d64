import { callTo, type Actor, type Move, type Turn } from "./actor.ts";
import type { Address } from "../../protocol/hex.ts";

export interface RoundInitializerOptions {
  name: string;
  address: Address;
  /**
   * Believes the round length it saw first, as the clients of the network do: after each new round they ask for its first
   * block, and never again for the length. Without it the length is read in every turn.
   */
  cacheRoundLength: boolean;
}

/** Begins each round in its first block. Anybody may; nobody is paid for it. */
export function roundInitializer({ name, address, cacheRoundLength }: RoundInitializerOptions): Actor {
  let lengthBlocks: bigint | undefined;
  let expectedBlock: bigint | undefined;

  const initialize = (turn: Turn): Move => ({
    calls: [callTo(turn.contract("RoundsManager"), "function initializeRound()", [], `initializes round ${turn.round.number}`)],
  });

  const actOnCache = (turn: Turn): Move => {
    lengthBlocks ??= turn.round.lengthBlocks;
    if (expectedBlock === undefined) {
      expectedBlock = turn.round.initialized ? turn.round.startBlock + lengthBlocks : turn.nextBlock;
    } else if (turn.events.some((event) => event.name === "NewRound")) {
      expectedBlock = turn.round.startBlock + lengthBlocks;
    }
    if (turn.nextBlock < expectedBlock) return { calls: [], dueBlock: expectedBlock };
    return initialize(turn);
  };

  return {
    name,
    role: "round-initializer",
    address,
    act: async (turn) => {
      if (turn.paused) return { calls: [], waiting: "the protocol is paused" };
      if (cacheRoundLength) return actOnCache(turn);
      // Round 0 counts as initialized from the start.
      return turn.round.initialized ? { calls: [], dueBlock: turn.round.endBlock } : initialize(turn);
    },
  };
}
