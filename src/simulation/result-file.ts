import { readFile } from "node:fs/promises";
import { z } from "zod";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import { Exit, LpctlError } from "../errors.ts";
import { toPlainJson } from "../proposal/canonical.ts";
import { replaceFile } from "../replace-file.ts";
import { decimalSchema, hash32Schema, hexSchema, type Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { parseStrictJson, StrictJsonError } from "../protocol/strict-json.ts";
import { CHANGE_CLASSES } from "../outcome/change-class.ts";
import { controlRecordSchema } from "./classify/control-record.ts";
import { hashEffects } from "./net-changes.ts";
import type { CallNode, SimulationResult } from "../outcome/simulation.ts";

const SCHEMA = 1;

/** Files are edited, merged and sent around: text from one is as dangerous as text from a chain. */
const textSchema = z.string().transform(printable);

const argumentSchema = z.strictObject({ name: textSchema, type: textSchema, value: textSchema });

const callNodeSchema: z.ZodType<CallNode> = z
  .strictObject({
    type: z.enum(["CALL", "DELEGATECALL", "STATICCALL", "CALLCODE", "CREATE", "CREATE2", "SELFDESTRUCT"]),
    from: rpcAddressSchema,
    to: rpcAddressSchema,
    toName: textSchema.optional(),
    valueWei: decimalSchema,
    input: hexSchema,
    output: hexSchema,
    gasUsed: decimalSchema,
    signature: textSchema.optional(),
    args: z.array(argumentSchema).optional(),
    error: textSchema.optional(),
    get children() {
      return z.array(callNodeSchema);
    },
  });

const eventSchema = z.strictObject({
  address: rpcAddressSchema,
  addressName: textSchema.optional(),
  signature: textSchema.optional(),
  args: z.array(argumentSchema).optional(),
  topics: z.array(hash32Schema),
  data: hexSchema,
});

const changeSchema = z.strictObject({
  address: rpcAddressSchema,
  contract: textSchema.optional(),
  kind: z.enum(["storage", "balance", "nonce", "code"]),
  slot: hash32Schema.optional(),
  path: textSchema.optional(),
  type: textSchema.optional(),
  before: hash32Schema,
  after: hash32Schema,
  beforeText: textSchema.optional(),
  afterText: textSchema.optional(),
  recovered: z.literal(true).optional(),
  class: z.enum(CHANGE_CLASSES).optional(),
  why: textSchema.optional(),
});

const stepSchema = z.strictObject({
  title: textSchema,
  from: rpcAddressSchema,
  to: rpcAddressSchema,
  valueWei: decimalSchema,
  data: hexSchema,
  outcome: z.enum(["success", "reverted"]),
  revertReason: textSchema.optional(),
  gasUsed: decimalSchema,
  calls: callNodeSchema,
  events: z.array(eventSchema),
  changes: z.array(changeSchema),
  environment: z.array(z.strictObject({ address: rpcAddressSchema, what: textSchema })).optional(),
});

const fileSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  proposalId: hash32Schema,
  chainId: decimalSchema,
  block: z.strictObject({ number: decimalSchema, hash: hash32Schema, timestampSeconds: decimalSchema }),
  engine: textSchema,
  steps: z.array(stepSchema),
  changes: z.array(changeSchema),
  effectsHash: hash32Schema,
  control: controlRecordSchema.optional(),
  state: z
    .discriminatedUnion("proof", [
      z.strictObject({ proof: z.literal("proven"), stateRoot: hash32Schema }),
      z.strictObject({ proof: z.literal("unproven"), why: textSchema }),
    ])
    .default({ proof: "unproven", why: "the file does not say" }),
  assumptions: z.array(textSchema),
});

/** A simulation inside another file. */
export const simulationSchema: z.ZodType<SimulationResult> = fileSchema.omit({ schema: true });

/** Writes a simulation beside its proposal: JSON, integers as decimal strings, all or nothing. */
export async function saveSimulation(path: string, result: SimulationResult): Promise<void> {
  await replaceFile(path, formatSimulation(result));
}

/** `simulation.json`. */
export function formatSimulation(result: SimulationResult): string {
  return `${JSON.stringify(toPlainJson({ schema: SCHEMA, ...result }), null, 2)}\n`;
}

/**
 * Reads a simulation back and checks that it belongs to the proposal and that its effects hash is that of its changes.
 * @throws LPCTL_SIMULATION_FILE_UNREADABLE, LPCTL_SIMULATION_FILE_INVALID, LPCTL_SIMULATION_OTHER_PROPOSAL
 */
export async function loadSimulation(path: string, proposalId?: Hex): Promise<SimulationResult> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw failure("LPCTL_SIMULATION_FILE_UNREADABLE", `There is no readable simulation at ${path}`, "lpctl proposal simulate makes one", cause);
  });
  const parsed = parseShape(text, path);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(path, `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unexpected shape"}`);
  }
  const { schema: _, ...result } = parsed.data;
  if (hashEffects(result.changes) !== result.effectsHash) throw invalid(path, "the changes were edited: their hash is not the effectsHash");
  if (proposalId !== undefined && result.proposalId !== proposalId) {
    throw failure(
      "LPCTL_SIMULATION_OTHER_PROPOSAL",
      `The simulation at ${path} is of another proposal`,
      "lpctl proposal simulate makes a new one",
      undefined,
      `it is of ${result.proposalId}, not of ${proposalId}`,
    );
  }
  return result;
}

function parseShape(text: string, path: string): z.ZodSafeParseResult<z.infer<typeof fileSchema>> {
  try {
    return fileSchema.safeParse(parseStrictJson(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(path, "it is not JSON, or was cut off");
    if (error instanceof StrictJsonError) throw invalid(path, error.message);
    if (error instanceof RangeError) throw invalid(path, "its calls are nested deeper than can be read");
    throw error;
  }
}

function invalid(path: string, why: string): LpctlError {
  return failure("LPCTL_SIMULATION_FILE_INVALID", `The simulation at ${path} cannot be used`, "lpctl proposal simulate makes a new one", undefined, printable(why));
}

function failure(code: `LPCTL_SIMULATION_${Uppercase<string>}`, message: string, next: string, cause?: unknown, why?: string): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next, cause });
}
