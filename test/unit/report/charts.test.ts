import { describe, expect, test } from "vitest";
import type { Economy, MonetaryPolicy } from "../../../src/economics/economy.ts";
import { effectOnMoney, effectOnVerification } from "../../../src/economics/effect.ts";
import { toPlainJson } from "../../../src/proposal/canonical.ts";
import { formatTick, niceTicks } from "../../../src/report/chart-scale.ts";
import type { Chart } from "../../../src/report/document.ts";
import { economicBlocks, economicCharts } from "../../../src/report/economic-blocks.ts";
import { economicEffectSchema } from "../../../src/report/economics-schema.ts";
import { formatChange, formatShare, formatSpan, formatTokens } from "../../../src/report/format-amount.ts";
import { lineChartSvg } from "../../../src/report/line-chart-svg.ts";
import { projectionCsv } from "../../../src/report/projection-csv.ts";
import { renderHtmlDocument } from "../../../src/report/render-html.ts";
import { renderMarkdownDocument } from "../../../src/report/render-markdown.ts";
import { renderTerminalDocument } from "../../../src/report/render-terminal.ts";
import { renderHistogram, renderLineChart } from "../../../src/report/terminal-chart.ts";
import { widthOf } from "../../../src/report/terminal-text.ts";

const LPT = 10n ** 18n;
const rising = Array.from({ length: 200 }, (_, index) => index);
const falling = rising.toReversed();
const widest = (text: string): number => Math.max(...text.split("\n").map(widthOf));

describe("a chart of characters", () => {
  test.each([24, 40, 80, 160])("is not wider than %i columns, with axis, labels, legend and title", (width) => {
    const chart = renderLineChart({ series: [{ name: "as it is", values: rising }, { name: "with a name that is longer than any terminal".repeat(4), values: falling }], width, height: 8, title: "a title".repeat(40), xLabels: ["now", "one year", "two years", "three years"], format: (value) => `${value} LPT` });
    expect(widest(chart)).toBeLessThanOrEqual(width);
  });

  test("draws one line through, from its first value to its last", () => {
    expect(renderLineChart({ series: [{ name: "x", values: [0, 0, 10, 10] }], width: 12, height: 3 })).toBe(["10 ┤    ╭───", "   │    │", " 0 ┤────╯", "   └────────"].join("\n"));
  });

  test("tells several apart by their marks, which take turns where they meet", () => {
    const chart = renderLineChart({ series: [{ name: "a", values: [1, 1] }, { name: "b", values: [1, 1] }], width: 16, height: 3, ascii: true });
    expect(chart).toMatch(/(\*o){3}/);
    expect(chart).toContain("* a   o b");
  });

  test("keeps to ASCII where that is asked for", () => {
    const chart = `${renderLineChart({ series: [{ name: "x", values: rising }], width: 40, height: 6, ascii: true, xLabels: ["now", "then"] })}${renderHistogram({ values: rising, width: 40, ascii: true, threshold: { value: 50, label: "quorum" } })}`;
    expect(chart).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test("shows nothing of what is not finite, and says where there is nothing at all", () => {
    expect(renderLineChart({ series: [{ name: "x", values: [Number.NaN, Infinity] }], width: 40, height: 5 })).toBe("(nothing to show)");
    expect(renderHistogram({ values: [], width: 40 })).toBe("(nothing to show)");
    expect(renderLineChart({ series: [{ name: "x", values: [1, Number.NaN, 3] }], width: 20, height: 5 })).not.toMatch(/NaN|Infinity/);
  });

  test("takes no command for the terminal from a name", () => {
    const chart = renderLineChart({ series: [{ name: "\u001b[2Ja\u202e", values: rising }, { name: "b", values: rising }], width: 40, height: 4, title: "\u001b]0;x\u0007" });
    // eslint-disable-next-line no-control-regex
    expect(chart).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test("puts the threshold of a histogram before the first range that reaches it", () => {
    const lines = renderHistogram({ values: [0.1, 0.2, 0.3, 0.6, 0.7], width: 60, bins: 5, range: [0, 1], threshold: { value: 0.4, label: "quorum" } }).split("\n");
    expect(lines.findIndex((line) => line.includes("quorum 0.4"))).toBe(2);
    expect(lines.join("\n")).toContain("1 (20.0%)");
    expect(renderHistogram({ values: [0.5], width: 60, bins: 2, range: [0, 1], threshold: { value: 1, label: "never" } }).split("\n").at(-1)).toContain("never");
  });

  test("counts ten thousand values", () => {
    const text = renderHistogram({ values: Array.from({ length: 100_000 }, (_, index) => index % 7), width: 60, bins: 7, range: [0, 7] });
    expect([...text.matchAll(/(\d+) \(14\.3%\)/g)].reduce((sum, [, count]) => sum + Number(count), 0)).toBe(100_000);
  });
});

describe("an axis", () => {
  test.each([
    [0, 1, 5, [0, 0.25, 0.5, 0.75, 1]],
    [3, 97, 5, [0, 25, 50, 75, 100]],
    [5, 5, 3, [4.5, 5, 5.5]],
    [0, 0, 2, [0, 1]],
    [-3, 4, 4, [-5, -2.5, 0, 2.5, 5]],
  ])("from %d to %d has round places", (least, most, wanted, ticks) => {
    expect(niceTicks(least, most, wanted)).toEqual(ticks);
  });

  test("says as many digits as its steps need, and no more", () => {
    expect([formatTick(28_000_000, 500_000), formatTick(28_500_000, 500_000), formatTick(0.025, 0.005), formatTick(12_500, 2_500), formatTick(20, 5), formatTick(0, 5)]).toEqual(["28M", "28.5M", "0.025", "12.5k", "20", "0"]);
  });
});

describe("amounts for people", () => {
  test("have the digits that their size asks for, rounded down", () => {
    expect([28_000_000n * LPT, 1_203n * LPT + LPT / 2n, LPT / 1_000n, 1n, 0n, -5n * LPT].map((wei) => formatTokens(wei))).toEqual(["28,000,000 LPT", "1,203.5 LPT", "0.001 LPT", "0.000000000000000001 LPT", "0 LPT", "-5 LPT"]);
    expect([formatShare(316_920_385n), formatChange(-34_000_000n), formatChange(1n), formatChange(0n)]).toEqual(["31.69%", "-3.4%", "+0%", "0%"]);
    expect([1n, 90n, 7_300n, 86_400n * 12n, 31_557_600n * 3n].map(formatSpan)).toEqual(["1 second", "90 seconds", "2 hours", "12 days", "3 years"]);
  });
});

const POLICY: MonetaryPolicy = { inflationChange: 500n, targetBondingRate: 500_000_000n, treasuryCut: 10n ** 26n, treasuryCeilingWei: 750_000n * LPT, rewardCut: 100_000n, roundLengthBlocks: 6_377n };
const ECONOMY: Economy = { divisor: 10n ** 9n, round: 1n, supplyWei: 28_000_000n * LPT, bondedWei: 13_440_000n * LPT, inflation: 221_000n, hasTreasury: true, treasuryWei: 0n, policy: POLICY };
const money = effectOnMoney(ECONOMY, { ...POLICY, inflationChange: 700n }, { kind: "mean-reverting", startPpb: 480_000_000n, meanPpb: 480_000_000n, reversionPpb: 10_000_000n, noisePpb: 2_500_000n }, { rounds: 100, blockMilliseconds: 12_000n, paths: 40, seed: 1n, samples: 10 });
const terms = { verificationRate: 1_000n, failedSlashPpm: 1n, missedSlashPpm: 5_000n, doubleClaimSlashPpm: 30_000n, finderFeePpm: 50_000n };
const verification = effectOnVerification(terms, { ...terms, verificationRate: 500n }, { stakeWei: 1_000n * LPT, segmentsPerClaim: 1_000n, cheatedSegments: 1n });
const document = { title: "t", subtitle: "s", footer: "f", sections: [{ title: "Economic effect", blocks: economicBlocks({ money, verification }) }] };

describe("the effect on money", () => {
  test("comes back from a report's file as it was", () => {
    expect(economicEffectSchema.parse(toPlainJson({ money, verification }))).toEqual({ money, verification });
  });

  test("is in every form of a report, with both lines, and with nothing that a page would load", () => {
    const [terminal, markdown, html] = [renderTerminalDocument(document, { width: 100 }), renderMarkdownDocument(document), renderHtmlDocument(document)];
    for (const text of [terminal, markdown, html]) {
      expect(text).toContain("Inflation per year");
      expect(text).toContain("with the change");
      expect(text).toContain("1,000 LPT, delegated");
      expect(text).toContain("1 in 500");
    }
    expect(html.match(/<svg class="chart" role="img"/g)).toHaveLength(3);
    expect(html).not.toMatch(/<script|style="|href="http|src=/);
    expect(widest(renderTerminalDocument(document, { width: 40 }))).toBeLessThanOrEqual(40);
    expect(terminal).toContain("○ with the change");
    expect(renderTerminalDocument(document, { width: 100, ascii: true })).toContain("o with the change");
  });

  test("is a picture with title and description, whose text cannot be markup", () => {
    const [first] = economicCharts(money);
    if (first === undefined) throw new Error("no chart");
    const hostile: Chart = { ...first, title: `</title><script>"&`, series: first.series.map((series) => ({ ...series, name: "<b onload='x'>" })) };
    const svg = lineChartSvg(hostile, true);
    expect(svg).toMatch(/^<svg class="chart" role="img" xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="[^"]+"><title>&lt;\/title&gt;&lt;script&gt;&quot;&amp;<\/title><desc>/);
    expect(svg).not.toMatch(/<script|<b |NaN|Infinity/);
    expect(svg).toContain("prefers-color-scheme:dark");
    expect(svg.match(/<polygon class="band/g)).toHaveLength(4);
  });

  test("is a table of raw integers for programs, a line for each point of each side", () => {
    const lines = projectionCsv(money).split("\r\n");
    expect(lines).toHaveLength(1 + 2 * 11 + 1);
    expect(new Set(lines.slice(0, -1).map((line) => line.split(",").length))).toEqual(new Set([24]));
    expect(lines[1]).toMatch(/^before,0,480000000,221000,/);
  });
});
