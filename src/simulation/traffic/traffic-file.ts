import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { canonicalHash, toPlainJson } from "../../proposal/canonical.ts";
import { decimalSchema, hash32Schema, hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { readIfThere } from "../../read-if-there.ts";
import { replaceFile } from "../../replace-file.ts";
import type { KeptTraffic, TrafficOutcome } from "../../outcome/traffic.ts";

const SCHEMA = 2;
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

/** As plain JSON, an outcome for each upgraded contract. */
export const trafficSchema: z.ZodType<KeptTraffic> = z.union([z.array(outcomeSchema), z.strictObject({ stale: textSchema })]);

const upgradeSchema = z.strictObject({ proxy: rpcAddressSchema, implementation: rpcAddressSchema, implementationCodeHash: hash32Schema });
/** The code that a proposal puts behind a proxy. */
export type ReplayedUpgrade = z.infer<typeof upgradeSchema>;

/** The list of expected changes that was used. */
const expectationsSchema = z.strictObject({
  /** Of the file beside the proposal; null where another one was given. */
  beside: textSchema.nullable(),
  /** keccak-256 of its text. */
  hash: hash32Schema,
});
export type UsedExpectations = z.infer<typeof expectationsSchema>;

const fileSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  /** The block that was the latest: later transactions have not been looked at. */
  block: z.strictObject({ number: decimalSchema, hash: hash32Schema }),
  upgrades: z.array(upgradeSchema),
  /** Null: there was none. */
  expectations: expectationsSchema.nullable(),
  outcomes: z.array(outcomeSchema),
  /** Of everything else in here. It shows an edit; only running the replay again shows a forgery. */
  hash: hash32Schema,
});

/** What a replay belongs to: the proposal, the code of each of its upgrades, and the list that lies beside it now. */
export interface ReplayedFor {
  proposalId: Hex;
  upgrades: readonly ReplayedUpgrade[];
  expectations: UsedExpectations | undefined;
}

/** Keeps a replay beside its proposal: JSON, integers as decimal strings, all or nothing. */
export async function saveTraffic(path: string, block: { number: bigint; hash: Hex }, { upgrades, expectations }: ReplayedFor, outcomes: readonly TrafficOutcome[]): Promise<void> {
  const { number, hash } = block;
  const content = { schema: SCHEMA, block: { number, hash }, upgrades, expectations: expectations ?? null, outcomes };
  await replaceFile(path, `${JSON.stringify(toPlainJson({ ...content, hash: canonicalHash(content) }), null, 2)}\n`);
}

/**
 * The replay that lies beside a proposal, or why it does not count: another proposal, other code, another list of expected
 * changes. Undefined when there is none.
 * @throws LPCTL_REPLAY_FILE_INVALID, LPCTL_REPLAY_EDITED
 */
export async function loadTraffic(path: string, wanted: ReplayedFor): Promise<KeptTraffic | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const json = text.length > LARGEST_BYTES ? undefined : parseJson(text);
  const version = z.looseObject({ schema: z.int() }).safeParse(json);
  if (version.success && version.data.schema < SCHEMA) return { stale: "it was made by an earlier version of lpctl" };
  const parsed = fileSchema.safeParse(json);
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
  const { hash, ...content } = z.looseObject({ hash: hash32Schema }).parse(json);
  if (canonicalHash(content) !== hash) {
    throw new LpctlError({
      code: "LPCTL_REPLAY_EDITED",
      exit: Exit.refused,
      message: `The replay at ${path} was changed after it was made`,
      why: "what it says does not give the hash that it carries",
      next: "Delete it, or make a new one: lpctl proposal replay",
      details: { path },
    });
  }
  const stale = whyStale(parsed.data, wanted);
  return stale === undefined ? parsed.data.outcomes : { stale };
}

function whyStale({ outcomes, upgrades, expectations }: z.infer<typeof fileSchema>, wanted: ReplayedFor): string | undefined {
  if (outcomes.some(({ proposalId }) => proposalId !== wanted.proposalId)) return "it is of another proposal";
  const isOfCode = canonicalHash(upgrades) === canonicalHash(wanted.upgrades) && canonicalHash(outcomes.map(codeOf)) === canonicalHash(wanted.upgrades.map(codeOf));
  if (!isOfCode) return "it is of other code than the proposal installs";
  // A list from elsewhere cannot be looked at again; that it was one stands among the notes.
  if (expectations?.beside === null) return undefined;
  const [then, now] = [expectations, wanted.expectations ?? null];
  return then?.hash === now?.hash && then?.beside === now?.beside ? undefined : "the list of expected changes beside the proposal is another one now";
}

function codeOf({ proxy, implementation }: { proxy: Address; implementation: Address }): unknown {
  return { proxy, implementation };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
