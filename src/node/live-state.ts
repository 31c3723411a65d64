import { z } from "zod";
import { readFunction } from "../chain/read-function.ts";
import { formatTag, type Rpc } from "../chain/rpc.ts";
import type { Address } from "../protocol/hex.ts";
import { localAccounts } from "./local-accounts.ts";
import { LOCAL_ROUND_LENGTH_BLOCKS, type LocalProtocol } from "./deploy-suite.ts";
import { SetupSender } from "./setup-sender.ts";

const LPT = 10n ** 18n;
const ETHER = 10n ** 18n;

/**
 * Gives a fresh protocol something to lose: an active transcoder with a delegator, a round with its reward, and a broadcaster
 * with a deposit and a job, or with a deposit and a reserve for tickets. All through the proxies, by the accounts concerned.
 */
export async function writeLiveState(rpc: Rpc, protocol: Pick<LocalProtocol, "profile" | "contracts">): Promise<void> {
  await bondAndReward(rpc, protocol);
  await spend(rpc, protocol);
}

/**
 * The part of it that is about stake: 1,000 LPT of the transcoder and 300 LPT of the delegator, active and written down as
 * votes in the round that it leaves behind.
 */
export async function bondAndReward(rpc: Rpc, protocol: Pick<LocalProtocol, "profile" | "contracts">): Promise<void> {
  const { transcoder, delegator } = localAccounts();
  const { LivepeerToken, RoundsManager, BondingManager } = protocol.contracts;
  if (LivepeerToken === undefined || RoundsManager === undefined || BondingManager === undefined) throw new Error("the suite is not deployed");
  await nextRound(rpc, RoundsManager);
  const asTranscoder = await SetupSender.from(rpc, transcoder.address);
  asTranscoder.call(RoundsManager, "function initializeRound()");
  asTranscoder.call(LivepeerToken, "function approve(address spender, uint256 amount)", [BondingManager, 1000n * LPT]);
  asTranscoder.call(BondingManager, "function bond(uint256 amount, address to)", [1000n * LPT, transcoder.address]);
  if (protocol.profile === "launch") {
    asTranscoder.call(BondingManager, "function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment)", [100_000n, 50_000n, 10n]);
  } else {
    asTranscoder.call(BondingManager, "function transcoder(uint256 rewardCut, uint256 feeShare)", [100_000n, 50_000n]);
  }
  await asTranscoder.flush();

  const asDelegator = await SetupSender.from(rpc, delegator.address);
  asDelegator.call(LivepeerToken, "function approve(address spender, uint256 amount)", [BondingManager, 300n * LPT]);
  asDelegator.call(BondingManager, "function bond(uint256 amount, address to)", [300n * LPT, transcoder.address]);
  await asDelegator.flush();

  await nextRound(rpc, RoundsManager);
  asTranscoder.call(RoundsManager, "function initializeRound()");
  asTranscoder.call(BondingManager, "function reward()");
  await asTranscoder.flush();
}

async function spend(rpc: Rpc, { profile, contracts }: Pick<LocalProtocol, "profile" | "contracts">): Promise<void> {
  const { JobsManager, TicketBroker } = contracts;
  const asBroadcaster = await SetupSender.from(rpc, localAccounts().broadcaster.address);
  if (profile === "current") {
    if (TicketBroker === undefined) throw new Error("the suite is not deployed");
    asBroadcaster.call(TicketBroker, "function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) payable", [ETHER, ETHER], 2n * ETHER);
  } else {
    if (JobsManager === undefined) throw new Error("the suite is not deployed");
    asBroadcaster.call(JobsManager, "function deposit() payable", [], ETHER);
    const endBlock = (await rpc.blockNumber()) + 10n * LOCAL_ROUND_LENGTH_BLOCKS;
    asBroadcaster.call(
      JobsManager,
      "function job(string streamId, string transcodingOptions, uint256 maxPricePerSegment, uint256 endBlock)",
      ["rehearsal-stream", "abcd1234", 10n, endBlock],
    );
  }
  await asBroadcaster.flush();
}

/** Mines to the first block of the next round, so that what follows has the whole round. */
async function nextRound(rpc: Rpc, roundsManager: Address): Promise<void> {
  const [block, start] = await Promise.all([
    rpc.blockNumber(),
    readFunction(rpc, roundsManager, "function currentRoundStartBlock() view returns (uint256)"),
  ]);
  const blocks = (start[0] as bigint) + LOCAL_ROUND_LENGTH_BLOCKS - block;
  await rpc.request("anvil_mine", [formatTag(blocks)], z.unknown());
}
