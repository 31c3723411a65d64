import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../cli/run-lpctl.ts";

/** A block of the README that is run, and the lines its output is shown with. */
export interface TutorialBlock {
  /** Commands in order, with the exit code the README says (`# exit 5`), else 0. */
  commands: { text: string; exitCode: number }[];
  shown: string[];
}

/** The blocks marked `sh tutorial`, each with the `text` block that follows it. */
export function loadTutorial(): TutorialBlock[] {
  const readme = readFileSync(join(repository, "README.md"), "utf8");
  const blocks: TutorialBlock[] = [];
  for (const [, language, body = ""] of readme.matchAll(/^```(sh tutorial|text)\n([\s\S]*?)^```$/gm)) {
    const lines = body.split("\n").filter((line) => line.trim() !== "");
    if (language === "text") blocks.at(-1)?.shown.push(...lines);
    else blocks.push({ shown: [], commands: lines.map((text) => ({ text, exitCode: Number(/# exit (\d+)/.exec(text)?.[1] ?? 0) })) });
  }
  return blocks;
}

/**
 * One bash script: all blocks in one shell, a line after each command with its exit code, an end at the first code that is
 * not the one the README says.
 */
export function tutorialScript(blocks: readonly TutorialBlock[]): string {
  return blocks
    .flatMap(({ commands }, index) => [
      ...commands.flatMap(({ text, exitCode }) => [
        text,
        `code=$?; if [ $code -ne ${exitCode} ]; then echo "${marker(index)} $code instead of ${exitCode}"; exit 1; fi`,
      ]),
      `echo "${marker(index)} ok"`,
    ])
    .join("\n");
}

/** What the run of a script printed, block by block. `ended` is `ok`, or says which exit code was not expected. */
export function splitOutput(output: string, count: number): { text: string; ended: string }[] {
  let rest = output;
  return Array.from({ length: count }, (_, index) => {
    const [text = "", after] = rest.split(`${marker(index)} `, 2);
    if (after === undefined) return { text: rest, ended: "not reached" };
    const [ended = ""] = after.split("\n", 1);
    rest = rest.slice(text.length + marker(index).length + 1 + ended.length);
    return { text, ended };
  });
}

/**
 * The first line of the README that the output does not have, at or after the place of the line before it. `…` stands for
 * anything within a line, and a line of `…` alone for any lines; how wide columns are plays no part, since tables are
 * tab-separated off a terminal.
 */
export function missingLine(shown: readonly string[], output: string): string | undefined {
  const lines = output.split("\n").map(squeeze);
  let from = 0;
  for (const line of shown) {
    const pattern = new RegExp(squeeze(line).split("…").map(escape).join(".*"));
    const found = lines.findIndex((candidate, index) => index >= from && pattern.test(candidate));
    if (found === -1) return line;
    from = found + (line.trim() === "…" ? 0 : 1);
  }
  return undefined;
}

function marker(index: number): string {
  return `--- block ${index} ---`;
}

function squeeze(line: string): string {
  return line.trim().replaceAll(/\s+/g, " ");
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
