import type { EconomicEffect, MoneyEffect, VerificationEffect, Weighed } from "../economics/effect.ts";
import type { HolderEnd, Outlook, OutlookBands } from "../economics/outlook.ts";
import type { PathPoint } from "../economics/expected-path.ts";
import { plain } from "./document.ts";
import type { Block, Chart, ChartSeries, Line, ListItem } from "./document.ts";
import { formatChange, formatCount, formatShare, formatSpan, formatTokens } from "./format-amount.ts";

/** Labels below a chart. */
const PLACES = 5;

/** What a change of parameters does to supply, holders and treasury, and to whoever cheats: tables, pictures, assumptions apart. */
export function economicBlocks(effect: EconomicEffect | undefined): Block[] {
  if (effect === undefined) return [];
  return [...(effect.money === undefined ? [] : moneyBlocks(effect.money)), ...(effect.verification === undefined ? [] : verificationBlocks(effect.verification))];
}

/** The pictures alone, for a file that is one. */
export function economicCharts({ before, after, horizon }: MoneyEffect): Chart[] {
  const both = [
    { outlook: before, role: "before" as const, name: "as it is" },
    ...(after === undefined ? [] : [{ outlook: after, role: "after" as const, name: "with the change" }]),
  ];
  const chart = (title: string, unit: string, valueOf: (point: PathPoint) => number, bandsOf: (bands: OutlookBands) => readonly (readonly bigint[])[], scale: (value: bigint) => number): Chart => ({
    title,
    description: both.map(({ outlook, name }) => `${capital(name)}: from ${round(valueOf(pointAt(outlook, 0)))}${unit} to ${round(valueOf(pointAt(outlook, -1)))}${unit}`).join(". ").concat(` in ${formatSpan(horizon.seconds)}.`),
    unit,
    series: both.map(({ outlook, role, name }): ChartSeries => {
      const bands = outlook.bands === undefined ? undefined : bandsOf(outlook.bands);
      const edge = (place: number): number[] => (bands ?? []).map((band) => scale(band[place] ?? 0n));
      return { name: both.length === 1 ? title : name, role: both.length === 1 ? "after" : role, values: outlook.points.map(valueOf), ...(bands === undefined ? {} : { bands: [{ lower: edge(0), upper: edge(4) }, { lower: edge(1), upper: edge(3) }] }) };
    }),
    xLabels: Array.from({ length: PLACES }, (_, index) => (index === 0 ? "now" : formatSpan((horizon.seconds * BigInt(index)) / BigInt(PLACES - 1)))),
  });
  return [
    chart("Inflation per year", "%", ({ annualInflationPpb }) => toPercent(annualInflationPpb), (bands) => bands.annualInflationPpb, toPercent),
    chart("Supply", " LPT", ({ supplyWei }) => toTokens(supplyWei), (bands) => bands.supplyWei, toTokens),
    chart("Yield of staking per year", "%", ({ annualYieldPpb }) => toPercent(annualYieldPpb), (bands) => bands.annualYieldPpb, toPercent),
  ];
}

function moneyBlocks(money: MoneyEffect): Block[] {
  const { after, horizon, chance, holders, sensitivity, assumptions } = money;
  const hasBands = chance.paths > 0;
  const [inflation, supply, yields] = economicCharts(money);
  const span = `${formatCount(horizon.rounds)} rounds of ${formatCount(horizon.roundLengthBlocks)} blocks, about ${formatSpan(horizon.seconds)}`;
  const columns = ["", "Now", "Then, as it is", ...(after === undefined ? [] : ["Then, with the change"])];
  return [
    { kind: "text", line: [{ text: summaryOf(money), strong: true }] },
    { kind: "text", line: plain(`Then: after ${span}. ${hasBands ? `First the path without chance, in brackets the 5%, 50% and 95% quantiles of ${formatCount(chance.paths)} paths with it.` : ""}`.trimEnd()) },
    { kind: "table", columns, rows: measureRows(money) },
    ...[inflation, supply].flatMap((chart): Block[] => (chart === undefined ? [] : [{ kind: "chart", chart }])),
    ...(yields === undefined ? [] : [{ kind: "fold" as const, title: "Yield of staking", blocks: [{ kind: "chart" as const, chart: yields }] }]),
    { kind: "text", line: plain("Who gains and who is diluted: what each has then, and in brackets by how much its share of the supply has changed.") },
    {
      kind: "table",
      columns: ["Who has", "Now", "Then, as it is", ...(after === undefined ? [] : ["Then, with the change", "The change brings"])],
      rows: holders.map((row) => [plain(row.who), plain(formatTokens(row.startWei)), endCell(row.startWei, row.before), ...(row.after === undefined ? [] : [endCell(row.startWei, row.after), changeCell(row.after.endWei - row.before.endWei)])]),
    },
    { kind: "text", line: plain("How much of this rests on participation, without chance:") },
    {
      kind: "table",
      columns: ["If participation is", "Inflation per year", "Supply", "Yield per year"],
      rows: sensitivity.map((row) => {
        const shown = row.after ?? row.before;
        return [plain(`${formatChange(row.shiftPpb)} points`.replace("%", "")), plain(pair(row, (end) => formatShare(end.annualInflationPpb), shown)), plain(pair(row, (end) => formatTokens(end.supplyWei), shown)), plain(pair(row, (end) => formatShare(end.annualYieldPpb), shown))];
      }),
    },
    { kind: "list", items: assumptions.map((text): ListItem => ({ tone: "plain", word: "assumed", line: plain(text) })) },
  ];
}

/** One sentence with the result. */
function summaryOf({ before, after, start, horizon }: MoneyEffect): string {
  const [first, then, changed] = [pointAt(before, 0), pointAt(before, -1), after === undefined ? undefined : pointAt(after, -1)];
  const end = changed ?? then;
  const instead = (text: string): string => (changed === undefined ? "" : ` instead of ${text}`);
  return (
    `In ${formatSpan(horizon.seconds)}, with ${formatShare(end.bondingRatePpb, 1)} of the supply bonded, inflation is ${formatShare(end.annualInflationPpb)} a year${instead(formatShare(then.annualInflationPpb))} (now ${formatShare(first.annualInflationPpb)}), ` +
    `and the supply ${formatTokens(end.supplyWei)}${instead(formatTokens(then.supplyWei))} (now ${formatTokens(start.supplyWei)}).`
  );
}

function measureRows({ before, after, start, holders }: MoneyEffect): Line[][] {
  const [then, changed] = [pointAt(before, -1), after === undefined ? undefined : pointAt(after, -1)];
  const ends = [{ point: then, outlook: before }, ...(changed === undefined || after === undefined ? [] : [{ point: changed, outlook: after }])];
  const first = pointAt(before, 0);
  const row = (label: string, now: string, valueOf: (point: PathPoint) => string, bandOf: (bands: OutlookBands) => readonly bigint[] | undefined, format: (value: bigint) => string): Line[] => [
    plain(label),
    plain(now),
    ...ends.map(({ point, outlook }): Line => {
      const band = outlook.bands === undefined ? undefined : bandOf(outlook.bands);
      const range = band === undefined ? [] : [{ text: ` (${[0, 2, 4].map((place) => format(band[place] ?? 0n).replace(" LPT", "")).join(" · ")})`, tone: "muted" as const }];
      return [{ text: valueOf(point) }, ...range];
    }),
  ];
  const share = (ppb: bigint): string => formatShare(ppb);
  const tokens = (wei: bigint): string => formatTokens(wei);
  return [
    row("Inflation per year", share(first.annualInflationPpb), ({ annualInflationPpb }) => share(annualInflationPpb), ({ annualInflationPpb }) => annualInflationPpb.at(-1), share),
    row("Supply", tokens(start.supplyWei), ({ supplyWei }) => tokens(supplyWei), ({ supplyWei }) => supplyWei.at(-1), tokens),
    row("Yield of staking per year", share(first.annualYieldPpb), ({ annualYieldPpb }) => share(annualYieldPpb), ({ annualYieldPpb }) => annualYieldPpb.at(-1), share),
    ...(holders.some(({ id }) => id === "treasury") ? [row("Income of the treasury", "", ({ treasuryWei }) => tokens(treasuryWei - start.treasuryWei), ({ treasuryIncomeWei }) => treasuryIncomeWei, tokens)] : []),
    ...(ends.some(({ outlook }) => outlook.ceilingRound !== undefined) ? [[plain("Treasury full after"), plain(""), ...ends.map(({ outlook }) => plain(outlook.ceilingRound === undefined ? "not in this time" : `${formatCount(outlook.ceilingRound)} rounds`))]] : []),
  ];
}

function endCell(startWei: bigint, { endWei, sharePpm }: HolderEnd): Line {
  if (startWei === 0n || sharePpm === 0n) return plain(formatTokens(endWei));
  return [{ text: `${formatTokens(endWei)} ` }, { text: `(${formatChange(sharePpm * 1_000n)}, ${sharePpm < 0n ? "diluted" : "gains"})`, tone: sharePpm < 0n ? "bad" : "good" }];
}

function changeCell(differenceWei: bigint): Line {
  return plain(differenceWei > 0n ? `+${formatTokens(differenceWei)}` : formatTokens(differenceWei));
}

function pair<End>(row: { before: End; after?: End | undefined }, format: (end: End) => string, shown: End): string {
  return row.after === undefined ? format(shown) : `${format(row.before)} → ${format(row.after)}`;
}

function verificationBlocks({ before, after, assumed, assumptions }: VerificationEffect): Block[] {
  const sides = after === undefined ? [before] : [before, after];
  const row = (label: string, textOf: (weighed: Weighed) => string | undefined): Line[][] => {
    const texts = sides.map(textOf);
    return texts.every((text) => text === undefined) ? [] : [[plain(label), ...texts.map((text) => plain(text ?? ""))]];
  };
  const cheated = `${formatCount(assumed.cheatedSegments)} of ${formatCount(assumed.segmentsPerClaim)} segments of a claim`;
  return [
    {
      kind: "card",
      tone: "plain",
      title: plain("Does cheating pay?"),
      blocks: [
        { kind: "text", line: plain(`A transcoder with ${formatTokens(assumed.stakeWei)} of its own that does not do ${cheated}${assumed.gainPerSegmentEthWei === undefined ? "" : `, each worth ${formatTokens(assumed.gainPerSegmentEthWei, "ETH")}`}.`) },
        {
          kind: "table",
          columns: ["", after === undefined ? "Now" : "As it is", ...(after === undefined ? [] : ["With the change"])],
          rows: [
            ...row("Segments challenged", ({ terms }) => `1 in ${formatCount(terms.verificationRate)}`),
            ...row("Chance that the claim is found out", ({ deterrence }) => formatShare(deterrence.caughtPpb, 4)),
            ...row("Penalty then", ({ deterrence }) => `${formatTokens(deterrence.penaltyWei)} (${deterrence.choice === "failing" ? "for a failed verification, which is cheaper than to stay silent" : "for a missed verification"})`),
            ...row("Expected penalty of the claim", ({ deterrence }) => formatTokens(deterrence.expectedPenaltyWei)),
            ...row("Cheating pays above", ({ deterrence }) => (deterrence.breakEvenGainWei === undefined ? "never" : `${formatTokens(deterrence.breakEvenGainWei)} a segment${deterrence.breakEvenGainEthWei === undefined ? "" : ` (${formatTokens(deterrence.breakEvenGainEthWei, "ETH")})`}`)),
            ...row("So with the gain given", ({ deterrence }) => (deterrence.pays === undefined ? undefined : deterrence.pays ? "cheating pays" : "cheating does not pay")),
            ...row("Rarest challenge that deters", ({ deterrence }) => (deterrence.breakEvenRate === undefined ? undefined : `1 in ${formatCount(deterrence.breakEvenRate)}`)),
            ...row("Penalty for claiming a segment twice", ({ deterrence }) => formatTokens(deterrence.doubleClaimPenaltyWei)),
            ...row("Reward for reporting a missed verification", ({ deterrence }) => formatTokens(deterrence.finderRewardWei)),
            ...row("Gas of verification per segment", ({ deterrence }) => formatCount(deterrence.verificationGasPerSegment)),
            ...row("Gas of a claim per segment, all told", ({ deterrence }) => formatCount(deterrence.totalGasPerSegment)),
            ...row("Cost of verification per segment", ({ deterrence }) => (deterrence.verificationCostEthWei === undefined ? undefined : formatTokens(deterrence.verificationCostEthWei, "ETH"))),
            ...row("Cost of a claim per segment, all told", ({ deterrence }) => (deterrence.totalCostEthWei === undefined ? undefined : formatTokens(deterrence.totalCostEthWei, "ETH"))),
          ],
        },
        { kind: "list", items: assumptions.map((text): ListItem => ({ tone: "plain", word: "assumed", line: plain(text) })) },
      ],
    },
  ];
}

function pointAt({ points }: Outlook, place: number): PathPoint {
  const point = points.at(place);
  if (point === undefined) throw new Error("a path has a first point at least");
  return point;
}

function toPercent(ppb: bigint): number {
  return Number(ppb) / 1e7;
}

function toTokens(wei: bigint): number {
  return Number(wei / 10n ** 12n) / 1e6;
}

/** For words: two decimals, or none. */
function round(value: number): string {
  return value >= 10_000 ? formatCount(Math.floor(value)) : value.toFixed(2);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
