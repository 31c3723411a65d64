import { nameOfContractId } from "../../protocol/contract-id.ts";
import type { Address } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { shortVoteId } from "../../voting/short-reference.ts";
import type { ProtocolEvent } from "../actors/actor.ts";
import { addressOf, hashOf, textOf, uintOf } from "../actors/values.ts";
import { titleOf } from "../actors/vote-book.ts";
import { formatAmount } from "./amounts.ts";
import type { EventKind } from "./runner-status.ts";

export interface Told {
  kind: EventKind;
  /** The account it is about. */
  about: Address | undefined;
  text: string;
}

/** By the numbers of a governor. */
const SUPPORT = ["against", "for", "abstention"];

/** Whether a `Bond` event tells of stake that went to another transcoder, and of no new stake. */
export function isMove(args: ProtocolEvent["args"]): boolean {
  return uintOf(args, "additionalAmount") === 0n && addressOf(args, "oldDelegate") !== addressOf(args, "newDelegate");
}

/** One line about an event, or undefined for those that another event tells as well. */
export function describeEvent(event: ProtocolEvent, nameOf: (address: Address) => string): Told | undefined {
  const { name, args } = event;
  const address = (key: string): Address => addressOf(args, key);
  const who = (key: string): string => nameOf(address(key));
  const uint = (key: string): bigint => uintOf(args, key);
  const lpt = (key: string): string => formatAmount(uint(key), "LPT");
  const eth = (key: string): string => formatAmount(uint(key), "ETH");
  const about = (kind: EventKind, key: string, text: string): Told => ({ kind, about: address(key), text: `${who(key)} ${text}` });
  const claim = (): string => `claim ${uint("claimId")} of job ${uint("jobId")}`;

  switch (name) {
    case "NewRound":
      return { kind: "round", about: undefined, text: `round ${uint("round")} begins` };
    case "Reward":
      return about("reward", "transcoder", `minted ${lpt("amount")}`);
    case "Bond":
      return isMove(args)
        ? about("bonding", "delegator", `moved ${lpt("bondedAmount")} to ${who("newDelegate")}`)
        : about("bonding", "delegator", `bonded ${lpt("additionalAmount")} to ${who("newDelegate")}`);
    case "Unbond":
      return about("bonding", "delegator", `unbonded ${lpt("amount")} until round ${uint("withdrawRound")}`);
    case "Rebond":
      return about("bonding", "delegator", `bonded ${lpt("amount")} again`);
    case "WithdrawStake":
      return about("bonding", "delegator", `withdrew ${lpt("amount")}`);
    case "TranscoderActivated":
      return about("pool", "transcoder", `is active from round ${uint("activationRound")}`);
    case "TranscoderDeactivated":
      return about("pool", "transcoder", `is out of the pool from round ${uint("deactivationRound")}`);
    case "TranscoderSlashed":
      return about("slash", "transcoder", `was slashed ${lpt("penalty")}; ${nameOf(address("finder"))} got ${lpt("finderReward")}`);
    case "NewJob":
      return about("job", "broadcaster", `posted job ${uint("jobId")} at ${uint("maxPricePerSegment")} wei`);
    case "NewClaim":
      return about("claim", "transcoder", `made ${claim()}`);
    case "PassedVerification":
      return about("verification", "transcoder", `passed verification of segment ${uint("segmentNumber")} in ${claim()}`);
    case "FailedVerification":
      return about("verification", "transcoder", `failed verification of segment ${uint("segmentNumber")} in ${claim()}`);
    case "DistributeFees":
      return about("fees", "transcoder", `was paid ${uint("fees")} wei for ${claim()}`);
    case "WinningTicketRedeemed":
      return about("ticket", "recipient", `redeemed a ticket for ${eth("faceValue")}`);
    case "DepositFunded":
      return about("ticket", "sender", `deposited ${eth("amount")}`);
    case "ProposalCreated":
      return about("vote", "proposer", `puts ${shortVoteId(uint("proposalId"))} to the vote: ${titleOf(event)}`);
    case "PollCreated":
      return { kind: "vote", about: undefined, text: `a poll is open until block ${uint("endBlock")}: ${titleOf(event)}` };
    case "VoteCast":
    case "VoteCastWithParams": {
      const reason = printable(textOf(args, "reason"));
      return about("vote", "voter", `votes ${SUPPORT[Number(uint("support"))] ?? "what nobody knows"} on ${shortVoteId(uint("proposalId"))} with ${lpt("weight")}${reason === "" ? "" : `: ${reason}`}`);
    }
    case "Vote":
      return about("vote", "voter", `votes ${["yes", "no"][Number(uint("choiceID"))] ?? "what does not count"} in the poll ${event.contract}`);
    case "ProposalCanceled":
      return { kind: "vote", about: undefined, text: `vote ${shortVoteId(uint("proposalId"))} was cancelled` };
    case "ProposalQueued":
      return { kind: "vote", about: undefined, text: `what ${shortVoteId(uint("proposalId"))} voted for waits in the timelock` };
    case "ProposalExecuted":
      return { kind: "vote", about: undefined, text: `what ${shortVoteId(uint("proposalId"))} voted for is done` };
    case "Pause":
      return { kind: "pause", about: undefined, text: "the protocol was paused" };
    case "Unpause":
      return { kind: "pause", about: undefined, text: "the protocol goes on" };
    case "SetContractInfo": {
      const id = hashOf(args, "id");
      return { kind: "registry", about: undefined, text: `${nameOfContractId(id) ?? id} is now ${address("contractAddress")}` };
    }
    case "ParameterUpdate":
      return { kind: "parameter", about: undefined, text: `${printable(textOf(args, "param"))} was changed` };
    default:
      return undefined;
  }
}
