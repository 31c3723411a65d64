import { rmdirSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { ReadBlock } from "../../chain/block-reader.ts";
import { takeLock } from "../../chain/lock-file.ts";
import { errnoOf } from "../../errno-of.ts";
import { LpctlError } from "../../errors.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, type Address } from "../../protocol/hex.ts";
import { readIfThere } from "../../read-if-there.ts";
import { replaceFile } from "../../replace-file.ts";
import { takenElsewhere } from "./take-errors.ts";

/** What a taking that was begun is of, so that the same command goes on with the same block. */
export interface Begun extends ReadBlock {
  chainId: bigint;
  controller: Address;
}

const begunSchema = z.strictObject({ schema: z.literal(1), chainId: decimalSchema, controller: addressSchema, number: decimalSchema, hash: hash32Schema });

/** The place in a project where a snapshot of one network is being taken: `.lpctl/snapshots/<network>/`, locked. */
export interface TakingPlace {
  /** Where what is read is kept. */
  readonly cacheFolder: string;
  /** Of an earlier run that did not end; undefined where there is none, or the file is none of ours. */
  readonly begun: Begun | undefined;
  /** Writes down what is being taken. Forgets what was read of anything else. */
  begin(taking: Begun): Promise<void>;
  /** The snapshot is written: nothing of the way to it is needed any more. */
  finish(): Promise<void>;
  /** Gives the place free. Safe to call twice. */
  leave(): void;
}

/** @throws LPCTL_SNAPSHOT_LOCKED */
export async function openTakingPlace(projectFolder: string, network: string): Promise<TakingPlace> {
  const folder = join(projectFolder, ".lpctl", "snapshots", network);
  const record = join(folder, "taking.json");
  const cacheFolder = join(folder, "read");
  await mkdir(cacheFolder, { recursive: true });
  const unlock = lock(join(folder, "lock"));
  let left = false;
  const begun = parseBegun(await readIfThere(record));
  return {
    cacheFolder,
    begun,
    async begin(taking) {
      if (begun?.hash !== taking.hash || begun.chainId !== taking.chainId) {
        await rm(cacheFolder, { recursive: true, force: true });
        await mkdir(cacheFolder, { recursive: true });
      }
      const { chainId, controller, number, hash } = taking;
      await replaceFile(record, `${JSON.stringify({ schema: 1, chainId: String(chainId), controller, number: String(number), hash }, null, 2)}\n`);
    },
    async finish() {
      await rm(record, { force: true });
      await rm(cacheFolder, { recursive: true, force: true });
    },
    leave() {
      if (left) return;
      left = true;
      unlock();
      // Where nothing was kept, nothing is left.
      for (const empty of [cacheFolder, folder, dirname(folder)]) if (!tryRemove(empty)) return;
    },
  };
}

function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errnoOf(error) ?? "")) return errnoOf(error) === "ENOENT";
    throw error;
  }
}

function lock(path: string): () => void {
  try {
    return takeLock(path);
  } catch (error) {
    if (error instanceof LpctlError && error.code === "LPCTL_JOURNAL_LOCKED") throw takenElsewhere(error.why, error.details?.["lock"]);
    throw error;
  }
}

function parseBegun(text: string | undefined): Begun | undefined {
  if (text === undefined) return undefined;
  try {
    const { chainId, controller, number, hash } = begunSchema.parse(JSON.parse(text));
    return { chainId, controller, number, hash };
  } catch {
    return undefined;
  }
}
