import { Interface } from "ethers/abi";
import { hexlify, toUtf8Bytes } from "ethers/utils";
import type { Call } from "../proposal/call.ts";
import { pollAbi, pollCreatorAbi } from "../protocol/abi/polls.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Choice } from "./vote.ts";

export const pollInterface = new Interface(pollAbi);
export const pollCreatorInterface = new Interface(pollCreatorAbi);

export const POLL_CREATED: Hex = pollCreatorInterface.getEvent("PollCreated")?.topicHash as Hex;
export const POLL_VOTE: Hex = pollInterface.getEvent("Vote")?.topicHash as Hex;

/** LIP-16: 0 is yes, 1 is no, and there is nothing else. */
const CHOICE_IDS = { for: 0n, against: 1n } as const satisfies Partial<Record<Choice, bigint>>;

/** Undefined for what no tally counts. */
export function pollChoiceOf(choiceId: bigint): Choice | undefined {
  return choiceId === CHOICE_IDS.for ? "for" : choiceId === CHOICE_IDS.against ? "against" : undefined;
}

/** Opens a poll about a text. */
export function createPollCall(creator: Address, text: string): Call {
  return { to: creator, valueWei: 0n, data: pollCreatorInterface.encodeFunctionData("createPoll", [hexlify(toUtf8Bytes(text))]) as Hex };
}

/** A poll knows yes and no only. */
export function castPollCall(poll: Address, choice: "for" | "against"): Call {
  return { to: poll, valueWei: 0n, data: pollInterface.encodeFunctionData("vote", [CHOICE_IDS[choice]]) as Hex };
}
