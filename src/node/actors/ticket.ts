import { AbiCoder } from "ethers/abi";
import { keccak256 } from "ethers/crypto";
import type { SigningKey } from "ethers/crypto";
import { hashMessage, id, solidityPackedKeccak256 } from "ethers/hash";
import { concat, getBytes, toBeHex } from "ethers/utils";
import type { Address, Hex } from "../../protocol/hex.ts";

/** A promise of `faceValueWei` to the recipient, if it wins. */
export interface Ticket {
  recipient: Address;
  sender: Address;
  faceValueWei: bigint;
  /** Wins when keccak256(signature, recipientRand) is below. */
  winProbability: bigint;
  senderNonce: bigint;
  recipientRandHash: Hex;
  /** Round of creation and the block hash of that round. */
  auxData: Hex;
  /** keccak256 of all of the above: under it the TicketBroker remembers what was redeemed. */
  hash: Hex;
  signature: Hex;
  /** The recipient's secret until it redeems. */
  recipientRand: bigint;
  wins: boolean;
}

/** One in two wins: enough to see something happen in every round. */
const WIN_PROBABILITY = 2n ** 255n;
const FACE_VALUE_WEI = 10n ** 15n;

/**
 * The tickets that a sender gives one recipient in one round. In the network the recipient chooses a secret number and the
 * sender signs; here both follow from the seed, and sender and redeemer derive the same, as if they had exchanged them.
 */
export function deriveTickets(request: {
  seed: bigint;
  sender: SigningKey;
  senderAddress: Address;
  recipient: Address;
  round: bigint;
  roundBlockHash: Hex;
  count: number;
}): Ticket[] {
  const { seed, sender, senderAddress, recipient, round, roundBlockHash, count } = request;
  const auxData = AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32"], [round, roundBlockHash]) as Hex;
  return Array.from({ length: count }, (_, at): Ticket => {
    const recipientRand = BigInt(id(`${seed}/${recipient}/${round}/${at}`));
    const recipientRandHash = keccak256(toBeHex(recipientRand, 32)) as Hex;
    const senderNonce = BigInt(at);
    const hash = solidityPackedKeccak256(
      ["address", "address", "uint256", "uint256", "uint256", "bytes32", "bytes"],
      [recipient, senderAddress, FACE_VALUE_WEI, WIN_PROBABILITY, senderNonce, recipientRandHash, auxData],
    ) as Hex;
    const signature = sender.sign(hashMessage(getBytes(hash))).serialized as Hex;
    const drawn = BigInt(keccak256(concat([signature, toBeHex(recipientRand, 32)])));
    return {
      recipient,
      sender: senderAddress,
      faceValueWei: FACE_VALUE_WEI,
      winProbability: WIN_PROBABILITY,
      senderNonce,
      recipientRandHash,
      auxData,
      hash,
      signature,
      recipientRand,
      wins: drawn < WIN_PROBABILITY,
    };
  });
}
