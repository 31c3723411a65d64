import { SigningKey } from "ethers/crypto";
import { readFunction } from "../chain/read-function.ts";
import { deriveTickets } from "../node/actors/ticket.ts";
import { localAccounts } from "../node/local-accounts.ts";
import { hash32Schema } from "../protocol/hex.ts";
import { act, readNumber } from "./act.ts";
import type { Proof } from "./rehearsal.ts";
import { addressIn, type Stage } from "./stage.ts";

const ETHER = 10n ** 18n;
const REDEEM =
  "function redeemWinningTicket((address recipient, address sender, uint256 faceValue, uint256 winProb, uint256 senderNonce, bytes32 recipientRandHash, bytes auxData) ticket, bytes sig, uint256 recipientRand)";
const PENDING_FEES = "function pendingFees(address account, uint256 endRound) view returns (uint256)";

/** The broadcaster funds a deposit and signs tickets; one of them wins, and is paid to the transcoder and its delegators. */
export async function redeemTicket(stage: Stage): Promise<Proof> {
  const { broadcaster, transcoder, delegator } = localAccounts();
  const broker = addressIn(stage, "TicketBroker");
  await act(stage, "broadcaster", broker, "function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) payable", [ETHER, ETHER], 2n * ETHER);
  const round = await readNumber(stage, "RoundsManager", "function currentRound() view returns (uint256)");
  const [hash] = await readFunction(stage.project.rpc, addressIn(stage, "RoundsManager"), "function blockHashForRound(uint256 round) view returns (bytes32)", [round]);
  const tickets = deriveTickets({
    seed: 0n,
    sender: new SigningKey(broadcaster.privateKey),
    senderAddress: broadcaster.address,
    recipient: transcoder.address,
    round,
    roundBlockHash: hash32Schema.parse(hash),
    count: 32,
  });
  const ticket = tickets.find(({ wins }) => wins);
  if (ticket === undefined) throw new Error("none of 32 tickets wins");
  const feesOf = (account: string) => readNumber(stage, "BondingManager", PENDING_FEES, [account, 0n]);
  const readFees = async (): Promise<bigint> => (await feesOf(transcoder.address)) + (await feesOf(delegator.address));
  const before = await readFees();
  const promise = [ticket.recipient, ticket.sender, ticket.faceValueWei, ticket.winProbability, ticket.senderNonce, ticket.recipientRandHash, ticket.auxData];
  await act(stage, "operator", broker, REDEEM, [promise, ticket.signature, ticket.recipientRand]);
  const paid = (await readFees()) - before;
  const dust = ticket.faceValueWei - paid;
  return {
    what: `a winning ticket of round ${round} is paid to the transcoder and its delegator`,
    holds: paid > 0n && dust >= 0n && dust < 1_000n,
    detail: `${paid} wei of fees for a face value of ${ticket.faceValueWei} wei`,
  };
}
