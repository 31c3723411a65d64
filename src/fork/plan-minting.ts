import type { Address, Hex } from "../protocol/hex.ts";
import { mintGas } from "./fork-gas.ts";
import type { ForkEffect, ForkTransactions } from "./fork-transactions.ts";
import type { Holder } from "./token-draft.ts";
import { executeCall, hashBatch, mintCall, stageCall, transferOwnershipCall, type BatchOfCalls } from "./update-codec.ts";

const HOLDERS_IN_BATCH = 300;
const WORD = 32;

export interface Minting {
  token: Address;
  minter: Address;
  /** A LIP-25 Governor of the deployer's own, which owns the token meanwhile and makes many calls in one transaction. */
  governor: Address;
  holders: readonly Holder[];
  /** Where the token keeps a balance. */
  balanceSlot: (account: Address) => Hex;
}

/** Mints to every holder, and gives the token to the Minter with the last batch. All are staged before the first is executed: neither waits for the other. */
export function planMinting(list: ForkTransactions, { token, minter, governor, holders, balanceSlot }: Minting): void {
  list.call("mint:owner", token, "function transferOwnership(address newOwner)", [governor], { kind: "owner", of: token, oneOf: [governor, minter] }, { gas: 30_000n });
  const count = Math.max(1, Math.ceil(holders.length / HOLDERS_IN_BATCH));
  const batches = Array.from({ length: count }, (_, index) => {
    const some = holders.slice(index * HOLDERS_IN_BATCH, (index + 1) * HOLDERS_IN_BATCH);
    const isLast = index === count - 1;
    const batch: BatchOfCalls = {
      target: token,
      data: [...some.map(({ account, amountWei }) => mintCall(account, amountWei)), ...(isLast ? [transferOwnershipCall(minter)] : [])],
      nonce: BigInt(index),
    };
    const minted: ForkEffect = isLast ? { kind: "owner", of: token, oneOf: [minter] } : mintedWords(token, some, balanceSlot);
    return { id: `mint:${index + 1}`, title: `mint to ${some.length} accounts`, batch, minted, gas: mintGas(some.length) };
  });
  for (const { id, title, batch, minted, gas } of batches) list.send(`${id}:stage`, title, governor, stageCall(batch), { kind: "staged", governor, updateHash: hashBatch(batch), executed: minted }, { gas: gas / 8n });
  for (const { id, title, batch, minted, gas } of batches) list.send(`${id}:execute`, title, governor, executeCall(batch), minted, { gas: (gas * 7n) / 8n });
}

function mintedWords(token: Address, holders: readonly Holder[], balanceSlot: (account: Address) => Hex): ForkEffect {
  const slots = new Uint8Array(holders.length * WORD);
  const values = new Uint8Array(slots.length);
  for (const [index, { account, amountWei }] of holders.entries()) {
    slots.set(Buffer.from(balanceSlot(account).slice(2), "hex"), index * WORD);
    values.set(Buffer.from(amountWei.toString(16).padStart(2 * WORD, "0"), "hex"), index * WORD);
  }
  return { kind: "words", contract: token, slots, values };
}
