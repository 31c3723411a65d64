import type { Intent, RegisterIntent, UpgradeIntent } from "../proposal/intent.ts";
import { ZERO_ADDRESS } from "../protocol/hex.ts";
import type { Check } from "./check.ts";

/** The registry has a field for the commit the code was built from; a placeholder there misleads everybody after. */
export const gitCommitRecorded: Check = (proposal) =>
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
  );

/** Only entries of a registry have a commit, and an entry that is taken away needs none. */
function isRecorded(intent: Intent): intent is UpgradeIntent | RegisterIntent {
  if (intent.kind === "register") return intent.address !== ZERO_ADDRESS;
  return intent.kind === "upgrade" && intent.proxy.kind === "controller-registry";
}
