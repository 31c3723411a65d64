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
  state?: { tone: Tone; text: string } | undefined;
}

export type Block =
  | { kind: "verdict"; tone: Tone; headline: string; lines: readonly string[] }
  | { kind: "text"; line: Line }
  | { kind: "facts"; facts: readonly Fact[] }
  | { kind: "table"; columns: readonly string[]; rows: readonly (readonly Line[])[] }
  | { kind: "list"; items: readonly ListItem[] }
  | { kind: "code"; text: string; caption?: string | undefined }
  | { kind: "tree"; roots: readonly TreeNode[] }
  | { kind: "timeline"; steps: readonly TimelineStep[] }
  | { kind: "card"; title: Line; tone: Tone; blocks: readonly Block[] }
  /** Long material: folded in pages, left out of the short terminal form. */
  | { kind: "fold"; title: string; blocks: readonly Block[] };

export interface Section {
  title: string;
  blocks: readonly Block[];
}

export interface ReportDocument {
  title: string;
  subtitle: string;
  footer: string;
  verdict: Extract<Block, { kind: "verdict" }>;
  sections: readonly Section[];
}

export function plain(text: string): Line {
  return [{ text }];
}

export function mono(text: string, tone?: Tone): Line {
  return [{ text, mono: true, tone }];
}
