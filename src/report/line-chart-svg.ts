import { formatTick, niceTicks } from "./chart-scale.ts";
import type { Chart, ChartSeries } from "./document.ts";
import { escapeHtml } from "./escape-html.ts";

const WIDTH = 720;
const HEIGHT = 300;
const LEFT = 64;
const RIGHT = 14;
const TOP = 12;
const BOTTOM = 52;
const HEADING = 28;
const TICKS = 6;
/** Room that a letter of a legend takes, roughly. */
const LETTER = 6.7;

/** How charts look in a page, whose colours they use. */
export const CHART_STYLE = `
svg.chart{display:block;width:100%;max-width:48rem;height:auto;margin:.4rem 0 1rem;font:12px system-ui,sans-serif}
.chart text{fill:var(--soft)}.chart .tick{text-anchor:end;font-variant-numeric:tabular-nums}.chart .place{text-anchor:middle}.chart .first{text-anchor:start}.chart .last{text-anchor:end}
.chart .grid{stroke:var(--line);stroke-width:1}.chart .line{fill:none;stroke-width:2;stroke-linejoin:round}
.chart .before{stroke:var(--soft);stroke-dasharray:6 4}.chart .after{stroke:var(--link)}
.chart .band{stroke:none;fill-opacity:.13}.chart .band.before{fill:var(--soft)}.chart .band.after{fill:var(--link)}
`;

/** The colours of the report, for a picture that stands alone; light and dark follow the reader's system. */
const OWN_COLOURS = `
.chart .name{font-size:15px;font-weight:600}
svg.chart{--card:#fff;--soft:#565f6a;--line:#e2dfd8;--link:#2256a5;background:var(--card)}
@media (prefers-color-scheme:dark){svg.chart{--card:#1b1f25;--soft:#9da7b2;--line:#2d333b;--link:#93bbf6}}
`;

/**
 * A chart as SVG: lines over a grid, bands around them, a legend. Title and description are there for screen readers, and the two
 * kinds of line differ in more than colour.
 * @param standalone with its own colours and namespace, for a file
 */
export function lineChartSvg(chart: Chart, standalone = false): string {
  const finite = chart.series.flatMap(({ values, bands = [] }) => [values, ...bands.flatMap(({ lower, upper }) => [lower, upper])].flat()).filter(Number.isFinite);
  const ticks = niceTicks(Math.min(...finite), Math.max(...finite), TICKS);
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const step = (ticks[1] ?? 1) - low;
  const y = (value: number): number => TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const bottom = HEIGHT - BOTTOM;
  const parts = [
    `<title>${escapeHtml(chart.title)}</title><desc>${escapeHtml(chart.description)}</desc>`,
    // In a page the title stands above the picture.
    ...(standalone ? [`<style>${`${OWN_COLOURS}${CHART_STYLE}`.trim()}</style>`, `<text class="name" x="${LEFT}" y="-8">${escapeHtml(chart.title)}</text>`] : []),
    ...ticks.map((tick) => `<line class="grid" x1="${LEFT}" y1="${at(y(tick))}" x2="${WIDTH - RIGHT}" y2="${at(y(tick))}"/><text class="tick" x="${LEFT - 8}" y="${at(y(tick) + 4)}">${escapeHtml(`${formatTick(tick, step)}${chart.unit}`)}</text>`),
    ...chart.xLabels.map((label, index) => {
      const place = index === 0 ? "first" : index === chart.xLabels.length - 1 ? "last" : "place";
      return `<text class="${place}" x="${at(x(index, chart.xLabels.length))}" y="${bottom + 18}">${escapeHtml(label)}</text>`;
    }),
    ...chart.series.flatMap((series) => bandsOf(series, y)),
    ...chart.series.map(({ role, values }) => `<path class="line ${role}" d="${path(values, y)}"/>`),
    ...legend(chart.series),
  ];
  const namespace = standalone ? ` xmlns="http://www.w3.org/2000/svg"` : "";
  return `<svg class="chart" role="img"${namespace} viewBox="0 ${standalone ? -HEADING : 0} ${WIDTH} ${HEIGHT + (standalone ? HEADING : 0)}">${parts.join("")}</svg>`;
}

function bandsOf({ role, bands = [] }: ChartSeries, y: (value: number) => number): string[] {
  return bands.map(({ lower, upper }) => {
    const back = lower.map((value, index) => `${at(x(index, lower.length))},${at(y(value))}`).toReversed();
    return `<polygon class="band ${role}" points="${[...upper.map((value, index) => `${at(x(index, upper.length))},${at(y(value))}`), ...back].join(" ")}"/>`;
  });
}

function path(values: readonly number[], y: (value: number) => number): string {
  return values.map((value, index) => `${index === 0 ? "M" : "L"}${at(x(index, values.length))} ${at(y(value))}`).join("");
}

function legend(series: readonly ChartSeries[]): string[] {
  let left = LEFT;
  return series.map(({ name, role }) => {
    const from = left;
    left += 40 + name.length * LETTER;
    return `<line class="line ${role}" x1="${at(from)}" y1="${HEIGHT - 12}" x2="${at(from + 24)}" y2="${HEIGHT - 12}"/><text x="${at(from + 30)}" y="${HEIGHT - 8}">${escapeHtml(name)}</text>`;
  });
}

function x(index: number, count: number): number {
  return LEFT + (count < 2 ? 0 : index / (count - 1)) * (WIDTH - LEFT - RIGHT);
}

function at(value: number): string {
  return (Number.isFinite(value) ? value : 0).toFixed(1).replace(/\.0$/, "");
}
