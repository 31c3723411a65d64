import { describe, expect, test } from "vitest";
import { CHECKS } from "../../../src/checks/all-checks.ts";
import { findCheck } from "../../../src/checks/find-check.ts";
import { groupFindings } from "../../../src/checks/group-findings.ts";
import type { Finding } from "../../../src/finding.ts";

describe("a check", () => {
  test("is found by its name, and by the code of any finding it gives", () => {
    expect(findCheck("storage-layout").name).toBe("storage-layout");
    expect(findCheck("layout-variable-moved").name).toBe("storage-layout");
  });

  test("that is not there is answered with the nearest one, and with all of them", () => {
    const wrong = (name: string): unknown => {
      try {
        return findCheck(name);
      } catch (error) {
        return error;
      }
    };
    expect(wrong("storage-layuot")).toMatchObject({ code: "LPCTL_CHECK_UNKNOWN", exit: 2, next: "Did you mean storage-layout?" });
    expect(wrong("no-dely")).toMatchObject({ next: "Did you mean no-delay?" });
    expect(String((wrong("zzzzzz") as { why?: string }).why)).toContain("delay-given");
    expect((wrong("\u001b[31mred") as Error).message).not.toContain("\u001b");
  });
});

describe("findings by check", () => {
  test("show every check, its worst finding as its verdict, and what nobody claims at the end", () => {
    const findings: Finding[] = [
      { severity: "refuse", code: "layout-variable-moved", title: "moved" },
      { severity: "warning", code: "no-delay", title: "none" },
      { severity: "info", code: "abi-functions-added", title: "added" },
      { severity: "warning", code: "of-nobody", title: "other" },
    ];
    const groups = groupFindings(findings);
    const verdictOf = (name: string): string | undefined => groups.find(({ check }) => check === name)?.verdict;
    expect(groups).toHaveLength(CHECKS.length + 1);
    expect(verdictOf("storage-layout")).toBe("refused");
    expect(verdictOf("delay-given")).toBe("warned");
    expect(verdictOf("interface-stable")).toBe("passed");
    expect(verdictOf("funds-stay")).toBe("passed");
    expect(groups.at(-1)).toEqual({ check: "others", verdict: "warned", findings: [findings[3]] });
    expect(groups.flatMap((group) => group.findings)).toHaveLength(findings.length);
  });
});
