import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { errnoOf } from "../../errno-of.ts";
import { bigintAsText } from "../../protocol/bigint-json.ts";

/**
 * What was read already, so that a reading that was ended goes on where it was: lines of JSON, only ever appended, so that
 * a kill at any instant costs at most the last line. Nothing in it is believed without the hash of the block it belongs to.
 */
export interface TallyCache {
  /** What was kept under a name, oldest first. */
  entries<T>(name: string, schema: z.ZodType<T>): T[];
  keep(name: string, value: unknown): Promise<void>;
}

/** `sum` is of the name and the value, so that a line which was changed is as if it were not there. */
const lineSchema = z.object({ name: z.string(), value: z.unknown(), sum: z.string() }).refine(({ name, value, sum }) => sumOf(name, value) === sum);

/** For a reading that is not to be kept. */
export const NO_CACHE: TallyCache = { entries: () => [], keep: () => Promise.resolve() };

/** Lines that cannot be read are as if they were not there: a cache that is damaged costs time, never truth. */
export async function loadTallyCache(path: string): Promise<TallyCache> {
  const kept: z.infer<typeof lineSchema>[] = [];
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (errnoOf(error) === "ENOENT") return "";
    throw error;
  });
  for (const line of text.split("\n")) {
    const parsed = lineSchema.safeParse(parseJson(line));
    if (parsed.success) kept.push(parsed.data);
  }
  // A line that was cut off must not be continued by the next one.
  let pending = text === "" || text.endsWith("\n") ? "" : "\n";
  return {
    entries: (name, schema) =>
      kept.flatMap((entry) => {
        const parsed = entry.name === name ? schema.safeParse(entry.value) : undefined;
        return parsed?.success === true ? [parsed.data] : [];
      }),
    keep: async (name, value) => {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, `${pending}${JSON.stringify({ name, value, sum: sumOf(name, value) }, bigintAsText)}\n`);
      pending = "";
    },
  };
}

function sumOf(name: string, value: unknown): string {
  return createHash("sha256").update(JSON.stringify([name, value], bigintAsText)).digest("hex");
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
