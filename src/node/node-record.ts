import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { takeLock } from "../chain/lock-file.ts";
import { Exit, LpctlError } from "../errors.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { decimalSchema, hash32Schema } from "../protocol/hex.ts";
import { readIfThere } from "../read-if-there.ts";
import { replaceFile } from "../replace-file.ts";
import { PROFILES } from "../protocol/profiles.ts";
import { actorSettingsSchema } from "./actor-settings.ts";
import { PHASES } from "./phase.ts";

const VERSION = 2;

const recordSchema = z.strictObject({
  schema: z.literal(VERSION),
  network: z.string().min(1),
  pid: z.int().positive(),
  port: z.int().min(1).max(65_535),
  rpcUrl: z.url(),
  chainId: decimalSchema,
  /** Tells this chain from every other one, also from a later one on the same port with the same id. Null until it has answered. */
  genesisHash: hash32Schema.nullable(),
  /** 0: a block for each transaction and no other. */
  blockTimeSeconds: z.number().nonnegative(),
  profile: z.enum(PROFILES),
  phase: z.enum(PHASES),
  /** When it was last started; a chain that was stopped and goes on has begun earlier. */
  startedAt: z.iso.datetime(),
  /** Null while it is meant to run. */
  stoppedAt: z.iso.datetime().nullable(),
  /** Null while the contracts are being deployed. */
  controller: addressSchema.nullable(),
  governor: addressSchema.nullable(),
  safe: addressSchema.nullable(),
  /** Registered name to address. */
  contracts: z.record(z.string(), addressSchema),
  /** Null for a chain that nobody uses but its owner. */
  actors: actorSettingsSchema.nullable(),
});

/** What is known of the chain that `node start` made for a project. Whether it still runs, only the chain can tell. */
export type NodeRecord = z.output<typeof recordSchema>;

export interface NodePaths {
  folder: string;
  record: string;
  log: string;
  lock: string;
  keys: string;
  /** What anvil writes down and loads. */
  state: string;
  /** The state with which the chain was last started, for when the newest one was torn by a kill. */
  earlierState: string;
}

/** Where a project's local chain keeps its files. */
export function nodePaths(projectFolder: string): NodePaths {
  const folder = join(projectFolder, ".lpctl", "node");
  const at = (name: string): string => join(folder, name);
  return {
    folder,
    record: at("node.json"),
    log: at("anvil.log"),
    lock: at("lock"),
    keys: at("keys"),
    state: at("chain.json"),
    earlierState: at("chain.earlier.json"),
  };
}

/** Undefined when there is no chain. @throws LPCTL_NODE_OTHER_VERSION, LPCTL_NODE_RECORD_UNREADABLE */
export async function loadNodeRecord(projectFolder: string): Promise<NodeRecord | undefined> {
  const path = nodePaths(projectFolder).record;
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const json: unknown = JSON.parse(text);
    const { success, data } = z.looseObject({ schema: z.int() }).safeParse(json);
    if (success && data.schema !== VERSION) throw otherVersion(path, data.schema);
    return recordSchema.parse(json);
  } catch (cause) {
    if (cause instanceof LpctlError) throw cause;
    throw new LpctlError({
      code: "LPCTL_NODE_RECORD_UNREADABLE",
      exit: Exit.failed,
      message: `${path} is not a record of a local chain that this lpctl can read.`,
      why: "It was edited or damaged.",
      next: "End the chain by hand if it still runs (look for anvil), then: lpctl node stop --forget",
      cause,
    });
  }
}

function otherVersion(path: string, schema: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_NODE_OTHER_VERSION",
    exit: Exit.refused,
    message: `The local chain of this project was made by another version of lpctl.`,
    why: `${path} has version ${schema}, and this lpctl writes version ${VERSION}.`,
    next: "Stop it with the lpctl that made it, then begin anew: lpctl node stop --forget",
    details: { found: schema, supported: VERSION },
  });
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
