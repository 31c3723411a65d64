import { createHash } from "node:crypto";
import { z } from "zod";
import { LpctlError } from "../../errors.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hexSchema } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import { scriptFailed, type LoadedScript } from "../script/load-script.ts";
import { orNever } from "../script/or-never.ts";
import type { Address, Hex, MigrationChain, MigrationOperation, Value } from "../script/define-migration.ts";

const callSchema = z.object({ to: addressSchema.nullable(), data: hexSchema, valueWei: z.bigint().nonnegative() });
const operationSchema = z.object({
  id: textSchema.max(200),
  title: z.string().min(1).max(500),
  calls: z.array(callSchema).min(1, "no calls"),
  enacted: z.custom<MigrationOperation["enacted"]>((value) => typeof value === "function", "not a function"),
  readyAtSeconds: z.custom<NonNullable<MigrationOperation["readyAtSeconds"]>>((value) => typeof value === "function", "not a function").optional(),
  as: z.enum(["sender", "authority"]).optional(),
  independent: z.boolean().optional(),
});

/** An operation that was looked at, and where it stands in the plan: one step for each of its calls. */
export interface PlacedOperation extends Omit<MigrationOperation, "calls" | "as" | "independent" | "readyAtSeconds"> {
  calls: readonly { to: Address | null; data: Hex; valueWei: bigint }[];
  as: MigrationOperation["as"] | undefined;
  /** From when on it may be sent; undefined where that is no question. @throws LPCTL_MIGRATE_SCRIPT_FAILED */
  readyAtSeconds: ((chain: MigrationChain) => Promise<bigint>) | undefined;
  independent: boolean;
  index: number;
  firstStep: number;
}

export interface PlanSummary {
  operationsHash: Hex;
  operations: number;
  steps: number;
  /** The first few, for people. */
  first: { id: string; title: string }[];
  /** Of each operation the beginning of its hash, one after another: what comes later must be the same. */
  marks: Uint8Array;
}

const SHOWN = 20;
const MARK_BYTES = 16;
/** The year 9999: what is later is no time in seconds. */
const LATEST_SECONDS = 253_402_300_800n;
/** Ten times what a migration of a large chain has; a generator that never ends is not waited for. */
const MOST_OPERATIONS = 1_000_000;
/** So often whoever presses Ctrl-C is heard, however fast a generator gives. */
const BREATHE_EVERY = 256;

/**
 * What the script's operations are, one by one.
 * @throws LPCTL_MIGRATE_SCRIPT_FAILED where the script throws or gives what is no operation
 */
export async function* readOperations({ path, migration }: LoadedScript, chain: MigrationChain, prepared: Value | undefined): AsyncGenerator<PlacedOperation> {
  let index = 0;
  let firstStep = 0;
  const next = await guarded(path, "operations", async () => {
    const given: unknown = await migration.operations(chain, prepared);
    const source = given as Partial<AsyncIterable<unknown>> & Partial<Iterable<unknown>>;
    const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]?.();
    if (iterator === undefined) throw new TypeError("operations gives neither a list nor a generator");
    return iterator;
  });
  for (;;) {
    const step = await guarded(path, `operations, after ${index} of them,`, () => Promise.resolve(next.next()));
    if (step.done === true) return;
    if (index === MOST_OPERATIONS) throw scriptFailed(path, `operations gives more than ${MOST_OPERATIONS} of them, and may never end: put many rows into one operation`);
    if (index % BREATHE_EVERY === BREATHE_EVERY - 1) await new Promise((resolve) => setImmediate(resolve));
    const parsed = operationSchema.safeParse(step.value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw scriptFailed(path, `operation ${index + 1} is not one: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
    }
    const { id, title, calls, as, independent, enacted, readyAtSeconds } = parsed.data;
    const deploys = calls.some(({ to }) => to === null);
    if (deploys && as === "authority") throw scriptFailed(path, `operation "${id}" deploys as an authority, which cannot: use chain.deployment`);
    yield { id, title: printable(title), calls, as: deploys ? "sender" : as, independent: independent ?? false, enacted: (asked) => askEnacted(path, id, () => enacted.call(step.value, asked)), readyAtSeconds: readyAtSeconds && ((asked) => askMoment(path, id, () => readyAtSeconds.call(step.value, asked))), index, firstStep };
    index++;
    firstStep += calls.length;
  }
}

/** Whatever is neither true nor false would be taken for one of them here and for the other there. */
async function askEnacted(path: string, id: string, ask: () => Promise<unknown>): Promise<boolean> {
  const said = await ask();
  if (typeof said === "boolean") return said;
  throw scriptFailed(path, `enacted of "${id}" gave neither true nor false, but ${said === null ? "null" : Array.isArray(said) ? "a list" : typeof said}`);
}

async function askMoment(path: string, id: string, ask: () => Promise<unknown>): Promise<bigint> {
  const where = `readyAtSeconds of "${id}"`;
  const said = await guarded(path, where, ask);
  if (typeof said === "bigint" && said >= 0n && said < LATEST_SECONDS) return said;
  throw scriptFailed(path, `${where} gave no time in seconds, as a bigint`);
}

/** What of an operation counts: its id, its calls, who acts, and whether alone. */
function textOf({ id, calls, as, independent }: PlacedOperation): string {
  return JSON.stringify([id, as ?? null, independent, calls.map(({ to, data, valueWei }) => [to, data, valueWei.toString()])]);
}

function markOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest().subarray(0, MARK_BYTES);
}

/** Whether an operation is the one that the plan has at its place. */
export function isOfPlan(operation: PlacedOperation, { marks }: PlanSummary): boolean {
  const at = operation.index * MARK_BYTES;
  return Buffer.compare(marks.subarray(at, at + MARK_BYTES), markOf(textOf(operation))) === 0;
}

/** Goes through all operations once, keeping 16 bytes of each. @throws LPCTL_MIGRATE_SCRIPT_FAILED for an id that is there twice, and what readOperations throws */
export async function summarisePlan(script: LoadedScript, operations: AsyncIterable<PlacedOperation>): Promise<PlanSummary> {
  const hash = createHash("sha256");
  const ids = new Set<string>();
  const first: PlanSummary["first"] = [];
  let steps = 0;
  let marks = new Uint8Array(SHOWN * MARK_BYTES);
  for await (const operation of operations) {
    const { id, title, calls, index } = operation;
    if (ids.has(id)) throw scriptFailed(script.path, `two operations have the id "${id}"`);
    ids.add(id);
    const text = textOf(operation);
    hash.update(text);
    if ((index + 1) * MARK_BYTES > marks.length) marks = grown(marks);
    marks.set(markOf(text), index * MARK_BYTES);
    steps += calls.length;
    if (first.length < SHOWN) first.push({ id, title });
  }
  return { operationsHash: `0x${hash.digest("hex")}`, operations: ids.size, steps, first, marks };
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const twice = new Uint8Array(bytes.length * 2);
  twice.set(bytes);
  return twice;
}

/** What a script throws is said to be the script's; what lpctl throws while it serves the script stays as it is. */
export async function guarded<T>(path: string, where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await orNever(work(), () => scriptFailed(path, `${where} waits for something that can never come`));
  } catch (error) {
    throw error instanceof LpctlError ? error : scriptFailed(path, error, where);
  }
}
