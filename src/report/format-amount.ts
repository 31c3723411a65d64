/** Amounts and shares as people read them, rounded down. What has to be exact stands in the JSON beside. */

const WEI = 10n ** 18n;

/** `28,000,000 LPT`, `1,203.5 LPT`, `0.000321 LPT`: as many decimals as its size asks for. */
export function formatTokens(amountWei: bigint, symbol: "LPT" | "ETH" = "LPT"): string {
  const size = amountWei < 0n ? -amountWei : amountWei;
  const decimals = size >= 10_000n * WEI ? 0 : size >= WEI ? 2 : size >= WEI / 1_000n ? 6 : 18;
  const text = decimal(size / 10n ** BigInt(18 - decimals), decimals);
  return `${amountWei < 0n ? "-" : ""}${text} ${symbol}`;
}

/** Parts of 1e9 as a percentage: `31.69%`. */
export function formatShare(ppb: bigint, decimals = 2): string {
  const size = ppb < 0n ? -ppb : ppb;
  return `${ppb < 0n ? "-" : ""}${decimal(size / 10n ** BigInt(7 - decimals), decimals)}%`;
}

/** `+1.20%`, `-0.35%`: a change. */
export function formatChange(ppb: bigint, decimals = 2): string {
  const text = formatShare(ppb, decimals);
  return ppb > 0n ? `+${text}` : text;
}

/** `1,095`. */
export function formatCount(count: bigint | number): string {
  return group(count.toString());
}

/** `2.6 years`, `12 days`, `40 minutes`: one decimal where it tells something. */
export function formatSpan(seconds: bigint): string {
  const [word, length] = SPANS.find(([, each]) => seconds >= 2n * each) ?? ["second", 1n];
  const tenths = (seconds * 10n) / length;
  const text = tenths % 10n === 0n || tenths >= 1_000n ? formatCount(tenths / 10n) : `${tenths / 10n}.${tenths % 10n}`;
  return `${text} ${word}${text === "1" ? "" : "s"}`;
}

const SPANS: readonly (readonly [string, bigint])[] = [["year", 31_557_600n], ["day", 86_400n], ["hour", 3_600n], ["minute", 60n]];

/** Digits with a point so many places from the end, without zeros behind it. */
function decimal(value: bigint, decimals: number): string {
  const digits = value.toString().padStart(decimals + 1, "0");
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
  return `${group(digits.slice(0, digits.length - decimals))}${decimals === 0 || fraction === "" ? "" : `.${fraction}`}`;
}

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
