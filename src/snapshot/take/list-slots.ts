import { z } from "zod";
import { readDumpedAccounts } from "../../chain/anvil-dump.ts";
import { formatTag, type Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { hash32Schema, type Address, type Hex } from "../../protocol/hex.ts";
import { createKeccakInto } from "../../protocol/keccak-into.ts";
import type { PinnedBlock } from "./pin-block.ts";

/** Finds slots by their hashes where an RPC can list storage: geth's debug API, or a local chain's dump. */
export interface SlotList {
  slotsOf(contract: Address, hashes: readonly Hex[]): Promise<ReadonlyMap<Hex, Hex>>;
}

const rangeSchema = z.object({ storage: z.record(hash32Schema, z.object({ key: hash32Schema.nullable() })) });
const dumpedSchema = z.object({ storage: z.record(hash32Schema, z.string()) });

/** What is found is believed only where it has the hash. An RPC that cannot list storage finds nothing. */
export function openSlotList(rpc: Rpc, block: PinnedBlock): SlotList {
  let dumped: Promise<ReadonlyMap<Address, readonly Hex[]>> | undefined;
  return {
    async slotsOf(contract, hashes) {
      if (!block.isLocal) return keysInRange(rpc, block, contract, hashes);
      dumped ??= dump(rpc);
      const slots = (await dumped).get(contract) ?? [];
      const hashed = await hashAll(slots);
      const wanted = new Set(hashes);
      return new Map(slots.flatMap((slot, index): [Hex, Hex][] => (wanted.has(hashed[index] ?? "0x") ? [[hashed[index] ?? "0x", slot]] : [])));
    },
  };
}

/** The state before the first transaction of the next block is the one after this block. */
async function keysInRange(rpc: Rpc, block: PinnedBlock, contract: Address, hashes: readonly Hex[]): Promise<Map<Hex, Hex>> {
  const known = new Map<Hex, Hex>();
  const ask = async (hash: Hex, next: Hex): Promise<void> => {
    const { storage } = await rpc.request("debug_storageRangeAt", [next, 0, contract, hash, 1], rangeSchema);
    const key = storage[hash]?.key;
    if (key === null || key === undefined) return;
    if ((await hashAll([key]))[0] === hash) known.set(hash, key);
  };
  try {
    const next = await rpc.request("eth_getBlockByNumber", [formatTag(block.number + 1n), false], z.object({ hash: hash32Schema }).nullable());
    if (next === null) return known;
    for (const hash of hashes) await ask(hash, next.hash);
  } catch (error) {
    // It cannot list storage, or not that of this block; what is known until then is.
    if (!(error instanceof LpctlError) || !["LPCTL_RPC_ERROR", "LPCTL_RPC_BAD_ANSWER"].includes(error.code)) throw error;
  }
  return known;
}

/** All slots that a local chain has ever written, by account. */
async function dump(rpc: Rpc): Promise<ReadonlyMap<Address, readonly Hex[]>> {
  return new Map([...(await readDumpedAccounts(rpc, dumpedSchema))].map(([address, { storage }]) => [address, Object.keys(storage).map((slot) => hash32Schema.parse(slot))]));
}

async function hashAll(slots: readonly Hex[]): Promise<Hex[]> {
  const keccak = await createKeccakInto();
  const hash = Buffer.alloc(32);
  return slots.map((slot): Hex => {
    keccak.hash(Buffer.from(slot.slice(2), "hex"), 0, 32, hash, 0);
    return `0x${hash.toString("hex")}`;
  });
}
