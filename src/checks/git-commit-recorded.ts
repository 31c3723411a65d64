import type { Check } from "./check.ts";

/** The registry has a field for the commit the code was built from; a placeholder there misleads everybody after. */
export const gitCommitRecorded: Check = (proposal) =>
  proposal.intents.flatMap((intent) =>
    intent.kind === "upgrade" && intent.proxy.kind === "controller-registry" && BigInt(intent.gitCommitHash) === 0n
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
