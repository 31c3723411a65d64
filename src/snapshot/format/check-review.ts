import { join } from "node:path";
import { z } from "zod";
import { errnoOf } from "../../errno-of.ts";
import { LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";
import { PART, readPart } from "./parts.ts";
import { reviewLines, type NameOfSlot } from "./review-lines.ts";
import type { LoadedSnapshot, SnapshotDifference } from "./snapshot.ts";

/** Twenty thousand lines with long names. */
const LARGEST_REVIEW_BYTES = 64_000_000;
const lineSchema = z.strictObject({ contract: z.string(), slot: z.string(), word: z.string(), name: z.string().optional() });

/**
 * Whether the lines that people read are what is in the snapshot; there need not be any. Their words are compared; their names are
 * where `nameOf` is given, and are otherwise only what somebody wrote.
 */
export async function checkReview({ folder, state }: LoadedSnapshot, nameOf?: NameOfSlot): Promise<SnapshotDifference[]> {
  let text: string;
  try {
    text = (await readPart(folder, PART.review, LARGEST_REVIEW_BYTES)).toString("utf8");
  } catch (error) {
    if (error instanceof LpctlError && errnoOf(error.cause) === "ENOENT") return [];
    throw error;
  }
  const expected = reviewLines(state.contracts, nameOf).split("\n");
  const found = text.split("\n");
  const at = expected.findIndex((line, index) => !isSameLine(found[index], line, nameOf !== undefined));
  const isLonger = found.length > expected.length;
  if (at === -1 && !isLonger) return [];
  const line = at === -1 ? expected.length : at;
  return [{ of: "snapshot", what: `line ${line + 1} of ${join(folder, PART.review)} is not what is in it`, expected: expected[line] || "nothing", found: printable(found[line] ?? "") || "nothing" }];
}

function isSameLine(found: string | undefined, expected: string, withNames: boolean): boolean {
  if (found === expected) return true;
  if (withNames || found === undefined || found === "") return false;
  const [line, wanted] = [parse(found), parse(expected)];
  return line !== undefined && line.contract === wanted?.contract && line.slot === wanted.slot && line.word === wanted.word;
}

function parse(line: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
