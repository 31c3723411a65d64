import { readFile, stat } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { errnoOf } from "../../errno-of.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Plan } from "./carry-out-plan.ts";

const LONGEST_FILE_BYTES = 16 * 1024 * 1024;

/**
 * What a file plans: a `.ts` is a migration script, a file with a `snapshot` a fork, any other YAML a genesis. Whether it is a right
 * one is found by whoever carries it out.
 * @throws LPCTL_REHEARSAL_NO_PLAN
 */
export async function findPlan(file: string): Promise<Plan> {
  try {
    const about = await stat(file);
    if (!about.isFile()) throw new Error(about.isDirectory() ? "it is a folder" : "it is a pipe or a device, and no file");
    if (about.size > LONGEST_FILE_BYTES) throw new Error(`it has ${about.size} bytes, and a plan at most ${LONGEST_FILE_BYTES}`);
    const text = await readFile(file, "utf8");
    if (file.endsWith(".ts")) return { kind: "migration", file };
    const keys = z.record(z.string(), z.unknown()).parse(parse(text));
    return { kind: "snapshot" in keys ? "fork" : "genesis", file };
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_REHEARSAL_NO_PLAN",
      exit: Exit.usage,
      message: `${file} is no plan that could be carried out`,
      why: errnoOf(cause) === "ENOENT" ? "there is no such file" : cause instanceof z.ZodError ? "it is not a file of keys and values" : cause instanceof Error ? cause.message : String(cause),
      next: "Give a genesis file, a migration script (.ts) or a fork file: lpctl rehearse --kill migrations/001-name.ts",
      cause,
    });
  }
}
