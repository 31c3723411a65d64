import { pinRpc } from "../../chain/pin-rpc.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Address } from "../../protocol/hex.ts";
import { readGovernorPower } from "./governor-power.ts";
import { readPollPower } from "./poll-power.ts";
import type { VotingPower } from "./power.ts";
import type { VoteFacts } from "../vote.ts";

export interface ReadPowerOptions {
  /** Whose stake a poll is about, where its creator does not say or is not to be believed. */
  bondingManager?: Address | undefined;
}

/**
 * What an account can do in a vote: its weight at the deciding moment (a poll's end, a governor's snapshot; as it stands now while
 * that is to come), whom that belongs to otherwise, and whether a vote of it would count. Read at one block.
 * @throws LPCTL_VOTE_NO_STAKE_SOURCE, LPCTL_VOTE_LOGS_MISSING, LPCTL_ANVIL_STATE_GONE
 */
export async function readPower(rpc: Rpc, vote: VoteFacts, account: Address, options: ReadPowerOptions = {}): Promise<VotingPower> {
  const { rpc: pinned } = await pinRpc(rpc);
  return vote.kind === "poll" ? readPollPower(pinned, vote, account, options) : readGovernorPower(pinned, vote, account);
}
