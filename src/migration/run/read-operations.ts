import { createHash } from "node:crypto";
import { z } from "zod";
import { LpctlError } from "../../errors.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hexSchema } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { scriptFailed, type LoadedScript } from "../script/load-script.ts";
import type { Address, Hex, MigrationChain, MigrationOperation, Value } from "../script/define-migration.ts";

const callSchema = z.object({ to: addressSchema.nullable(), data: hexSchema, valueWei: z.bigint().nonnegative() });
const operationSchema = z.object({
  id: z.string().min(1).max(200),
  title: z.string().min(1).max(500),
  calls: z.array(callSchema).min(1, "no calls"),
  enacted: z.custom<MigrationOperation["enacted"]>((value) => typeof value === "function", "not a function"),
  as: z.enum(["sender", "authority"]).optional(),
  independent: z.boolean().optional(),
});

/** An operation that was looked at, and where it stands in the plan: one step for each of its calls. */
export interface PlacedOperation extends Omit<MigrationOperation, "calls" | "as" | "independent"> {
  calls: readonly { to: Address | null; data: Hex; valueWei: bigint }[];
  as: MigrationOperation["as"] | undefined;
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
}

const SHOWN = 20;

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
    const parsed = operationSchema.safeParse(step.value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      throw scriptFailed(path, `operation ${index + 1} is not one: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`);
    }
    const { id, title, calls, as, independent, enacted } = parsed.data;
    const deploys = calls.some(({ to }) => to === null);
    if (deploys && as === "authority") throw scriptFailed(path, `operation "${id}" deploys as an authority, which cannot: use chain.deployment`);
    yield { id, title: printable(title), calls, as: deploys ? "sender" : as, independent: independent ?? false, enacted: (asked) => enacted.call(step.value, asked), index, firstStep };
    index++;
    firstStep += calls.length;
  }
}

/** Goes through all operations once, keeping none. @throws LPCTL_MIGRATE_SCRIPT_FAILED for an id that is there twice, and what readOperations throws */
export async function summarisePlan(script: LoadedScript, operations: AsyncIterable<PlacedOperation>): Promise<PlanSummary> {
  const hash = createHash("sha256");
  const ids = new Set<string>();
  const first: PlanSummary["first"] = [];
  let steps = 0;
  for await (const { id, title, calls, as, independent } of operations) {
    if (ids.has(id)) throw scriptFailed(script.path, `two operations have the id "${id}"`);
    ids.add(id);
    hash.update(JSON.stringify([id, as ?? null, independent, calls.map(({ to, data, valueWei }) => [to, data, valueWei.toString()])]));
    steps += calls.length;
    if (first.length < SHOWN) first.push({ id, title });
  }
  return { operationsHash: `0x${hash.digest("hex")}`, operations: ids.size, steps, first };
}

/** What a script throws is said to be the script's; what lpctl throws while it serves the script stays as it is. */
export async function guarded<T>(path: string, where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof LpctlError ? error : scriptFailed(path, error, where);
  }
}
