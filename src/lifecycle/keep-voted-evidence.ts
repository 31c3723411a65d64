import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PollCondition } from "../checks/poll-condition.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { replaceFile } from "../replace-file.ts";
import { loadEvidence } from "../simulation/evidence/evidence-file.ts";
import { recordPaths } from "./records.ts";

/**
 * Before the evidence beside a proposal is replaced by a newer one: what people voted on stays, under a name with the first bytes of
 * its hash. `proposal reproduce FILE` makes its report again.
 */
export async function keepVotedEvidence(stored: StoredProposal, poll: PollCondition | undefined): Promise<void> {
  const named = poll?.polls.flatMap(({ reportHash }) => reportHash ?? []) ?? [];
  const path = recordPaths(stored).evidence;
  // Which hashes lie beside the proposal was read with the polls: most of the time none of them is named, and no file is opened.
  if (!named.some((hash) => poll?.evidence.includes(hash)) || !existsSync(path)) return;
  const { hash } = await loadEvidence(path);
  if (named.includes(hash)) await replaceFile(join(stored.folder, `evidence-${hash.slice(0, 10)}.json.gz`), await readFile(path));
}
