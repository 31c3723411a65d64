import { copyFile, readFile, rm } from "node:fs/promises";
import { z } from "zod";
import { readDump } from "../chain/anvil-dump.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { hash32Schema, quantitySchema, type Hex } from "../protocol/hex.ts";
import { replaceFile } from "../replace-file.ts";
import { nodePaths, type NodeRecord } from "./node-record.ts";
import { runnerPaths } from "./runner/runner-files.ts";

/** What of anvil's state file we need; the rest is anvil's. */
const stateSchema = z.looseObject({
  block: z.looseObject({ number: quantitySchema, timestamp: quantitySchema }),
  accounts: z.looseObject({}),
  blocks: z.array(z.looseObject({ header: z.looseObject({ number: quantitySchema, parentHash: hash32Schema }) })),
});

/** The state of a chain that does not run. */
export interface KeptState {
  path: string;
  blockNumber: bigint;
  /** Of the chain's own clock. */
  timestampSeconds: bigint;
  /** False when the newest state is missing, torn or another chain's, and this one is from when the chain was last started. */
  newest: boolean;
}

/**
 * The newest whole state of a recorded chain, undefined when there is none. An anvil that is told to end before it has loaded
 * a state writes an empty one over it: only a state that goes back to the chain's own first block counts.
 */
export async function readKeptState(projectFolder: string, { genesisHash }: Pick<NodeRecord, "genesisHash">): Promise<KeptState | undefined> {
  const { state, earlierState } = nodePaths(projectFolder);
  for (const path of [state, earlierState]) {
    const found = await readState(path, genesisHash);
    if (found !== undefined) return { path, ...found, newest: path === state };
  }
  return undefined;
}

async function readState(path: string, genesisHash: Hex | null): Promise<{ blockNumber: bigint; timestampSeconds: bigint } | undefined> {
  try {
    const { block, blocks } = stateSchema.parse(JSON.parse(await readFile(path, "utf8")));
    const second = blocks.find(({ header }) => header.number === 1n);
    if (second?.header.parentHash !== genesisHash) return undefined;
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
  await leaveOneGenesis(kept.path);
  await (kept.newest ? copyFile(state, earlierState) : copyFile(earlierState, state));
}

/** Everything as anvil wrote it. */
const rawStateSchema = z.looseObject({
  blocks: z.array(z.looseObject({ header: z.looseObject({ number: z.string(), timestamp: z.string() }) })),
});

/**
 * An anvil that loads a state writes down two blocks 0: the one it loaded, and one that it made for itself when it started.
 * Whoever loads that again gets either, and with it another chain's first block. Ours is the oldest.
 */
async function leaveOneGenesis(path: string): Promise<void> {
  const raw = rawStateSchema.parse(JSON.parse(await readFile(path, "utf8")));
  const isFirst = (block: (typeof raw.blocks)[number]): boolean => BigInt(block.header.number) === 0n;
  const [oldest, ...others] = raw.blocks.filter(isFirst).toSorted((a, b) => Number(BigInt(a.header.timestamp) - BigInt(b.header.timestamp)));
  if (oldest === undefined || others.length === 0) return;
  await replaceFile(path, JSON.stringify({ ...raw, blocks: raw.blocks.filter((block) => block === oldest || !isFirst(block)) }));
}

/** Writes the state of a running chain down in one step, as the one to fall back on. */
export async function saveEarlierState(projectFolder: string, rpc: Rpc): Promise<void> {
  await replaceFile(nodePaths(projectFolder).earlierState, await readDump(rpc));
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
