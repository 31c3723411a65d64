/** The one file that holds a report: JSON, integers as decimal strings. Everything that is shown is rendered from it. */
import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import { toPlainJson } from "../proposal/canonical.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, hexSchema } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";
import type { SimulationResult } from "../outcome/simulation.ts";
import { economicEffectSchema } from "./economics-schema.ts";
import type { ReportData } from "./report-data.ts";

/** Any text: renderers make it safe, and the bytes here are those that the hash of the report is of. */
const text = z.string();
const count = z.int().nonnegative();

const findingSchema = z.strictObject({ severity: z.enum(["info", "warning", "refuse"]), code: text, title: text, detail: text.optional() });
const argumentSchema = z.strictObject({ name: text, type: text, value: text });
const slotSchema = z.strictObject({ slot: z.string().regex(/^\d{1,78}$/), offsetBytes: z.int().min(0).max(31), sizeBytes: count, label: text, type: text });

const codeSchema = z.strictObject({ address: addressSchema, source: text.optional(), gitCommit: text.optional(), codeHash: hash32Schema.optional(), compiler: text.optional() });

const sourceDiffSchema = z.strictObject({
  from: text,
  to: text,
  files: z.array(z.strictObject({ path: text, oldPath: text.optional(), change: z.enum(["added", "removed", "changed"]), addedLines: count, removedLines: count, hunks: text })),
  unchangedFiles: count,
});

const upgradeSchema = z.strictObject({
  contract: text,
  proxy: addressSchema,
  oldImplementation: codeSchema,
  newImplementation: codeSchema,
  bytecode: z.strictObject({
    match: z.enum(["exact", "modulo-metadata", "none", "not-compared"]),
    immutables: z.record(z.string(), z.string()).optional(),
    libraries: z.record(z.string(), addressSchema).optional(),
  }),
  storage: z.strictObject({
    verdict: z.enum(["compatible", "broken", "not-compared"]),
    slots: z.array(
      slotSchema.extend({
        state: z.enum(["kept", "new", "renamed", "deprecated", "changed"]),
        before: z.strictObject({ label: text, type: text, slot: z.string().optional(), offsetBytes: z.int().optional() }).optional(),
      }),
    ),
    previous: z.array(slotSchema).optional(),
  }),
  interface: z.array(z.strictObject({ kind: z.enum(["function", "event", "error"]), change: z.enum(["added", "removed", "changed"]), before: text.optional(), after: text.optional() })).optional(),
  sourceDiff: sourceDiffSchema.optional(),
});

const valueSchema = z.strictObject({ human: text, raw: text });

const routeSchema = z.strictObject({
  title: text,
  by: z.strictObject({ who: text, address: addressSchema.optional() }),
  waits: text.optional(),
  about: text.optional(),
  earliest: z.strictObject({ block: decimalSchema.optional(), timeSeconds: decimalSchema.optional() }).optional(),
  approvals: z.strictObject({ threshold: count, owners: z.array(z.strictObject({ address: addressSchema, name: text.optional(), signed: z.boolean() })) }).optional(),
  notes: z.array(z.strictObject({ label: text, text })).optional(),
  brief: text.optional(),
  state: z.strictObject({ is: z.enum(["done", "ready", "waiting", "blocked"]), detail: text.optional() }).optional(),
});

const verdictSchema = z.strictObject({ holds: z.boolean(), detail: text, untried: z.enum(["replaced", "moot"]).optional() });
const invariantSchema = z
  .strictObject({ name: text, explains: text, before: verdictSchema, after: verdictSchema, later: verdictSchema.optional(), laterWithout: verdictSchema.optional(), breaks: z.enum(["refuse", "warning"]) })
  // Plain JSON leaves out what is undefined.
  .transform((one) => ({ ...one, later: one.later }));
const aftermathSchema = z.strictObject({
  invariants: z.array(invariantSchema),
  rollbacks: z.array(z.strictObject({ contract: text, proxy: addressSchema, holds: z.boolean(), detail: text, differences: z.array(text) })),
  life: z.strictObject({ actions: count, rounds: count, failed: z.array(text) }),
  assumptions: z.array(text),
  notRun: text.exactOptional(),
});

const trafficSchema = z.strictObject({
  proposalId: hash32Schema,
  proxy: addressSchema,
  contract: text,
  implementation: addressSchema,
  fromBlock: decimalSchema,
  toBlock: decimalSchema,
  transactions: count,
  identical: count,
  expected: count,
  classes: z.array(
    z.strictObject({ selector: hexSchema, signature: text.optional(), kind: z.enum(["success", "return", "events", "storage", "gas"]), what: text, count, expected: z.boolean(), example: hexSchema, detail: text }),
  ),
  skipped: z.array(z.strictObject({ reason: text, count })),
  notes: z.array(text),
  unusedExpectations: z.array(text),
});

/** @param simulation the shape of what a simulation yields, which lies on a higher floor */
function fileSchema(simulation: z.ZodType<SimulationResult>) {
  return z.strictObject({
    schema: z.literal(1),
    proposal: z.strictObject({ id: hash32Schema, name: text }),
    title: text,
    network: z.strictObject({ name: text, chainId: decimalSchema, explorer: z.strictObject({ name: text, addressUrlPrefix: z.string().regex(/^https:\/\//) }).optional() }),
    verdict: z.strictObject({ outcome: z.enum(["ready", "refused"]), risk: z.enum(["low", "medium", "high"]), summary: text, reasons: z.array(text) }),
    compare: z.array(z.strictObject({ label: text, value: text, where: text.optional() })),
    intents: z.array(z.strictObject({ text, effects: z.array(count) })),
    calls: z.array(
      z.strictObject({
        target: z.strictObject({ address: addressSchema, name: text.optional(), provenBy: text.optional() }),
        valueWei: decimalSchema,
        data: hexSchema,
        signature: text.optional(),
        args: z.array(argumentSchema).optional(),
        purpose: text.optional(),
      }),
    ),
    upgrades: z.array(upgradeSchema),
    parameters: z.array(
      z.strictObject({ id: text, meaning: text, before: valueSchema.optional(), after: valueSchema, unit: text, effect: text, bounds: text.optional(), hazards: z.array(text) }),
    ),
    economics: economicEffectSchema.optional(),
    route: z.array(routeSchema),
    findings: z.array(findingSchema),
    checks: z.array(z.strictObject({ check: text, verdict: z.enum(["passed", "warned", "refused"]), explains: text.optional(), findings: z.array(findingSchema) })).optional(),
    simulation: simulation.optional(),
    expectation: z.strictObject({ intended: z.array(z.strictObject({ address: addressSchema, slot: hash32Schema })), authorities: z.array(addressSchema) }).optional(),
    movements: z.array(z.strictObject({ asset: z.union([z.literal("ETH"), addressSchema]), assetName: text.optional(), from: addressSchema, to: addressSchema, amount: decimalSchema })).optional(),
    powerChanges: z.array(z.strictObject({ address: addressSchema, contract: text.optional(), what: text, before: text, after: text })).optional(),
    aftermath: aftermathSchema.optional(),
    traffic: z.array(trafficSchema).optional(),
    evidence: z.strictObject({ file: text, hash: hexSchema }).optional(),
    assumptions: z.array(text),
    notChecked: z.array(text),
    reproduce: z.array(z.strictObject({ what: text, command: text })),
    producedBy: text,
  });
}

/** The text of `report.json`. */
export function formatReportFile(data: ReportData): string {
  return `${JSON.stringify(toPlainJson(data), null, 2)}\n`;
}

/**
 * Reads the text of a `report.json` back. What it says of itself only: whether it fits its proposal is another question.
 * @param where the file, for people
 * @throws LPCTL_REPORT_FILE_INVALID
 */
export function parseReportFile(fileText: string, where: string, simulation: z.ZodType<SimulationResult>): ReportData {
  let json: unknown;
  try {
    json = parseStrictJson(fileText);
  } catch (cause) {
    throw invalid(where, cause instanceof Error ? cause.message : String(cause));
  }
  const parsed = parseShape(json, where, simulation);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(where, `${issue?.path.map(String).join(".") || "the file"}: ${issue?.message ?? "unexpected shape"}`);
  }
  return parsed.data;
}

function parseShape(json: unknown, where: string, simulation: z.ZodType<SimulationResult>) {
  try {
    return fileSchema(simulation).safeParse(json);
  } catch (error) {
    if (error instanceof RangeError) throw invalid(where, "its calls are nested deeper than can be read");
    throw error;
  }
}

function invalid(where: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_REPORT_FILE_INVALID",
    exit: Exit.refused,
    message: `The report at ${where} cannot be used`,
    why: printable(why),
    next: "lpctl proposal report --fresh makes a new one",
  });
}
