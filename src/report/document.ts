/** A report as a tree of blocks, between the data and its renderings. Text here is raw: each renderer makes it safe. */

export type Tone = "good" | "bad" | "warn" | "muted" | "plain";

export interface Span {
  text: string;
  /** Addresses, hashes, values: shown as they are, to be compared character by character. */
  mono?: boolean | undefined;
  strong?: boolean | undefined;
  tone?: Tone | undefined;
  /** https address to link to, where the rendering can. */
  url?: string | undefined;
}

export type Line = readonly Span[];

export interface Fact {
  label: string;
  value: Line;
  note?: string | undefined;
}

export interface ListItem {
  tone: Tone;
  /** The word that carries the meaning: `refused`, `warning`. */
  word?: string | undefined;
  line: Line;
  detail?: string | undefined;
}

export interface TreeNode {
  line: Line;
  children: readonly TreeNode[];
}

export interface TimelineStep {
  title: string;
  who: string;
  address?: Span | undefined;
  waits?: string | undefined;
  /** `block 1234, about 2026-01-05 14:00 UTC` */
  earliest?: string | undefined;
  state?: { tone: Tone; text: string } | undefined;
  people?: readonly ListItem[] | undefined;
  /** Under the stop of the picture, beneath who takes it. */
  brief?: string | undefined;
}

/** What was asked on the left, what came of it on the right. */
export interface PairRow {
  left: Line;
  right: readonly ListItem[];
}

/** One variable in the picture of a slot. */
export interface SlotField {
  label: string;
  type: string;
  offsetBytes: number;
  sizeBytes: number;
  tone: Tone;
  /** `new`, `renamed`: what the tone means. */
  word?: string | undefined;
}

export interface SlotPicture {
  /** `3`, or `4 to 52`. */
  slot: string;
  before: readonly SlotField[];
  after: readonly SlotField[];
}

/** One line of a chart, with the bands around it where there are any. Evenly spaced values, one for each place on the axis. */
export interface ChartSeries {
  name: string;
  /** `before` is drawn dashed and quiet, `after` is what matters. */
  role: "before" | "after";
  values: readonly number[];
  /** From the outermost to the innermost, each a lower and an upper edge. */
  bands?: readonly { lower: readonly number[]; upper: readonly number[] }[] | undefined;
}

/** A picture of numbers; whatever has to be exact stands in a table beside it. */
export interface Chart {
  title: string;
  /** What is to be seen, for those who do not see it. */
  description: string;
  /** What stands behind the numbers of the axis: `%`, ` LPT`. */
  unit: string;
  series: readonly ChartSeries[];
  /** Below the axis, evenly spread from its left end to its right. */
  xLabels: readonly string[];
}

export type Block =
  | { kind: "verdict"; tone: Tone; headline: string; lines: readonly string[] }
  | { kind: "text"; line: Line }
  | { kind: "facts"; facts: readonly Fact[] }
  | { kind: "table"; columns: readonly string[]; rows: readonly (readonly Line[])[] }
  | { kind: "list"; items: readonly ListItem[] }
  | { kind: "code"; text: string; caption?: string | undefined }
  /** Unified hunks: each line begins with `+`, `-`, `@` or a space. */
  | { kind: "diff"; text: string }
  | { kind: "pairs"; left: string; right: string; rows: readonly PairRow[] }
  | { kind: "slots"; rows: readonly SlotPicture[] }
  | { kind: "tree"; roots: readonly TreeNode[] }
  | { kind: "timeline"; steps: readonly TimelineStep[] }
  | { kind: "chart"; chart: Chart }
  | { kind: "card"; title: Line; tone: Tone; blocks: readonly Block[] }
  /** Material that few need: folded in pages, left out of the short terminal form. `long`: stays folded on paper. */
  | { kind: "fold"; title: string; long?: boolean | undefined; blocks: readonly Block[] };

export interface Section {
  title: string;
  blocks: readonly Block[];
}

export interface ReportDocument {
  title: string;
  subtitle: string;
  footer: string;
  verdict?: Extract<Block, { kind: "verdict" }> | undefined;
  sections: readonly Section[];
}

export function plain(text: string): Line {
  return [{ text }];
}

export function mono(text: string, tone?: Tone): Line {
  return [{ text, mono: true, tone }];
}
