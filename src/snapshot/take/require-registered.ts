import type { BlockReader } from "../../chain/block-reader.ts";
import { HASH_OF_NO_CODE, type Address } from "../../protocol/hex.ts";
import { addressOfWord } from "../keys/addresses-in.ts";
import { hexAt } from "../keys/key-book.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import type { PinnedBlock } from "./pin-block.ts";
import { readProvenState } from "./prove-accounts.ts";
import { proofFalse } from "./take-errors.ts";

/** Owner and pause of the Controller, and the place of its registry, which holds nothing itself. */
const NO_ENTRIES = 2n;
const MOST_OF_ADDRESS = 1n << 160n;
/** Below are precompiles and small numbers. */
const LEAST_OF_ADDRESS = 1n << 16n;

/**
 * Nobody's word is taken for which contracts there are: whatever address stands in the Controller's proven storage is among those
 * that were read, or has no code. Without this an RPC that keeps a contract back would be told that its snapshot is complete.
 * @param known addresses of the contracts that were read
 * @throws LPCTL_SNAPSHOT_PROOF_FALSE, LPCTL_SNAPSHOT_NO_PROOFS
 */
export async function requireRegistered(reader: BlockReader, block: PinnedBlock, controller: Address, registry: SlotWords, known: ReadonlySet<Address>): Promise<void> {
  const told = new Set<Address>();
  for (let index = 0; index < registry.count; index++) {
    const word = BigInt(`0x${hexAt(registry.values, index)}`);
    // The commits beside them look the same, and have no code.
    if (BigInt(`0x${hexAt(registry.slots, index)}`) >= NO_ENTRIES && word >= LEAST_OF_ADDRESS && word < MOST_OF_ADDRESS) told.add(addressOfWord(hexAt(registry.values, index)));
  }
  await Promise.all(
    [...told].map(async (address) => {
      if (known.has(address) || (await readProvenState(reader, block, address)).codeHash === HASH_OF_NO_CODE) return;
      throw proofFalse(reader.rpc.origin, address, `The Controller ${controller} has registered it and it has code, both proven; what the RPC said of events, registry or code did not lead there.`);
    }),
  );
}
