import { z } from "zod";
import type { StoredProposal } from "../proposal/store.ts";
import { hash32Schema, type Hex } from "../protocol/hex.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";
import { loadText, recordPaths } from "./records.ts";

const schema = z.object({ evidence: z.object({ hash: hash32Schema }) });

/**
 * Of the evidence that the report beside a proposal names: what the text of a vote says. Undefined where there is no report, or
 * none that can be read; whoever puts something to the vote looks at the whole report first.
 */
export async function loadReportHash(stored: StoredProposal): Promise<Hex | undefined> {
  const text = await loadText(recordPaths(stored).json);
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(parseStrictJson(text)).data?.evidence.hash;
  } catch {
    return undefined;
  }
}
