import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CommitFact } from "../../checks/check.ts";
import type { Project } from "../../inspection/project.ts";
import { packageRoot } from "../../package-root.ts";
import type { Intent, RegisterIntent, UpgradeIntent } from "../../proposal/intent.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { ZERO_ADDRESS, type Hex } from "../../protocol/hex.ts";
import { readGitCommit } from "../../solidity/git-commit.ts";
import { compareWithCommit } from "../../solidity/git-contents.ts";
import { parseSourceReference } from "../../solidity/source-reference.ts";
import { plural } from "../../protocol/plural.ts";

/** One digit or one byte over and over, or words people write until they know better. */
const PLACEHOLDER = /^0x((.)\2{39}|(..)\3{19}|(dead|beef|cafe|babe|face|feed|c0de|1234|abcd)+.{0,3}|0{30,}.*|.*0{30,})$/;

/** Whether each commit that a registry is to record holds the source that was compiled. */
export async function checkCommits(project: Project, proposal: Proposal): Promise<CommitFact[]> {
  return Promise.all(proposal.intents.filter(isRecorded).map((intent) => checkCommit(project, proposal, intent)));
}

async function checkCommit(project: Project, proposal: Proposal, intent: UpgradeIntent | RegisterIntent): Promise<CommitFact> {
  const { contract, gitCommitHash: commit } = intent;
  const code = intent.kind === "upgrade" ? intent.implementation : intent.address;
  const source = proposal.code.find(({ address }) => address === code)?.source;
  const fact = (state: CommitFact["state"], detail: string): CommitFact => ({ contract, commit, state, detail });
  const place = source === undefined ? undefined : await placeOf(project, source);
  if (BigInt(commit) === 0n) {
    const changed = place === undefined ? [] : ((await readGitCommit(place.root, place.files))?.changed ?? []);
    const advice = "build from a committed checkout, or give --git-commit";
    return fact("missing", changed.length === 0 ? advice : `not as committed: ${list(changed)}; ${advice}`);
  }
  if (PLACEHOLDER.test(commit.toLowerCase())) return fact("placeholder", "no commit has such a hash");
  if (place === undefined) return fact("unchecked", "the proposal names no source of this code");
  if (!place.isOwn) return fact("unchecked", "the source comes with lpctl, not from a checkout of this project");
  const found = await compareWithCommit(place.root, commit as Hex, place.files);
  switch (found.state) {
    case "no-checkout":
      return fact("unchecked", "the project is not in a git checkout");
    case "absent":
      return found.isShallow ? fact("unchecked", "the checkout was cloned without its history") : fact("absent", "fetch it, or record the commit the source really lies in");
    case "compared": {
      const wrong = [...found.different, ...found.missing.map((file) => `${file} (not in it)`)];
      if (wrong.length > 0) return fact("differs", list(wrong));
      const outside = found.outside.length === 0 ? "" : `; ${found.outside.length} of packages, which the compiler input's hash covers`;
      return fact("same", `${plural(found.same.length, "file")} compared${outside}`);
    }
  }
}

/** Where the source and everything it imports lie. */
async function placeOf(project: Project, reference: string): Promise<{ root: string; files: string[]; isOwn: boolean } | undefined> {
  const { source } = parseSourceReference(reference);
  const isOwn = existsSync(join(project.folder, source)) || !existsSync(join(packageRoot(), source));
  const root = isOwn ? project.folder : packageRoot();
  return { root, files: await filesOf(root, source), isOwn };
}

/** Files under the root that a source consists of: itself and what it imports, packages left out. */
export async function filesOf(root: string, source: string): Promise<string[]> {
  const { createSourceTree } = await import("../../solidity/import-closure.ts");
  const tree = createSourceTree(root);
  return Object.keys(tree.closureOf(tree.unitNameOf(source)).sources).filter((name) => existsSync(join(root, name)));
}

/** Only entries of a registry have a commit, and an entry that is taken away needs none. */
function isRecorded(intent: Intent): intent is UpgradeIntent | RegisterIntent {
  if (intent.kind === "register") return intent.address !== ZERO_ADDRESS;
  return intent.kind === "upgrade" && intent.proxy.kind === "controller-registry";
}

function list(files: readonly string[]): string {
  const [first = "", second, ...more] = files;
  return `${first}${second === undefined ? "" : `, ${second}`}${more.length === 0 ? "" : ` and ${more.length} more`}`;
}
