import type { Intent, RegisterIntent, UpgradeIntent } from "../proposal/intent.ts";
import { ZERO_ADDRESS } from "../protocol/hex.ts";
import type { Check } from "./check.ts";

/** The registry has a field for the commit the code was built from; a placeholder there misleads everybody after. */
export const gitCommitRecorded: Check = {
  name: "git-commit-recorded",
  codes: ["git-commit-missing"],
  explains:
    "The Controller keeps, beside each address, the git commit its code was built from. It is how anyone finds the " +
    "source years later; with a placeholder there nobody can compare what runs with what was reviewed.",
  find: (proposal) =>
    proposal.intents.flatMap((intent) =>
      isRecorded(intent) && BigInt(intent.gitCommitHash) === 0n
        ? [
            {
              severity: "warning" as const,
              code: "git-commit-missing",
              title: `No git commit is recorded for the new ${intent.contract}`,
              detail: "build from a committed checkout, or give --git-commit",
            },
          ]
        : [],
    ),
};

/** Only entries of a registry have a commit, and an entry that is taken away needs none. */
function isRecorded(intent: Intent): intent is UpgradeIntent | RegisterIntent {
  if (intent.kind === "register") return intent.address !== ZERO_ADDRESS;
  return intent.kind === "upgrade" && intent.proxy.kind === "controller-registry";
}
