import { Chalk } from "chalk";
import type { ChalkInstance } from "chalk";
import { readEnvironment } from "../config/environment.ts";
import type { Environment } from "../config/environment.ts";
import { outputMode } from "./output.ts";

type ColorLevel = 0 | 1 | 2 | 3;
type StreamName = "stdout" | "stderr";

/** A glyph is never alone: the word beside it carries the meaning without colour and to a screen reader. */
export const symbols = {
  done: "✔",
  failed: "✖",
  warning: "▲",
  waiting: "◷",
  ready: "▶",
  running: "●",
  info: "·",
} as const;

const instances = new Map<string, ChalkInstance>();

/**
 * Colours for one stream. chalk ignores NO_COLOR and looks at stdout only,
 * so the level is decided here and the bare `chalk` is never imported.
 */
export function styleFor(name: StreamName): ChalkInstance {
  const level = colorLevel(process[name], readEnvironment(), outputMode().noColor);
  const known = instances.get(`${level}`);
  if (known !== undefined) return known;
  const created = new Chalk({ level });
  instances.set(`${level}`, created);
  return created;
}

export function colorLevel(
  stream: { isTTY?: boolean | undefined; getColorDepth?: (() => number) | undefined },
  environment: Environment,
  noColorFlag: boolean,
): ColorLevel {
  if (noColorFlag) return 0;
  if (environment.forceColor !== undefined) return environment.forceColor;
  if (environment.noColor || environment.dumbTerminal || stream.isTTY !== true) return 0;
  const depth = stream.getColorDepth?.() ?? 1;
  return depth >= 24 ? 3 : depth >= 8 ? 2 : depth >= 4 ? 1 : 0;
}
