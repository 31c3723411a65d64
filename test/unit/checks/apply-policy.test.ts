import { describe, expect, test } from "vitest";
import { applyPolicy } from "../../../src/checks/apply-policy.ts";
import { beforeItIsKept } from "../../../src/checks/before-it-is-kept.ts";
import type { Finding } from "../../../src/finding.ts";
import type { Policy } from "../../../src/protocol/policy.ts";

const NAME = "003-upgrade-jobsmanager";
const ID = `0x${"ab".repeat(32)}` as const;
const FINDINGS: Finding[] = [
  { severity: "refuse", code: "layout-variable-renamed", title: "renamed", detail: "slot 2" },
  { severity: "warning", code: "no-delay", title: "no delay" },
  { severity: "warning", code: "tokens-leave", title: "tokens" },
  { severity: "info", code: "tokens-approved", title: "allowance" },
];
const REASON = "only the name changes, seen by two of us";

function severities(policy: Partial<Policy> | undefined, subject: Parameters<typeof applyPolicy>[2] = { name: NAME, id: ID }): string[] {
  return applyPolicy(FINDINGS, policy === undefined ? undefined : { refuse: [], allow: [], ...policy }, subject).map(({ severity }) => severity);
}

const allow = (finding: string, proposal: string): Partial<Policy> => ({ allow: [{ finding, proposal, reason: REASON }] });

describe("a policy", () => {
  test("leaves findings alone where there is none", () => {
    expect(severities(undefined)).toEqual(["refuse", "warning", "warning", "info"]);
    expect(severities({})).toEqual(["refuse", "warning", "warning", "info"]);
  });

  test("raises a note only where it is named itself", () => {
    expect(severities({ refuse: ["tokens-approved"] })).toEqual(["refuse", "warning", "warning", "refuse"]);
  });

  test("asks for a replay once a proposal is kept, and while it is prepared only says so", () => {
    const note: Finding = { severity: "info", code: "traffic-not-replayed", title: "no replay", detail: "lpctl proposal replay does it" };
    const policy: Policy = { refuse: ["traffic-not-replayed", "no-delay"], allow: [] };
    const found = (applied: Policy | undefined) => applyPolicy([note, ...FINDINGS.slice(1, 2)], applied, { name: NAME, id: ID });
    expect(found(policy).map(({ severity }) => severity)).toEqual(["refuse", "refuse"]);
    expect(found(beforeItIsKept(policy))).toMatchObject([{ severity: "info", detail: "lpctl proposal replay does it; until then the policy in lpctl.yaml refuses to sign or execute the proposal" }, { severity: "refuse" }]);
    expect(beforeItIsKept(undefined)).toBeUndefined();
  });

  test("raises warnings, not facts, by the code of a finding or by the check that gives it", () => {
    expect(severities({ refuse: ["no-delay"] })).toEqual(["refuse", "refuse", "warning", "info"]);
    expect(severities({ refuse: ["funds-stay"] })).toEqual(["refuse", "warning", "refuse", "info"]);
  });

  test("allows a refusal in one proposal, by its name or its id, and in no other", () => {
    expect(severities(allow("layout-variable-renamed", NAME))[0]).toBe("warning");
    expect(severities(allow("layout-variable-renamed", ID.toUpperCase().replace("0X", "0x")))[0]).toBe("warning");
    expect(severities(allow("layout-variable-renamed", "004-upgrade-jobsmanager"))[0]).toBe("refuse");
    expect(severities(allow("layout-variable-renamed", "upgrade-jobsmanager"))[0]).toBe("refuse");
    expect(severities(allow("layout-variable-renamed", NAME), { name: undefined, id: ID })[0]).toBe("refuse");
    expect(severities(allow("layout-variable-renamed", NAME), "undecided")[0]).toBe("warning");
  });

  test("allows what it raised itself, where somebody answers for it", () => {
    expect(severities({ refuse: ["no-delay"], ...allow("no-delay", NAME) })).toEqual(["refuse", "warning", "warning", "info"]);
  });

  test("is seen in the finding itself, with the reason", () => {
    const [allowed, raised] = applyPolicy(FINDINGS, { refuse: ["no-delay"], allow: [{ finding: "layout-variable-renamed", proposal: NAME, reason: REASON }] }, { name: NAME, id: ID });
    expect(allowed?.detail).toContain("slot 2; ");
    expect(allowed?.detail).toContain(NAME);
    expect(allowed?.detail).toContain(REASON);
    expect(raised?.detail).toContain("policy");
  });

  test("that names nothing, a whole check, or what no reason makes right is an error", () => {
    const failing = (policy: Partial<Policy>): unknown => {
      try {
        return severities(policy);
      } catch (error) {
        return error;
      }
    };
    expect(failing({ refuse: ["no-dely"] })).toMatchObject({ code: "LPCTL_CHECK_UNKNOWN", exit: 2, message: expect.stringContaining("policy in lpctl.yaml"), next: "Did you mean no-delay?" });
    expect(failing(allow("nothing-like-it", NAME))).toMatchObject({ code: "LPCTL_CHECK_UNKNOWN" });
    expect(failing(allow("storage-layout", NAME))).toMatchObject({ code: "LPCTL_POLICY_CANNOT_ALLOW" });
    for (const code of ["simulation-reverted", "implementation-code-differs", "intent-misleads"]) {
      expect(failing(allow(code, NAME))).toMatchObject({ code: "LPCTL_POLICY_CANNOT_ALLOW", exit: 2 });
    }
  });
});
