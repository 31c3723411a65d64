import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { toPlainJson } from "../../proposal/canonical.ts";
import { decimalSchema, hash32Schema, hexSchema, type Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { readIfThere } from "../../read-if-there.ts";
import { replaceFile } from "../../replace-file.ts";
import type { TrafficOutcome } from "../../outcome/traffic.ts";

const SCHEMA = 1;
const LARGEST_BYTES = 16_000_000;

/** Files are edited and sent around: text from one is as dangerous as text from a chain. */
const textSchema = z.string().transform(printable);
const countSchema = z.int().nonnegative();

const outcomeSchema = z.strictObject({
  proposalId: hash32Schema,
  proxy: rpcAddressSchema,
  contract: textSchema,
  implementation: rpcAddressSchema,
  fromBlock: decimalSchema,
  toBlock: decimalSchema,
  transactions: countSchema,
  identical: countSchema,
  expected: countSchema,
  classes: z.array(
    z.strictObject({
      selector: hexSchema,
      signature: textSchema.exactOptional(),
      kind: z.enum(["success", "return", "events", "storage", "gas"]),
      what: textSchema,
      count: countSchema,
      expected: z.boolean(),
      example: hash32Schema,
      detail: textSchema,
    }),
  ),
  skipped: z.array(z.strictObject({ reason: textSchema, count: countSchema })),
  notes: z.array(textSchema),
  unusedExpectations: z.array(textSchema),
});

/** Outcomes as plain JSON, one for each upgraded contract. */
export const trafficSchema: z.ZodType<TrafficOutcome[]> = z.array(outcomeSchema);

const fileSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  /** The block that was the latest: later transactions have not been looked at. */
  block: z.strictObject({ number: decimalSchema, hash: hash32Schema }),
  outcomes: trafficSchema,
});

/** Keeps a replay beside its proposal: JSON, integers as decimal strings, all or nothing. */
export async function saveTraffic(path: string, block: { number: bigint; hash: Hex }, outcomes: readonly TrafficOutcome[]): Promise<void> {
  const { number, hash } = block;
  await replaceFile(path, `${JSON.stringify(toPlainJson({ schema: SCHEMA, block: { number, hash }, outcomes }), null, 2)}\n`);
}

/**
 * The replay that lies beside a proposal; undefined when there is none, or it is of another proposal or of other code.
 * @param implementations new code of the proposal's upgrades
 * @throws LPCTL_REPLAY_FILE_INVALID
 */
export async function loadTraffic(path: string, proposalId: Hex, implementations: ReadonlySet<string>): Promise<TrafficOutcome[] | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const parsed = fileSchema.safeParse(text.length > LARGEST_BYTES ? undefined : parseJson(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new LpctlError({
      code: "LPCTL_REPLAY_FILE_INVALID",
      exit: Exit.refused,
      message: `The replay at ${path} cannot be used`,
      why: printable(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unexpected shape"}`),
      next: "Delete it, or make a new one: lpctl proposal replay",
      details: { path },
    });
  }
  const { outcomes } = parsed.data;
  return outcomes.length > 0 && outcomes.every((outcome) => outcome.proposalId === proposalId && implementations.has(outcome.implementation)) ? outcomes : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
