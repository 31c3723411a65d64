import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { bigintAsText } from "../../protocol/bigint-json.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { decimalSchema } from "../../protocol/hex.ts";
import { PROFILES } from "../../protocol/profiles.ts";
import { readIfThere } from "../../read-if-there.ts";
import { replaceFile } from "../../replace-file.ts";
import { ROLES } from "../actors/actor.ts";
import { MISBEHAVIOURS } from "../actors/misbehaviour.ts";
import { nodePaths } from "../node-record.ts";
import type { RunnerStatus } from "./runner-status.ts";

const castSchema = z.strictObject({
  profile: z.enum(PROFILES),
  seed: decimalSchema,
  transcoders: z.int().positive(),
  delegators: z.int().nonnegative(),
  misbehaviour: z.array(z.enum(MISBEHAVIOURS)),
  jobsPerRound: z.int().nonnegative().optional(),
  segmentsPerJob: z.int().positive().optional(),
  ticketsPerRound: z.int().nonnegative().optional(),
  turnoutPercent: z.int().min(0).max(100).optional(),
  cacheRoundLength: z.boolean().optional(),
});

const settingsSchema = z.strictObject({
  schema: z.literal(1),
  rpcUrl: z.url(),
  controller: addressSchema,
  cast: castSchema,
  speed: z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("fast") }), z.strictObject({ kind: z.literal("paced"), blocksPerSecond: z.number().positive().max(1_000) })]),
});

/** With whom a runner works, where, and how fast. Kept on disk, so that a chain that is started again has the same cast. */
export type RunnerSettings = Omit<z.output<typeof settingsSchema>, "schema">;
export type Speed = RunnerSettings["speed"];

const healthSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("ok") }),
  z.object({ state: z.enum(["waiting", "failing"]), reason: z.string() }),
]);

const statusSchema: z.ZodType<RunnerStatus, unknown> = z.object({
  profile: z.enum(PROFILES),
  seed: decimalSchema,
  block: decimalSchema,
  blockTimestampSeconds: decimalSchema,
  paused: z.boolean(),
  round: z.object({ number: decimalSchema, startBlock: decimalSchema, endBlock: decimalSchema, initialized: z.boolean(), locked: z.boolean() }),
  supplyWei: decimalSchema,
  bondedWei: decimalSchema,
  bondedPpm: decimalSchema,
  inflation: z.object({ raw: decimalSchema, human: z.string() }),
  mintableWei: decimalSchema,
  mintedWei: decimalSchema,
  activeSet: z.array(z.object({ address: addressSchema, name: z.string().nullable(), stakeWei: decimalSchema, lastRewardRound: decimalSchema })),
  work: z.object({
    rounds: decimalSchema,
    rewards: decimalSchema,
    missedRewards: decimalSchema,
    jobs: decimalSchema,
    claims: decimalSchema,
    verifications: decimalSchema,
    slashes: decimalSchema,
    feesWei: decimalSchema,
    tickets: decimalSchema,
    votes: decimalSchema.default(0n),
    movedWei: decimalSchema.default(0n),
  }),
  actors: z.array(z.object({ name: z.string(), role: z.enum(ROLES), address: addressSchema, misbehaviour: z.enum(MISBEHAVIOURS).nullable(), health: healthSchema })),
  events: z.array(
    z.object({
      sequence: z.int(),
      block: decimalSchema,
      round: decimalSchema,
      kind: z.enum(["round", "reward", "missed-reward", "bonding", "pool", "slash", "job", "claim", "verification", "fees", "ticket", "vote", "pause", "registry", "parameter", "health", "chain"]),
      actor: z.string().nullable(),
      text: z.string(),
    }),
  ),
  chain: z.discriminatedUnion("reachable", [z.object({ reachable: z.literal(true) }), z.object({ reachable: z.literal(false), reason: z.string() })]),
  roundsPerSecond: z.number(),
});

const recordSchema = z.strictObject({
  schema: z.literal(1),
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  /** When the runner last wrote this. */
  heartbeatAt: z.iso.datetime(),
  /** `ended` and `failed` are its own last words. */
  state: z.enum(["entering", "running", "ended", "failed"]),
  /** Why it ended or failed; null before. */
  reason: z.string().nullable(),
  status: statusSchema.nullable(),
});
export type RunnerRecord = Omit<z.output<typeof recordSchema>, "schema">;

/** The runner's files, beside those of the chain. */
export function runnerPaths(projectFolder: string): { record: string; settings: string; log: string } {
  const { folder } = nodePaths(projectFolder);
  return { record: join(folder, "runner.json"), settings: join(folder, "runner-settings.json"), log: join(folder, "runner.log") };
}

/** Undefined when no runner was ever started. @throws LPCTL_RUNNER_FILE_UNREADABLE */
export async function loadRunnerSettings(projectFolder: string): Promise<RunnerSettings | undefined> {
  const loaded = await load(runnerPaths(projectFolder).settings, settingsSchema);
  if (loaded === undefined) return undefined;
  const { schema: _, ...settings } = loaded;
  return settings;
}

/** @throws LPCTL_RUNNER_FILE_UNREADABLE */
export async function loadRunnerRecord(projectFolder: string): Promise<RunnerRecord | undefined> {
  return load(runnerPaths(projectFolder).record, recordSchema);
}

export async function saveRunnerSettings(projectFolder: string, settings: RunnerSettings): Promise<void> {
  await save(runnerPaths(projectFolder).settings, { schema: 1, ...settings });
}

/** In one step: a reader sees the old record or the new one. */
export async function saveRunnerRecord(projectFolder: string, record: RunnerRecord): Promise<void> {
  await save(runnerPaths(projectFolder).record, { ...record, schema: 1 });
}

/** The settings stay, for the next start. */
export function removeRunnerRecord(projectFolder: string): void {
  rmSync(runnerPaths(projectFolder).record, { force: true });
}

async function save(path: string, value: object): Promise<void> {
  await replaceFile(path, `${JSON.stringify(value, bigintAsText, 2)}\n`);
}

async function load<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_RUNNER_FILE_UNREADABLE",
      exit: Exit.failed,
      message: `${path} is not a file of the node runner that this lpctl can read.`,
      why: "It was edited, or another version of lpctl wrote it.",
      next: "lpctl node stop, then lpctl node start",
      cause,
    });
  }
}
