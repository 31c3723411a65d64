import type { MoneyEffect } from "../economics/effect.ts";
import type { Outlook } from "../economics/outlook.ts";
import { BANDS } from "../economics/monte-carlo.ts";

/** Every point of every path as raw integers, for other programs (RFC 4180): one line for each point of each side. */
export function projectionCsv({ before, after }: MoneyEffect): string {
  const bands = ["annualInflationPpb", "annualYieldPpb", "supplyWei"] as const;
  const header = [
    "side", "round", "bondingRatePpb", "inflation", "annualInflationPpb", "annualYieldPpb", "supplyWei", "mintedWei", "treasuryWei",
    ...bands.flatMap((name) => BANDS.map((percent) => `${name}P${percent}`)),
  ];
  const rows = (side: string, outlook: Outlook): string[][] =>
    outlook.points.map((point, index) => [
      side,
      ...[point.round, point.bondingRatePpb, point.inflation, point.annualInflationPpb, point.annualYieldPpb, point.supplyWei, point.mintedWei, point.treasuryWei].map(String),
      ...bands.flatMap((name) => BANDS.map((_, place) => outlook.bands?.[name][index]?.[place]?.toString() ?? "")),
    ]);
  const lines = [header, ...rows("before", before), ...(after === undefined ? [] : rows("after", after))];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}
