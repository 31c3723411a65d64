/**
 * Values in the words people use, and back. All arithmetic is exact: a value that the unit cannot hold is
 * refused together with the nearest ones that it can hold.
 */
import { getAddress, isAddress } from "ethers/address";
import { Exit, LpctlError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import { printable } from "./printable.ts";
import { plural } from "./plural.ts";

/**
 * - `percent-1e6`, `percent-1e9`, `percent-1e27`: a share, in parts of 1e6 (MathUtils), 1e9 (MathUtilsV2,
 *   LIP-40) or 1e27 (PreciseMathUtils, LIP-71)
 * - `one-in`: a probability of one in N
 * - `blocks`, `rounds`, `seconds`, `hours`: a length; `round-number`: which round
 * - `count`: how many; `wei-lpt`, `wei-eth`: an amount in the smallest unit
 * - `address`, `bytes32`, `ipfs`: no number at all
 */
export type Unit =
  | "percent-1e6" | "percent-1e9" | "percent-1e27" | "one-in"
  | "blocks" | "rounds" | "seconds" | "hours" | "round-number"
  | "count" | "wei-lpt" | "wei-eth" | "address" | "bytes32" | "ipfs";

/** A bigint for every unit that counts something; a string for `address`, `bytes32` and `ipfs`. */
export type ParameterValue = bigint | string;

/**
 * How a value was written: `raw` is a bare integer, which says nothing about the scale its writer had in
 * mind; `human` carries a unit and is therefore never in the wrong scale.
 */
export type ValueForm = "raw" | "human";

export interface ParsedValue {
  value: ParameterValue;
  form: ValueForm;
}

const DIVISORS: Partial<Record<Unit, bigint>> = { "percent-1e6": 10n ** 6n, "percent-1e9": 10n ** 9n, "percent-1e27": 10n ** 27n };
const WEI_DECIMALS = 18;
const TOKEN_SYMBOLS: Partial<Record<Unit, string>> = { "wei-lpt": "LPT", "wei-eth": "ETH" };
const LENGTH_WORDS: Partial<Record<Unit, string>> = { blocks: "block", rounds: "round", hours: "hour" };
const SECONDS: readonly (readonly [string, bigint])[] = [["day", 86_400n], ["hour", 3_600n], ["minute", 60n], ["second", 1n]];

/** 1e6, 1e9 or 1e27 for a percentage, undefined for any other unit. */
export function percentDivisor(unit: Unit): bigint | undefined {
  return DIVISORS[unit];
}

/** True for units whose value is a bigint. */
export function isNumeric(unit: Unit): boolean {
  return unit !== "address" && unit !== "bytes32" && unit !== "ipfs";
}

/** The unit as a table column says it. */
export function describeUnit(unit: Unit): string {
  switch (unit) {
    case "percent-1e6": return "percent, in parts per 10^6";
    case "percent-1e9": return "percent, in parts per 10^9";
    case "percent-1e27": return "percent, in parts per 10^27";
    case "one-in": return "one in N";
    case "wei-lpt": return "LPT, in wei";
    case "wei-eth": return "ETH, in wei";
    case "round-number": return "number of a round";
    case "ipfs": return "IPFS hash";
    default: return unit;
  }
}

/** `0.5%`, `1 in 1000`, `7 rounds`, `100 LPT`, `2 days`. `parseHuman` of it gives the same value back. */
export function formatHuman(value: ParameterValue, unit: Unit): string {
  if (typeof value === "string") return printable(value);
  const divisor = DIVISORS[unit];
  // Percent is two decimals less than the fraction.
  if (divisor !== undefined) return `${formatDecimal(value, digitsOf(divisor) - 2)}%`;
  const symbol = TOKEN_SYMBOLS[unit];
  if (symbol !== undefined) return `${formatDecimal(value, WEI_DECIMALS)} ${symbol}`;
  const word = LENGTH_WORDS[unit];
  if (word !== undefined) return plural(value, word);
  if (unit === "one-in") return `1 in ${value}`;
  if (unit === "round-number") return `round ${value}`;
  if (unit === "seconds") return formatSeconds(value);
  return value.toString();
}

/** The raw form, as calldata holds it: a decimal integer, or the text itself. */
export function formatRaw(value: ParameterValue): string {
  return typeof value === "string" ? printable(value) : value.toString();
}

/**
 * Reads what a person typed. Bare integers are the raw value in every numeric unit; `_` may group digits.
 * Throws LpctlError (exit usage): LPCTL_UNITS_EMPTY, LPCTL_UNITS_NOT_A_VALUE, LPCTL_UNITS_WRONG_UNIT,
 * LPCTL_UNITS_NOT_REPRESENTABLE, LPCTL_UNITS_NEGATIVE, LPCTL_UNITS_BAD_ADDRESS.
 */
export function parseHuman(text: string, unit: Unit): ParsedValue {
  const typed = text.trim();
  if (typed === "") throw refuse("LPCTL_UNITS_EMPTY", "The value is empty.", undefined, `Write ${exampleOf(unit)}.`);
  if (!isNumeric(unit)) return { value: parseText(typed, unit), form: "human" };
  if (/^[-\u2212]/.test(typed)) {
    throw refuse("LPCTL_UNITS_NEGATIVE", `“${printable(typed)}” is negative; no parameter is.`, undefined, `Write ${exampleOf(unit)}.`);
  }
  const plain = typed.replace(/(?<=\d)_(?=\d)/g, "");
  if (/^\d+$/.test(plain)) return { value: BigInt(plain), form: "raw" };
  const divisor = DIVISORS[unit];
  if (divisor !== undefined) return { value: parsePercent(plain, unit, divisor), form: "human" };
  if (unit === "one-in") return { value: parseOneIn(plain), form: "human" };
  return { value: parseQuantity(plain, unit), form: "human" };
}

/** An example of a value in this unit, for messages. */
function exampleOf(unit: Unit): string {
  switch (unit) {
    case "percent-1e6": return `a percentage such as 0.5%, or the raw integer 5000 (parts per 10^6)`;
    case "percent-1e9": return `a percentage such as 0.5%, or the raw integer 5000000 (parts per 10^9)`;
    case "percent-1e27": return `a percentage such as 10%, or the raw integer ${10n ** 26n} (parts per 10^27)`;
    case "one-in": return `“1 in 1000”, or 1000`;
    case "blocks": return `“256 blocks”, or 256`;
    case "rounds": return `“7 rounds”, or 7`;
    case "hours": return `“1 hour”, or 1`;
    case "seconds": return `“2 days”, “3600 seconds”, or 3600`;
    case "round-number": return `“round 1500”, or 1500`;
    case "count": return `a whole number such as 20`;
    case "wei-lpt": return `“100 LPT”, or the amount in wei`;
    case "wei-eth": return `“0.1 ETH”, or the amount in wei`;
    case "address": return `a 20-byte address such as 0xD8E8328501E9645d16Cf49539efC04f734606ee4`;
    case "bytes32": return `0x and 64 hex digits`;
    case "ipfs": return `an IPFS hash such as QmUMk1wF6YmFLFyydhSVgeNCSKk4J8G38DzTzcx6FdYSzV`;
  }
}

function parsePercent(text: string, unit: Unit, divisor: bigint): bigint {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:%|percent)$/i.exec(text);
  if (match?.[1] === undefined) {
    const bare = /^(\d*\.\d+)$/.exec(text);
    if (bare !== null) {
      throw refuse("LPCTL_UNITS_NOT_A_VALUE", `“${printable(text)}” has a fraction but no % sign.`,
        "It could be a percentage or a share of one.", `Write ${text}% or ${percentOfShare(text)}%.`);
    }
    throw wrongUnit(text, unit);
  }
  return exactDecimal(match[1], digitsOf(divisor) - 2, (nearest) => `${formatHuman(nearest, unit)} (${nearest})`, unit);
}

function parseOneIn(text: string): bigint {
  const ratio = /^(?:1|one)\s*(?:in|of|\/|:)\s*(\d+)$/i.exec(text);
  if (ratio?.[1] !== undefined) return BigInt(ratio[1]);
  const percent = /^(\d+(?:\.\d+)?|\.\d+)\s*%$/.exec(text);
  if (percent?.[1] === undefined) throw wrongUnit(text, "one-in");
  const [whole = "", fraction = ""] = percent[1].split(".");
  const numerator = BigInt(`${whole}${fraction}`);
  const denominator = 100n * 10n ** BigInt(fraction.length);
  if (numerator === 0n) throw refuse("LPCTL_UNITS_NOT_REPRESENTABLE", "0% is not one in any number.", undefined, `Write ${exampleOf("one-in")}.`);
  if (denominator % numerator === 0n) return denominator / numerator;
  const below = denominator / numerator;
  const nearest = below === 0n ? `1 in 1` : `1 in ${below} or 1 in ${below + 1n}`;
  throw refuse("LPCTL_UNITS_NOT_REPRESENTABLE", `${printable(text)} is not exactly one in a whole number.`, `The nearest: ${nearest}.`, `Write “1 in ${below === 0n ? 1n : below}”.`);
}

function parseQuantity(text: string, unit: Unit): bigint {
  const round = /^round\s*#?(\d+)$/i.exec(text);
  if (round?.[1] !== undefined && unit === "round-number") return BigInt(round[1]);
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)$/i.exec(text);
  const [amount, word] = [match?.[1], match?.[2]?.toLowerCase()];
  if (amount === undefined || word === undefined) throw wrongUnit(text, unit);
  const show = (nearest: bigint): string => formatHuman(nearest, unit);
  const symbol = TOKEN_SYMBOLS[unit];
  if (symbol !== undefined) {
    if (word === symbol.toLowerCase() || (word === "ether" && symbol === "ETH")) return exactDecimal(amount, WEI_DECIMALS, show, unit);
    if (word === "gwei") return exactDecimal(amount, 9, show, unit);
    if (word === "wei") return exactDecimal(amount, 0, show, unit);
    throw wrongUnit(text, unit);
  }
  if (unit === "seconds") {
    const found = SECONDS.find(([name]) => word === name || word === `${name}s` || (word === "s" && name === "second"));
    if (found !== undefined) return exactDecimal(amount, 0, show, unit) * found[1];
    throw wrongUnit(text, unit);
  }
  const expected = LENGTH_WORDS[unit];
  if (expected !== undefined && (word === expected || word === `${expected}s`)) return exactDecimal(amount, 0, show, unit);
  throw wrongUnit(text, unit);
}

function parseText(text: string, unit: Unit): string {
  if (unit === "address") {
    if (!/^0x[0-9a-fA-F]{40}$/.test(text)) throw wrongUnit(text, unit);
    const valid: boolean = isAddress(text);
    if (!valid) {
      throw refuse("LPCTL_UNITS_BAD_ADDRESS", `The checksum of ${text} is wrong: a character was changed.`,
        "EIP-55 puts a checksum into the upper and lower case of an address.", "Copy the address again from its source; do not correct it by hand.");
    }
    return getAddress(text);
  }
  if (unit === "bytes32") {
    if (!/^0x[0-9a-fA-F]{64}$/.test(text)) throw wrongUnit(text, unit);
    return text.toLowerCase();
  }
  // CIDv0 is 46 characters of base58; CIDv1 in its usual base32 form starts with b.
  if (!/^(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{58,})$/.test(text)) throw wrongUnit(text, unit);
  return text;
}

/** `digits` with `decimals` decimals as an integer; refuses what would be rounded, naming the neighbours. */
function exactDecimal(digits: string, decimals: number, show: (nearest: bigint) => string, unit: Unit): bigint {
  const [whole = "", fraction = ""] = digits.split(".");
  const kept = fraction.slice(0, decimals).padEnd(decimals, "0");
  const below = BigInt(`${whole === "" ? "0" : whole}${kept}`);
  if (/^0*$/.test(fraction.slice(decimals))) return below;
  throw refuse("LPCTL_UNITS_NOT_REPRESENTABLE", `${printable(digits)} cannot be written exactly in ${describeUnit(unit)}.`,
    `The nearest values: ${show(below)} and ${show(below + 1n)}.`, `Choose one of them.`);
}

function formatDecimal(value: bigint, decimals: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(decimals + 1, "0");
  const whole = digits.slice(0, digits.length - decimals);
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${negative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function formatSeconds(value: bigint): string {
  for (const [word, length] of SECONDS) {
    if (value !== 0n && value % length === 0n) return plural(value / length, word);
  }
  return plural(value, "second");
}

function digitsOf(divisor: bigint): number {
  return divisor.toString().length - 1;
}

/** `0.5` as a share is 50 percent: the decimal point moves two places. */
function percentOfShare(text: string): string {
  const [whole = "", fraction = ""] = text.split(".");
  return formatDecimal(BigInt(`${whole === "" ? "0" : whole}${fraction.padEnd(2, "0")}`), Math.max(fraction.length, 2) - 2);
}

function wrongUnit(text: string, unit: Unit): LpctlError {
  const known = /^[\d._]+\s*(?:%|[a-z]+)$/i.test(text) || /^(?:1|one)\s*(?:in|of|\/|:)|^round/i.test(text);
  return known && isNumeric(unit)
    ? refuse("LPCTL_UNITS_WRONG_UNIT", `“${printable(text)}” is in another unit: this value is in ${describeUnit(unit)}.`, undefined, `Write ${exampleOf(unit)}.`)
    : refuse("LPCTL_UNITS_NOT_A_VALUE", `“${printable(text)}” is not a value in ${describeUnit(unit)}.`, undefined, `Write ${exampleOf(unit)}.`);
}

function refuse(code: ErrorCode, message: string, why: string | undefined, next: string): LpctlError {
  return new LpctlError({ code, exit: Exit.usage, message, why, next });
}
