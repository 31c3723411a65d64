import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Rpc } from "../../chain/rpc.ts";
import type { Address } from "../../protocol/hex.ts";
import type { ReadProgress } from "../read/read-in-chunks.ts";
import { readSlots } from "../read/read-slots.ts";
import type { WordSource } from "../state.ts";
import type { PinnedBlock } from "./pin-block.ts";

/** A chain at one block, as a source of words; what is read in bulk is kept on disk. */
export interface KeptSource extends WordSource {
  /** Slots asked for so far, those of an earlier run that was ended too. */
  readonly slotsRead: number;
  /** Throws away what is kept of a contract. */
  forget(contract: Address): void;
}

const SLOT_BYTES = 32;
/** Less is read again faster than it is looked for. */
const WORTH_KEEPING = 2_000;

/**
 * @param folder where what is read is kept. The readings of a contract are numbered: enumerating slots again asks for the same ones in
 * the same order, and a chunk of other slots is not believed
 */
export function createKeptSource(rpc: Rpc, block: PinnedBlock, folder: string, onProgress: (contract: Address, progress: ReadProgress) => void): KeptSource {
  const readings = new Map<Address, number>();
  let slotsRead = 0;
  const kept = ({ number, hash }: PinnedBlock): { number: bigint; hash: PinnedBlock["hash"] } => ({ number, hash });
  return {
    get slotsRead() {
      return slotsRead;
    },
    async readWords(contract, slots) {
      const count = slots.length / SLOT_BYTES;
      slotsRead += count;
      if (count < WORTH_KEEPING) return readSlots(rpc, contract, slots, { block: kept(block) });
      const reading = readings.get(contract) ?? 0;
      readings.set(contract, reading + 1);
      const cachePath = join(folder, `${contract}-${reading}.chunks`);
      return readSlots(rpc, contract, slots, { block: kept(block), cachePath, onProgress: (progress) => onProgress(contract, progress) });
    },
    forget(contract) {
      for (const name of readdirSync(folder)) if (name.startsWith(`${contract}-`)) rmSync(join(folder, name), { force: true });
    },
  };
}
