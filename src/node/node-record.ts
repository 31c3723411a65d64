import { readFile } from "node:fs/promises";
import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { takeLock } from "../chain/lock-file.ts";
import { Exit, LpctlError } from "../errors.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { decimalSchema, hash32Schema } from "../protocol/hex.ts";
import { replaceFile } from "../replace-file.ts";
import { PHASES } from "./phase.ts";

const recordSchema = z.strictObject({
  schema: z.literal(1),
  network: z.string().min(1),
  pid: z.int().positive(),
  port: z.int().min(1).max(65_535),
  rpcUrl: z.url(),
  chainId: decimalSchema,
  /** Tells this chain from every other one, also from a later one on the same port with the same id. */
  genesisHash: hash32Schema,
  /** 0: a block for each transaction and no other. */
  blockTimeSeconds: z.number().nonnegative(),
  phase: z.enum(PHASES),
  startedAt: z.iso.datetime(),
  /** Null while the contracts are being deployed. */
  controller: addressSchema.nullable(),
});

/** What is known of the chain that `node start` started for a project. Whether it still runs, only the chain can tell. */
export type NodeRecord = z.output<typeof recordSchema>;

/** Where a project's local chain keeps its files. Nothing in there is worth keeping. */
export function nodePaths(projectFolder: string): { folder: string; record: string; log: string; lock: string; keys: string } {
  const folder = join(projectFolder, ".lpctl", "node");
  return { folder, record: join(folder, "node.json"), log: join(folder, "anvil.log"), lock: join(folder, "lock"), keys: join(folder, "keys") };
}

/** Undefined when no chain was started, or it was stopped. @throws LPCTL_NODE_RECORD_UNREADABLE */
export async function loadNodeRecord(projectFolder: string): Promise<NodeRecord | undefined> {
  const path = nodePaths(projectFolder).record;
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return undefined;
    throw error;
  }
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_NODE_RECORD_UNREADABLE",
      exit: Exit.failed,
      message: `${path} is not a record of a local chain that this lpctl can read.`,
      why: "It was edited, or another version of lpctl wrote it.",
      next: `End the chain by hand if it still runs (look for anvil), then delete ${path}`,
      cause,
    });
  }
}

/** In one step: a reader sees the old record or the new one. */
export async function saveNodeRecord(projectFolder: string, record: NodeRecord): Promise<void> {
  await replaceFile(nodePaths(projectFolder).record, `${JSON.stringify({ ...record, chainId: record.chainId.toString() }, null, 2)}\n`);
}

export function removeNodeRecord(projectFolder: string): void {
  rmSync(nodePaths(projectFolder).record, { force: true });
}

/**
 * One command at a time starts or stops the chain of a project.
 * @returns a function that gives the lock back, and removes the folders made for it when nothing else is in them
 * @throws LPCTL_NODE_BUSY
 */
export function lockNode(projectFolder: string): () => void {
  const { folder, lock } = nodePaths(projectFolder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let release: () => void;
  try {
    release = takeLock(lock);
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    throw new LpctlError({
      code: "LPCTL_NODE_BUSY",
      exit: Exit.refused,
      message: "Another command is starting or stopping the local chain of this project.",
      why: error.why,
      next: "Wait until it ends, then: lpctl node status",
      details: error.details,
      cause: error,
    });
  }
  return () => {
    release();
    for (const empty of [folder, dirname(folder)]) {
      try {
        rmdirSync(empty);
      } catch {
        return;
      }
    }
  };
}
