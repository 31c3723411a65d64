import type { Finding } from "../finding.ts";
import type { Check, CommitFact } from "./check.ts";

const FINDINGS: Record<CommitFact["state"], { severity: Finding["severity"]; code: string; title: (fact: CommitFact) => string } | undefined> = {
  missing: { severity: "warning", code: "git-commit-missing", title: ({ contract }) => `No git commit is recorded for the new ${contract}` },
  placeholder: { severity: "warning", code: "git-commit-placeholder", title: ({ contract, commit }) => `The git commit recorded for the new ${contract} is a placeholder: ${commit}` },
  absent: { severity: "warning", code: "git-commit-unknown", title: ({ contract, commit }) => `The git commit recorded for the new ${contract} is not in this checkout: ${commit}` },
  differs: { severity: "refuse", code: "git-commit-differs", title: ({ contract, commit }) => `The source of the new ${contract} is not as in the git commit to be recorded, ${commit}` },
  unchecked: { severity: "info", code: "git-commit-unchecked", title: ({ contract, commit }) => `Whether the source of the new ${contract} lies in the git commit ${commit} was not checked` },
  same: { severity: "info", code: "git-commit-holds", title: ({ contract, commit }) => `The source of the new ${contract} is as in the git commit ${commit}` },
};

/** The registry has a field for the commit the code was built from; a placeholder or a wrong one misleads everybody after. */
export const gitCommitRecorded: Check = {
  name: "git-commit-recorded",
  codes: ["git-commit-missing", "git-commit-placeholder", "git-commit-unknown", "git-commit-differs", "git-commit-unchecked", "git-commit-holds"],
  explains:
    "The Controller keeps, beside each address, the git commit its code was built from. It is how anyone finds the " +
    "source years later; with a placeholder there nobody can compare what runs with what was reviewed. In a checkout " +
    "every file that was compiled is compared with the commit. Livepeer's scripts of 2023 were written with " +
    "0xPENDING_GIT_HASH in them, to be replaced by hand.",
  find: (_proposal, _simulation, { commits }) =>
    commits.flatMap((fact): Finding[] => {
      const described = FINDINGS[fact.state];
      return described === undefined ? [] : [{ severity: described.severity, code: described.code, title: described.title(fact), detail: fact.detail }];
    }),
};
