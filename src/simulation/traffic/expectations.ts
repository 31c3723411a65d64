/** The list of changes that an upgrade is meant to make to transactions, written by people beside the proposal. Pure. */
import { FunctionFragment, EventFragment } from "ethers/abi";
import { id } from "ethers/hash";
import { parseDocument } from "yaml";
import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import type { Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import type { Difference } from "./compare-runs.ts";
import type { DifferenceKind } from "../../outcome/traffic.ts";

export interface Expectation {
  /** Of the transaction's calldata; undefined for all. */
  selector: Hex | undefined;
  kind: DifferenceKind;
  /** `gas`: no more than this, in parts per million of what the old code used. Undefined for any. Less is always expected. */
  upToPpm?: bigint | undefined;
  /** `storage`: patterns of `Contract.path`, `*` for anything. Undefined for all. */
  paths?: string[] | undefined;
  /** `events`: signatures or topics. Undefined for all. */
  events?: string[] | undefined;
  /** As a reader finds it in the file: `expected[2] (gas of claimWork(...))`. */
  label: string;
}

const MOST_BYTES = 1_000_000;

const selectorSchema = textSchema.refine((text) => text === "*" || /^0x([0-9a-fA-F]{8})?$/.test(text) || isSignature(text), {
  message: 'not a function signature such as "bond(uint256,address)", a selector of four bytes, or "*"',
});
const percentSchema = textSchema.regex(/^\+?\d{1,5}(\.\d{1,4})? ?%$/, 'not a percentage such as "+20 %"');
const because = textSchema.optional();

const entrySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("success"), selector: selectorSchema, because }),
  z.strictObject({ kind: z.literal("return"), selector: selectorSchema, because }),
  z.strictObject({ kind: z.literal("events"), selector: selectorSchema, events: z.array(textSchema.refine(isEvent, 'not an event such as "Bond(address,uint256)" or its topic')).min(1).optional(), because }),
  z.strictObject({ kind: z.literal("storage"), selector: selectorSchema, paths: z.array(textSchema).min(1).optional(), because }),
  z.strictObject({ kind: z.literal("gas"), selector: selectorSchema, upTo: percentSchema.optional(), because }),
]);
const fileSchema = z.strictObject({ expected: z.array(entrySchema).max(1_000) });

/**
 * Parses a list of expected changes, YAML or JSON.
 * @throws LPCTL_REPLAY_EXPECTATIONS_INVALID naming the entry that is wrong
 */
export function parseExpectations(text: string, path: string): Expectation[] {
  if (text.length > MOST_BYTES) throw invalid(path, "it is longer than a list of expected changes can be");
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const syntax = document.errors[0];
  if (syntax !== undefined) throw invalid(path, syntax.message.split("\n")[0] ?? "not YAML");
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    throw invalid(path, "it refers to its own parts (&anchor, *alias)");
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalid(path, `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unexpected shape"}`);
  }
  return parsed.data.expected.map((entry, index): Expectation => {
    const label = `expected[${index}] (${entry.kind} of ${entry.selector === "*" ? "everything" : entry.selector})`;
    const base = { kind: entry.kind, selector: selectorOf(entry.selector), label };
    if (entry.kind === "gas") return { ...base, upToPpm: entry.upTo === undefined ? undefined : ppmOf(entry.upTo) };
    if (entry.kind === "storage") return { ...base, paths: entry.paths };
    return entry.kind === "events" ? { ...base, events: entry.events?.map((event) => (event.startsWith("0x") ? event.toLowerCase() : canonicalEvent(event))) } : base;
  });
}

const TRIFLE_PPM = 10_000n;

/** Any code that is compiled anew takes a little more or less gas: below 1 % nobody has to expect it by name. */
export function isTrifle({ kind, gasPpm }: Difference): boolean {
  return kind === "gas" && gasPpm !== undefined && gasPpm < TRIFLE_PPM && gasPpm > -TRIFLE_PPM;
}

/** The first expectation that a difference fits. */
export function findExpectation(expectations: readonly Expectation[], selector: Hex, difference: Difference): Expectation | undefined {
  return expectations.find((expectation) => {
    if (expectation.kind !== difference.kind) return false;
    if (expectation.selector !== undefined && expectation.selector !== selector) return false;
    if (expectation.upToPpm !== undefined && (difference.gasPpm ?? 0n) > expectation.upToPpm) return false;
    if (expectation.paths !== undefined && !expectation.paths.some((pattern) => fitsPattern(pattern, difference.path ?? ""))) return false;
    return expectation.events === undefined || (difference.event !== undefined && expectation.events.some((event) => event === difference.event || topicOf(event) === difference.event));
  });
}

/** `*` stands for any characters; one pass, so that no pattern takes long. */
export function fitsPattern(pattern: string, text: string): boolean {
  const parts = pattern.split("*");
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (parts.length === 1) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

function selectorOf(text: string): Hex | undefined {
  if (text === "*") return undefined;
  if (text.startsWith("0x")) return text.toLowerCase() as Hex;
  return FunctionFragment.from(text).selector as Hex;
}

function isSignature(text: string): boolean {
  try {
    return /^\w+\(/.test(text) && FunctionFragment.from(text).selector.length === 10;
  } catch {
    return false;
  }
}

function isEvent(text: string): boolean {
  if (/^0x[0-9a-fA-F]{64}$/.test(text)) return true;
  try {
    return /^\w+\(/.test(text) && EventFragment.from(text).name !== "";
  } catch {
    return false;
  }
}

function canonicalEvent(text: string): string {
  return EventFragment.from(text).format();
}

function topicOf(event: string): string {
  return event.startsWith("0x") ? event : id(event);
}

/** Exact: `20 %` and `0.25 %` never pass through a floating-point number. */
function ppmOf(text: string): bigint {
  const [whole = "0", fraction = ""] = text.replace(/[+% ]/g, "").split(".");
  return BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, "0"));
}

function invalid(path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_REPLAY_EXPECTATIONS_INVALID",
    exit: Exit.usage,
    message: `${path} is not a list of expected changes`,
    why: printable(why),
    next: 'An entry is like { selector: "bond(uint256,address)", kind: gas, upTo: "+5 %" }; lpctl proposal replay prints what differs as such a list',
    details: { path },
  });
}
