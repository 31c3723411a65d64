import { getAddress } from "ethers/address";
import { z } from "zod";
import type { Address, Hex } from "../protocol/hex.ts";

/**
 * The scalars of a genesis file. Every scalar is read as the text that was written, quoted or not: a YAML number is a
 * float, which holds no amount of tokens exactly.
 */

const LPT_DECIMALS = 18;
/** More than any contract can hold of anything would overflow its 256 bits; no genesis comes near. */
const MOST_DIGITS = 40;

/** A year has 365 days, as the grants of 2018 counted: 3 years are 94,608,000 seconds. There are no months: they differ. */
const SECONDS: Readonly<Record<string, bigint>> = {
  s: 1n,
  second: 1n,
  minute: 60n,
  hour: 3_600n,
  day: 86_400n,
  week: 604_800n,
  year: 31_536_000n,
};

/** Seconds of one year in a genesis file. */
export const YEAR_SECONDS = 31_536_000n;

/** `6343700`, `1.5`, `10_000_000`: LPT, to the wei. Gives wei. */
export const amountSchema = textOf("an amount in LPT such as \"6343700\" or \"1.5\"", (text) => parseDecimal(text.replace(/(?<=\d)_(?=\d)/g, ""), LPT_DECIMALS));

/** `0.1 ETH`, `100000000000000000 wei`. Gives wei. */
export const etherSchema = textOf("an amount such as \"0.1 ETH\"", (text) => {
  const match = /^([0-9.]+) ?(ETH|wei)$/.exec(text);
  return match?.[1] === undefined ? undefined : parseDecimal(match[1], match[2] === "ETH" ? LPT_DECIMALS : 0);
});

/** `3 years`, `1.5 years`, `94608000 s`. Gives seconds. */
export const durationSchema = textOf("a length of time such as \"3 years\" (of 365 days) or \"94608000 s\"", (text) => {
  const match = /^([0-9]+)(?:\.([0-9]+))? ?([a-z]+)$/.exec(text);
  const [, whole, fraction = "", word = ""] = match ?? [];
  const unit = SECONDS[word] ?? SECONDS[word.replace(/s$/, "")];
  if (whole === undefined || unit === undefined) return text === "0" ? 0n : undefined;
  const scale = 10n ** BigInt(fraction.length);
  const seconds = BigInt(`${whole}${fraction}`) * unit;
  return seconds % scale === 0n ? seconds / scale : undefined;
});

/** `2026-12-01T00:00:00Z`, with a zone, or Unix seconds. Gives Unix seconds. */
export const instantSchema = textOf("a moment with its zone such as 2026-12-01T00:00:00Z, or Unix seconds", (text) => {
  if (/^[0-9]{1,12}$/.test(text)) return BigInt(text);
  const match = /^(\d{4})-(\d{2})-(\d{2})[T ]\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (match === null) return undefined;
  const milliseconds = Date.parse(text.replace(" ", "T"));
  // The parser takes 30 February for 2 March.
  const isRealDay = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]))).getUTCDate() === Number(match[3]);
  return Number.isNaN(milliseconds) || !isRealDay || milliseconds < 0 ? undefined : BigInt(milliseconds / 1000);
});

/** `5264265`, `500_000`, also with the word `blocks`. */
export const blocksSchema = textOf("a whole number of blocks", (text) => {
  const digits = /^([0-9][0-9_]*)(?: ?blocks?)?$/.exec(text)?.[1]?.replaceAll("_", "");
  return digits === undefined || hasLeadingZero(digits) || digits.length > MOST_DIGITS ? undefined : BigInt(digits);
});

export const wholeNumberSchema = textOf("a whole number", (text) => (/^[0-9]{1,20}$/.test(text) && !hasLeadingZero(text) ? BigInt(text) : undefined));

export const yesNoSchema = textOf("true or false", (text) => (text === "true" ? true : text === "false" ? false : undefined));

/** Any spelling of an address; what its checksum says is for the checks, which find all of them at once. */
export const addressTextSchema = textOf("a 20-byte address, 0x and 40 hex digits", (text): Address | undefined =>
  /^0x[0-9a-fA-F]{40}$/.test(text) ? (getAddress(text.toLowerCase()) as Address) : undefined,
);

export const commitSchema = textOf("a commit, 0x and 40 hex digits", (text): Hex | undefined =>
  /^(?:0x)?[0-9a-f]{40}$/.test(text) ? `0x${text.replace(/^0x/, "")}` : undefined,
);

export const pathSchema = textOf("a path", (text) => (text === "" || text.includes("\0") ? undefined : text));

/** `010` is eight to some readers of YAML, and ten to others. */
function hasLeadingZero(digits: string): boolean {
  return digits.length > 1 && digits.startsWith("0");
}

/** The error of a schema; where there is nothing at all, zod's own, which says so. */
export function orMissing(message: string): { error: (issue: { input?: unknown }) => string | undefined } {
  return { error: ({ input }) => (input === undefined ? undefined : message) };
}

function textOf<T>(wanted: string, parse: (text: string) => T | undefined): z.ZodType<T, string> {
  return z.string(orMissing(`not ${wanted}`)).transform((text, context): T => {
    const value = parse(text.trim());
    if (value !== undefined) return value;
    context.issues.push({ code: "custom", message: text.trim() === "" ? `is empty; write ${wanted}` : `"${text.slice(0, 60)}" is not ${wanted}`, input: text });
    return z.NEVER;
  });
}

/** Exact; undefined when it is no decimal number or finer than the unit. */
function parseDecimal(text: string, decimals: number): bigint | undefined {
  const match = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  const [, whole, fraction = ""] = match ?? [];
  if (whole === undefined || hasLeadingZero(whole) || whole.length > MOST_DIGITS || fraction.length > decimals) return undefined;
  return BigInt(`${whole}${fraction.padEnd(decimals, "0")}`);
}
