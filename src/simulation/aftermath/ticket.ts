import { AbiCoder } from "ethers/abi";
import { keccak256 } from "ethers/crypto";
import { hashMessage, solidityPackedKeccak256 } from "ethers/hash";
import { getBytes, toBeHex } from "ethers/utils";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { Newcomer } from "./life-plan.ts";

/** Every draw is below: the ticket wins. */
const ALWAYS = 2n ** 256n - 1n;

/** Arguments of `redeemWinningTicket` for a ticket that wins, of a sender whose key is the trial's own. */
export function winningTicket(sender: Newcomer, recipient: Address, request: { faceValueWei: bigint; nonce: bigint; round: bigint; roundBlockHash: Hex }): unknown[] {
  const { faceValueWei, nonce, round, roundBlockHash } = request;
  const recipientRand = nonce + 1n;
  const randHash = keccak256(toBeHex(recipientRand, 32));
  const auxData = AbiCoder.defaultAbiCoder().encode(["uint256", "bytes32"], [round, roundBlockHash]);
  const ticket = [recipient, sender.address, faceValueWei, ALWAYS, nonce, randHash, auxData];
  const hash = solidityPackedKeccak256(["address", "address", "uint256", "uint256", "uint256", "bytes32", "bytes"], ticket);
  return [ticket, sender.key.sign(hashMessage(getBytes(hash))).serialized, recipientRand];
}
