import type { TimelineStep, Tone } from "./document.ts";

const STEP_WIDTH = 280;
const HEIGHT = 96;
const LINE_HEIGHT = 15;
const RADIUS = 13;
const LINE_Y = 48;
const LETTERS_PER_LINE = 40;

/**
 * The route as one line with a numbered stop per step and a dashed stretch where time has to pass. The
 * steps themselves are told in words below it, so the picture is hidden from screen readers.
 * `escapeText` makes text safe for HTML.
 */
export function timelineSvg(steps: readonly TimelineStep[], escapeText: (text: string) => string): string {
  const width = STEP_WIDTH * steps.length;
  const parts = steps.flatMap((step, index) => {
    const x = STEP_WIDTH * index + STEP_WIDTH / 2;
    return [
      ...(index === 0 ? [] : [stretch(x - STEP_WIDTH + RADIUS, x - RADIUS, step.waits, escapeText)]),
      `<circle class="stop ${stopClass(step.state?.tone)}" cx="${x}" cy="${LINE_Y}" r="${RADIUS}"/>`,
      `<text class="number" x="${x}" y="${LINE_Y + 4.5}">${index + 1}</text>`,
      `<text class="who" x="${x}" y="${LINE_Y + 36}">${escapeText(shortened(step.who))}</text>`,
      ...(step.brief === undefined ? [] : [`<text class="who" x="${x}" y="${LINE_Y + 36 + LINE_HEIGHT}">${escapeText(shortened(step.brief))}</text>`]),
    ];
  });
  const height = steps.some(({ brief }) => brief !== undefined) ? HEIGHT + LINE_HEIGHT : HEIGHT;
  return `<svg class="route" viewBox="0 0 ${width} ${height}" width="${width}" aria-hidden="true">${parts.join("")}</svg>`;
}

function stretch(from: number, to: number, waits: string | undefined, escapeText: (text: string) => string): string {
  const line = `<line class="${waits === undefined ? "way" : "way waits"}" x1="${from}" y1="${LINE_Y}" x2="${to}" y2="${LINE_Y}"/>`;
  return waits === undefined ? line : `${line}<text class="wait" x="${(from + to) / 2}" y="${LINE_Y - 22}">${escapeText(shortened(waits))}</text>`;
}

function stopClass(tone: Tone | undefined): string {
  return tone === "good" || tone === "bad" || tone === "warn" ? tone : "open";
}

/** Labels only: the full words stand below the picture. */
function shortened(text: string): string {
  const letters = Array.from(text);
  return letters.length <= LETTERS_PER_LINE ? text : `${letters.slice(0, LETTERS_PER_LINE - 1).join("")}…`;
}
