/** What every error code says and exits with, from the places in the source where it is thrown. */
import { Exit } from "../src/errors.ts";
import { bracketAround, outlineOf, type Bracket, type Literal, type Outline } from "./literals.ts";

export interface ErrorText {
  exits: Set<string>;
  messages: Set<string>;
}

/** For codes whose text is put together far from them, or is somebody else's. Here is all that the page says of them. */
const ELSEWHERE: Readonly<Record<string, { exit: keyof typeof Exit; message: string }>> = {
  LPCTL_CHAIN_REVERTED: { exit: "reverted", message: "The call or transaction reverts; with the reason that the chain gives" },
  LPCTL_PROPOSAL_REFUSED: { exit: "refused", message: "The title of the first finding that refuses" },
  LPCTL_PROPOSAL_REVERTS: { exit: "reverted", message: "The title of the finding that says where the route reverts" },
  LPCTL_RUNNER_BAD_CAST: { exit: "usage", message: "There can be … to … transcoders, not …<br>There can be up to … delegators, not …<br>… misbehaviours need as many transcoders; there are …" },
  LPCTL_UPGRADE_REFUSED: { exit: "refused", message: "The title of the first finding of the comparison that refuses" },
  LPCTL_USAGE_FLAGS: { exit: "usage", message: "Flags that do not go together, or one that needs another" },
  LPCTL_USAGE_MISSING_ARGUMENT: { exit: "usage", message: "Missing …: …" },
  LPCTL_USAGE_MISSING_VALUE: { exit: "usage", message: "Flag … expects a value" },
  LPCTL_USAGE_UNEXPECTED_ARGUMENT: { exit: "usage", message: "Unexpected argument: …" },
  LPCTL_USAGE_UNKNOWN_FLAG: { exit: "usage", message: "Nonexistent flag: …" },
};

const CODE = /^LPCTL(?:_[A-Z0-9]+){2,}$/;

interface Range {
  start: number;
  end: number;
}

/**
 * Codes stand in the object of a `new LpctlError({ … })`, or are given to a function of ours that makes one, with the message
 * as the next argument that has a text.
 * @param isCode whether a literal of that form is a code where it stands
 */
export function collectErrors(sources: readonly string[], isCode: (code: string, before: string) => boolean): Map<string, ErrorText> {
  const outlines = sources.map((source) => ({ source, outline: outlineOf(source) }));
  const everywhere = new Map(outlines.flatMap(({ outline }) => [...findFactories(outline)]));
  const found = new Map<string, ErrorText>();
  for (const { source, outline } of outlines) {
    const factories = new Map([...everywhere, ...findFactories(outline)]);
    for (const literal of outline.literals) {
      if (source[literal.start] !== '"' || !CODE.test(literal.text) || !isCode(literal.text, source.slice(0, literal.start))) continue;
      const entry = found.get(literal.text) ?? { exits: new Set(), messages: new Set() };
      found.set(literal.text, entry);
      const bracket = bracketAround(outline.brackets, literal.start);
      const said = bracket === undefined ? undefined : outline.code[bracket.start] === "{" ? inObject(outline, bracket, literal) : outline.code[bracket.start] === "(" ? inCall(outline, bracket, literal, factories) : undefined;
      for (const exit of said?.exits ?? []) entry.exits.add(exit);
      for (const message of said?.messages ?? []) entry.messages.add(message);
    }
  }
  for (const [code, { exit, message }] of Object.entries(ELSEWHERE)) {
    if (found.has(code)) found.set(code, { exits: new Set([String(Exit[exit])]), messages: new Set([message]) });
  }
  return found;
}

function inObject(outline: Outline, bracket: Bracket, literal?: Literal): { exits: string[]; messages: string[] } {
  const members = partsOf(outline, bracket);
  const valueOf = (name: string): Range | undefined => {
    const member = members.find(({ start, end }) => new RegExp(`^\\s*${name}:`).test(outline.code.slice(start, end)));
    return member === undefined ? undefined : { start: outline.code.indexOf(":", member.start) + 1, end: member.end };
  };
  const [exit, message, code] = [valueOf("exit"), valueOf("message"), valueOf("code")];
  // Where one condition decides code and message, each code has its own.
  const [codes, texts] = [code, message].map((range) => (range === undefined ? [] : branchesOf(outline, range)));
  const isPaired = codes?.length === 3 && texts?.length === 3 && textOf(outline, codes[0]) === textOf(outline, texts[0]);
  const own = isPaired && literal !== undefined ? texts[codes.findIndex(({ start, end }) => start <= literal.start && literal.end <= end)] : undefined;
  if (own !== undefined) return { exits: exit === undefined ? [] : exitsIn(outline.code.slice(exit.start, exit.end)), messages: textsIn(outline, own) };
  const isGiven = members.some(({ start, end }) => outline.code.slice(start, end).trim() === "message");
  return {
    exits: exit === undefined ? [] : exitsIn(outline.code.slice(exit.start, exit.end)),
    messages: message !== undefined ? textsIn(outline, message) : isGiven ? textsGiven(outline, bracket) : [],
  };
}

/** What the function around a bracket is called with in its file as `message`. */
function textsGiven(outline: Outline, { start }: Bracket): string[] {
  const { code } = outline;
  const name = [...code.slice(0, start).matchAll(/\bfunction (\w+)\(/g)].at(-1)?.[1] ?? "";
  const [parameters, ...calls] = [...code.matchAll(new RegExp(`\\b${name}\\(`, "g"))]
    .map((match) => bracketAround(outline.brackets, match.index + match[0].length))
    .filter((bracket) => bracket !== undefined)
    .toSorted((left, right) => Number(isDefinition(code, right, name)) - Number(isDefinition(code, left, name)));
  if (parameters === undefined || name === "") return [];
  const index = partsOf(outline, parameters).findIndex((part) => /^\s*message:/.test(code.slice(part.start, part.end)));
  return index < 0 ? [] : calls.flatMap((call) => partsOf(outline, call).slice(index, index + 1).flatMap((part) => textsIn(outline, part)));
}

function isDefinition(code: string, { start }: Bracket, name: string): boolean {
  return code.slice(0, start).endsWith(`function ${name}`);
}

/** A function of ours that makes an error of what it is given. */
interface Factory {
  exits: string[];
  /** Which argument is the message. */
  messageAt: number;
  /** What it says itself, whatever it is given. */
  own: string[];
}

function inCall(outline: Outline, bracket: Bracket, { start }: Literal, factories: ReadonlyMap<string, Factory>): { exits: string[]; messages: string[] } {
  const factory = factories.get(/([\w$]+)\s*$/.exec(outline.code.slice(0, bracket.start))?.[1] ?? "");
  const parts = partsOf(outline, bracket);
  const { exits, messageAt, own } = factory ?? { exits: [], messageAt: -1, own: [] };
  if (own.length > 0) return { exits, messages: own };
  const given = messageAt < 0 ? parts.filter((part) => part.start > start) : parts.slice(messageAt, messageAt + 1);
  const messages = given.map((part) => textsIn(outline, part)).find((texts) => texts.length > 0) ?? [];
  return { exits: exits.length > 0 || messages.length === 0 ? exits : parts.flatMap((part) => exitsIn(outline.code.slice(part.start, part.end))), messages };
}

/** Functions that make errors, by name. */
function* findFactories(outline: Outline): Generator<[string, Factory]> {
  const { code, brackets } = outline;
  for (const match of code.matchAll(/\bfunction (\w+)\(|\bconst (\w+) = \(/g)) {
    const parameters = bracketAround(brackets, match.index + match[0].length);
    const body = parameters === undefined ? undefined : brackets.find(({ start }) => start > parameters.end && code[start] === "{");
    const made = body === undefined || parameters === undefined ? -1 : code.indexOf("new LpctlError({", body.start);
    if (body === undefined || parameters === undefined || made < 0 || made > body.end) continue;
    const object = bracketAround(brackets, made + "new LpctlError({".length);
    const said = object === undefined ? undefined : inObject(outline, object);
    const messageAt = partsOf(outline, parameters).findIndex((part) => /^\s*message[:?]/.test(code.slice(part.start, part.end)));
    yield [match[1] ?? match[2] ?? "", { exits: exitsIn(code.slice(body.start, body.end)), messageAt, own: messageAt < 0 ? (said?.messages ?? []) : [] }];
  }
}

function exitsIn(code: string): string[] {
  return [...new Set([...code.matchAll(/\bExit\.(\w+)/g)].flatMap(([, name = ""]) => (name in Exit ? [String(Exit[name as keyof typeof Exit])] : [])))];
}

/** What stands between the commas of a bracket. */
function partsOf({ code }: Outline, bracket: Bracket): Range[] {
  const parts: Range[] = [];
  let from = bracket.start + 1;
  for (let at = from; at < bracket.end; at += 1) {
    const inner = bracket.inside.find(({ start }) => start === at);
    if (inner !== undefined) at = inner.end;
    else if (code[at] === ",") {
      parts.push({ start: from, end: at });
      from = at + 1;
    }
  }
  return [...parts, { start: from, end: bracket.end }];
}

/** Every text that an expression may give: both ends of a condition, not the condition; sums as one. */
function textsIn(outline: Outline, range: Range): string[] {
  const { literals } = outline;
  const isOutermost = ({ start, end }: Literal): boolean => !literals.some((other) => other.start < start && end < other.end) && !isBracketed(outline, range, start);
  return branchesOf(outline, range)
    .filter(({ isCondition }) => !isCondition)
    .map((branch) => literals.filter((literal) => literal.start >= branch.start && literal.end <= branch.end && isOutermost(literal)).map(({ text }) => text).join(""))
    .filter((text) => text !== "" && !CODE.test(text));
}

/** `a ? b : c`: condition, then what it chooses from. */
function branchesOf(outline: Outline, range: Range): (Range & { isCondition: boolean })[] {
  const { code } = outline;
  const branches: (Range & { isCondition: boolean })[] = [];
  let from = range.start;
  for (let at = range.start; at <= range.end; at += 1) {
    const isQuestion = code[at] === "?" && code[at + 1] !== "?" && code[at + 1] !== "." && code[at - 1] !== "?";
    if (at !== range.end && (isBracketed(outline, range, at) || !(isQuestion || code[at] === ":"))) continue;
    branches.push({ start: from, end: at, isCondition: isQuestion && at !== range.end });
    from = at + 1;
  }
  return branches;
}

function isBracketed({ brackets }: Outline, { start, end }: Range, at: number): boolean {
  const around = bracketAround(brackets, at);
  return around !== undefined && around.start >= start && around.end <= end;
}

function textOf({ code }: Outline, range: Range | undefined): string {
  return range === undefined ? "" : code.slice(range.start, range.end).trim();
}
