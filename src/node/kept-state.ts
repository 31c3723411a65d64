import { copyFile, readFile, rm } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { hexSchema, quantitySchema } from "../protocol/hex.ts";
import { replaceFile } from "../replace-file.ts";
import { nodePaths } from "./node-record.ts";
import { runnerPaths } from "./runner/runner-files.ts";

/** What of anvil's state file we need; the rest is anvil's. */
const stateSchema = z.looseObject({
  block: z.looseObject({ number: quantitySchema, timestamp: quantitySchema }),
  accounts: z.looseObject({}),
  blocks: z.array(z.unknown()),
});

/** The state of a chain that does not run. */
export interface KeptState {
  path: string;
  blockNumber: bigint;
  /** Of the chain's own clock. */
  timestampSeconds: bigint;
  /** False when the newest state is missing or torn, and this one is from when the chain was last started. */
  newest: boolean;
}

/** The newest whole state of a project's chain, undefined when there is none. */
export async function readKeptState(projectFolder: string): Promise<KeptState | undefined> {
  const { state, earlierState } = nodePaths(projectFolder);
  for (const path of [state, earlierState]) {
    const found = await readState(path);
    if (found !== undefined) return { path, ...found, newest: path === state };
  }
  return undefined;
}

async function readState(path: string): Promise<{ blockNumber: bigint; timestampSeconds: bigint } | undefined> {
  try {
    const { block } = stateSchema.parse(JSON.parse(await readFile(path, "utf8")));
    return { blockNumber: block.number, timestampSeconds: block.timestamp };
  } catch {
    return undefined;
  }
}

/**
 * Makes a kept state the one that anvil will load, and keeps a copy of it: anvil writes over the one it loaded, and a kill in
 * that moment tears it.
 */
export async function prepareState(projectFolder: string, kept: KeptState): Promise<void> {
  const { state, earlierState } = nodePaths(projectFolder);
  await (kept.newest ? copyFile(state, earlierState) : copyFile(earlierState, state));
}

/** Writes the state of a running chain down in one step, as the one to fall back on. */
export async function saveEarlierState(projectFolder: string, rpc: Rpc): Promise<void> {
  const dump = await rpc.request("anvil_dumpState", [], hexSchema);
  await replaceFile(nodePaths(projectFolder).earlierState, gunzipSync(Buffer.from(dump.slice(2), "hex")).toString("utf8"));
}

/** Deletes what is kept of a chain, but its keys: `lpctl.yaml` names them. */
export async function forgetState(projectFolder: string): Promise<void> {
  const { state, earlierState, log } = nodePaths(projectFolder);
  const runner = runnerPaths(projectFolder);
  for (const path of [state, earlierState, log, runner.record, runner.settings, runner.log]) await rm(path, { force: true });
}

/** For a chain whose files are gone or damaged. */
export function stateLost(projectFolder: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_NODE_STATE_LOST",
    exit: Exit.failed,
    message: "The state of the stopped local chain cannot be read.",
    why: `${nodePaths(projectFolder).state} is missing or damaged, and so is the copy beside it.`,
    next: "Begin anew: lpctl node start --fresh",
  });
}
