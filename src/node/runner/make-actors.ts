import type { Actor } from "../actors/actor.ts";
import { broadcaster } from "../actors/broadcaster.ts";
import { delegator } from "../actors/delegator.ts";
import { delegatorVotes } from "../actors/delegator-votes.ts";
import { draw } from "../actors/draw.ts";
import { roundInitializer } from "../actors/round-initializer.ts";
import { solver } from "../actors/solver.ts";
import { ticketRedeemer } from "../actors/ticket-redeemer.ts";
import { ticketSender } from "../actors/ticket-sender.ts";
import { transcoder, type Terms } from "../actors/transcoder.ts";
import { jobWork } from "../actors/transcoder-jobs.ts";
import { voteWork } from "../actors/transcoder-votes.ts";
import { VoteBook } from "../actors/vote-book.ts";
import { watcher } from "../actors/watcher.ts";
import type { Cast, CastOptions, Member } from "./cast.ts";

const DEFAULT = { jobsPerRound: 1, segmentsPerJob: 4, ticketsPerRound: 2, turnoutPercent: 80 };

/** The actors of a cast with nothing remembered yet, in the order in which they act. */
export function makeActors(options: CastOptions, { members, broadcasterKey, ticketSenderKey }: Cast): Actor[] {
  const transcoders = members.filter(({ role }) => role === "transcoder");
  const recipients = transcoders.map(({ address }) => address);
  const senderAddress = members.find(({ role }) => role === "ticket-sender")?.address;
  const { seed, profile } = options;
  const book = new VoteBook();

  const make = (member: Member): Actor => {
    const { name, role, address, misbehaviour } = member;
    switch (role) {
      case "round-initializer":
        return roundInitializer({ name, address, cacheRoundLength: options.cacheRoundLength ?? false });
      case "transcoder": {
        const segmentsPerJob = options.segmentsPerJob ?? DEFAULT.segmentsPerJob;
        const turnoutPercent = options.turnoutPercent ?? DEFAULT.turnoutPercent;
        const work = profile === "launch" ? jobWork({ address, misbehaviour, broadcasterKey, segmentsPerJob }) : voteWork({ name, address, seed, book, turnoutPercent });
        return transcoder({ name, address, terms: termsOf(options, transcoders, member), misbehaviour, work });
      }
      case "broadcaster":
        return broadcaster({ name, address, seed, jobsPerRound: options.jobsPerRound ?? DEFAULT.jobsPerRound });
      case "solver":
        return solver({ name, address });
      case "watcher":
        return watcher({ name, address });
      case "delegator": {
        const politics = profile === "launch" ? undefined : delegatorVotes({ name, address, seed, book, transcoders: recipients });
        return delegator({ name, address, seed, index: members.filter((each) => each.role === role).indexOf(member), transcoders: recipients, politics });
      }
      case "ticket-sender":
        return ticketSender({ name, address });
      case "ticket-redeemer": {
        if (senderAddress === undefined) throw new Error("a redeemer needs a sender");
        const ticketsPerRound = options.ticketsPerRound ?? DEFAULT.ticketsPerRound;
        return ticketRedeemer({ name, address, seed, senderKey: ticketSenderKey, senderAddress, recipients, ticketsPerRound });
      }
    }
  };
  // Who waits for a round to begin hears of votes, too.
  return members.map(make).map((actor) => ({
    ...actor,
    act: (turn) => {
      book.listen(turn);
      return actor.act(turn);
    },
  }));
}

/** Terms follow from the seed. The last transcoder is the cheapest, so that a job for little money is always its own. */
export function termsOf({ seed, profile }: CastOptions, transcoders: readonly Member[], { name }: Member): Terms {
  const place = transcoders.findIndex((each) => each.name === name);
  return {
    rewardCutPpm: draw(seed, `reward cut of ${name}`, 20n) * 10_000n,
    feeSharePpm: (30n + draw(seed, `fee share of ${name}`, 50n)) * 10_000n,
    priceWei: profile === "launch" ? 10n * BigInt(transcoders.length - place) + draw(seed, `price of ${name}`, 9n) : undefined,
  };
}
