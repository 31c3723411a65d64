import { z } from "zod";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import type { Rpc } from "../../src/chain/rpc.ts";
import type { Project } from "../../src/inspection/project.ts";
import { defineMigration, type Migration, type MigrationOperation } from "../../src/migration/script/define-migration.ts";
import type { LoadedScript } from "../../src/migration/script/load-script.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";

/** Adds one to the slot that its data names: what is sent twice shows. */
export const MARKS = "0x00000000000000000000000000000000000000e0" as Address;
const MARKS_CODE = "0x5f3580546001019055";

export function word(value: number | bigint): Hex {
  return `0x${value.toString(16).padStart(64, "0")}`;
}

export function mark(slot: number, parts: Partial<MigrationOperation> = {}): MigrationOperation {
  return {
    id: `mark-${slot}`,
    title: `mark ${slot}`,
    calls: [{ to: MARKS, data: word(slot), valueWei: 0n }],
    enacted: async (chain) => BigInt(await chain.storage(MARKS, BigInt(slot))) >= 1n,
    as: "sender",
    ...parts,
  };
}

/** Marks `count` slots from `first` on; every seventh waits for all before it. */
export function marks(first: number, count: number): Migration {
  return defineMigration({
    title: "Marks",
    async *operations() {
      for (let at = 0; at < count; at++) yield mark(first + at, { independent: at % 7 !== 6 });
    },
    verify: async (chain) => {
      const wrong: string[] = [];
      for (let slot = first; slot < first + count; slot++) {
        const times = BigInt(await chain.storage(MARKS, BigInt(slot)));
        if (times !== 1n) wrong.push(`slot ${slot} was marked ${times} times`);
      }
      return wrong;
    },
  });
}

export function scriptOf(name: string, migration: Migration): LoadedScript {
  return { name, path: `/migrations/${name}.ts`, migration };
}

export async function startMarks(options: Parameters<typeof startAnvil>[0] = {}): Promise<Anvil> {
  const anvil = await startAnvil({ accounts: 2, ...options });
  await anvil.rpc.request("anvil_setCode", [MARKS, MARKS_CODE], z.unknown());
  return anvil;
}

export function marksProject(rpc: Rpc, folder: string): Project {
  return { folder, network: "local", chainId: 31337n, controller: undefined, rpc, compilerCaches: [], sources: [], compilers: {}, delayBlocks: 0n, aftermath: false };
}
