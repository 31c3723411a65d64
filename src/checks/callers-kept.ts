import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

/** Contracts of the same registry that call what an upgrade takes away or changes. */
export const callersKept: Check = {
  name: "callers-kept",
  codes: ["caller-breaks"],
  explains:
    "The contracts of a registry call each other by selector, and are upgraded one at a time. A function that is gone " +
    "makes its caller revert; one that answers with other types or in another order under the same selector is decoded as " +
    "before and gives nonsense. The code of every registered contract is searched for the selectors that an upgrade " +
    "changes. In August 2018 Livepeer's getDelegator kept its selector and changed the meaning of two words.",
  find: (_proposal, _simulation, { callersOfChanged }) =>
    callersOfChanged.map(
      ({ contract, signature, what, callers }): Finding => ({
        severity: "warning",
        code: "caller-breaks",
        title: `${callers.join(", ")} ${callers.length === 1 ? "calls" : "call"} ${signature}, which the new ${contract} ${what === "removed" ? "does not have" : "answers differently"}`,
        detail: "their code carries the selector; it may be meant for another contract that has the function too",
      }),
    ),
};
