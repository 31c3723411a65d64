import type { SigningKey } from "ethers/crypto";
import { callTo, obstacle, type Actor, type ActorCall, type Move, type Turn } from "./actor.ts";
import { deriveTickets, type Ticket } from "./ticket.ts";
import { hashOf, isTrue } from "./values.ts";
import type { Address } from "../../protocol/hex.ts";

export interface TicketRedeemerOptions {
  name: string;
  address: Address;
  seed: bigint;
  /** Stands for what the sender sends off chain: with it the signed tickets are derived. */
  senderKey: SigningKey;
  senderAddress: Address;
  recipients: readonly Address[];
  ticketsPerRound: number;
}

const REDEEM =
  "function redeemWinningTicket((address recipient, address sender, uint256 faceValue, uint256 winProb, uint256 senderNonce, bytes32 recipientRandHash, bytes auxData) ticket, bytes sig, uint256 recipientRand)";

/** Redeems the winning tickets of all recipients with a key of its own, in the round in which they were made. */
export function ticketRedeemer(options: TicketRedeemerOptions): Actor {
  const { name, address, recipients } = options;
  let round: bigint | undefined;
  let winning: Ticket[] = [];

  const collect = async (turn: Turn): Promise<void> => {
    const read = await turn.read(turn.contract("RoundsManager"), "function blockHashForRound(uint256 round) view returns (bytes32)", [turn.round.number]);
    const roundBlockHash = hashOf(read, 0);
    winning = recipients.flatMap((recipient) =>
      deriveTickets({
        seed: options.seed,
        sender: options.senderKey,
        senderAddress: options.senderAddress,
        recipient,
        round: turn.round.number,
        roundBlockHash,
        count: options.ticketsPerRound,
      }).filter(({ wins }) => wins),
    );
    round = turn.round.number;
  };

  /** Still to be redeemed, by somebody who can be paid. */
  const isDue = async (turn: Turn, broker: Address, { hash, recipient }: Ticket): Promise<boolean> => {
    const [used, active] = await Promise.all([
      turn.read(broker, "function usedTickets(bytes32) view returns (bool)", [hash]),
      turn.read(turn.contract("BondingManager"), "function isActiveTranscoder(address) view returns (bool)", [recipient]),
    ]);
    return !isTrue(used, 0) && isTrue(active, 0);
  };

  return {
    name,
    role: "ticket-redeemer",
    address,
    act: async (turn): Promise<Move> => {
      const blocked = obstacle(turn);
      if (blocked !== undefined) return blocked;
      const broker = turn.contract("TicketBroker");
      if (round !== turn.round.number) await collect(turn);
      const due = await Promise.all(winning.map(async (ticket) => ((await isDue(turn, broker, ticket)) ? ticket : undefined)));
      winning = due.filter((ticket) => ticket !== undefined);
      const calls = winning.map((ticket): ActorCall => {
        const { recipient, sender, faceValueWei, winProbability, senderNonce, recipientRandHash, auxData, signature, recipientRand } = ticket;
        const promise = [recipient, sender, faceValueWei, winProbability, senderNonce, recipientRandHash, auxData];
        return callTo(broker, REDEEM, [promise, signature, recipientRand], `redeems ticket ${senderNonce} for ${recipient}`);
      });
      return { calls };
    },
  };
}
