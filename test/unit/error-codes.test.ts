import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { collectErrors } from "../../scripts/error-texts.ts";

const say = (source: string): Record<string, [string, string]> =>
  Object.fromEntries([...collectErrors([source], () => true)].map(([code, { exits, messages }]) => [code, [[...exits].join(), [...messages].join(" / ")]]));

test("every code on the page of error codes has an exit code and a text", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/reference/errors.md"), "utf8");
  const rows = page.split("\n").filter((line) => line.startsWith("| `LPCTL_"));
  expect(rows.length).toBeGreaterThan(250);
  expect(rows.filter((row) => !/^\| `LPCTL_\w+` \| \d[\d, ]* \| \S.* \|$/.test(row))).toEqual([]);
});

test("what a code says is found where it is thrown, through functions that make errors, and with the right half of a condition", () => {
  expect(say('throw new LpctlError({ code: "LPCTL_A_ONE", exit: Exit.usage, message: `No ${names.map((n) => `"${n}"`).join(", ")} in "x" /* } */`, next: "try" });')).toEqual({ LPCTL_A_ONE: ["2", 'No … in "x" /* } */'] });
  expect(say('function bad(code: ErrorCode, message: string, why?: string) { return new LpctlError({ code, exit: Exit.refused, message, why }); }\nthrow bad("LPCTL_A_TWO", short ? "It is short" : `It is ${long}`, "why");')).toEqual({ LPCTL_A_TWO: ["3", "It is short / It is …"] });
  expect(say('throw new LpctlError({ code: gone ? "LPCTL_A_GONE" : "LPCTL_A_BAD", exit: Exit.failed, message: gone ? "It is gone" : "It is bad" });')).toEqual({ LPCTL_A_GONE: ["1", "It is gone"], LPCTL_A_BAD: ["1", "It is bad"] });
  expect(say('function lost(message: string) { return new LpctlError({ code: "LPCTL_A_LOST", exit: Exit.network, message }); }\nthrow lost("Nobody " + "answers");\nif (/[(\'"`]/.test(x)) throw lost("Silence");')).toEqual({ LPCTL_A_LOST: ["6", "Nobody answers / Silence"] });
  expect(say('if (error.code === "LPCTL_A_OTHER") return undefined; // new LpctlError({ code: "LPCTL_A_COMMENT" })')).toEqual({ LPCTL_A_OTHER: ["", ""] });
});
