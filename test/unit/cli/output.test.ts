import { describe, expect, test } from "vitest";
import { commandFirst } from "../../../src/cli/main.ts";
import { formatJson } from "../../../src/cli/output.ts";
import { colorLevel } from "../../../src/cli/style.ts";
import { formatTable } from "../../../src/cli/table.ts";
import { toLpctlError } from "../../../src/cli/to-lpctl-error.ts";
import { readEnvironment } from "../../../src/config/environment.ts";
import { Exit, LpctlError } from "../../../src/errors.ts";

describe("colour", () => {
  const terminal = { isTTY: true, getColorDepth: () => 24 };
  test.each([
    ["a terminal", terminal, {}, false, 3],
    ["a terminal of 16 colours", { isTTY: true, getColorDepth: () => 4 }, {}, false, 1],
    ["NO_COLOR", terminal, { NO_COLOR: "1" }, false, 0],
    ["an empty NO_COLOR", terminal, { NO_COLOR: "" }, false, 3],
    ["TERM=dumb", terminal, { TERM: "dumb" }, false, 0],
    ["--no-color", terminal, { FORCE_COLOR: "3" }, true, 0],
    ["a pipe", { isTTY: false }, {}, false, 0],
    ["FORCE_COLOR on a pipe", { isTTY: false }, { FORCE_COLOR: "2" }, false, 2],
    ["FORCE_COLOR=0", terminal, { FORCE_COLOR: "0" }, false, 0],
  ])("of %s", (_name, stream, env, flag, level) => {
    expect(colorLevel(stream, readEnvironment(env), flag)).toBe(level);
  });
});

describe("formatTable", () => {
  const rows = [{ name: "Controller", address: "0xF96D54E490317c557A967ABfA5d6e33006BE69b3" }, { name: "x\ty", address: "0x" }];
  const columns = [
    { header: "NAME", value: (row: (typeof rows)[number]) => row.name },
    { header: "ADDRESS", value: (row: (typeof rows)[number]) => row.address },
  ];
  test("is tab-separated when piped, and a value cannot break the columns", () => {
    expect(formatTable(rows, columns, false)).toBe("NAME\tADDRESS\nController\t0xF96D54E490317c557A967ABfA5d6e33006BE69b3\nx y\t0x");
  });
  test("is aligned on a terminal and cuts nothing", () => {
    expect(formatTable(rows, columns, true)).toBe("NAME        ADDRESS\nController  0xF96D54E490317c557A967ABfA5d6e33006BE69b3\nx y         0x");
  });
  test("puts what a narrow terminal has no room for below its row, still whole", () => {
    expect(formatTable(rows, columns, true, 54)).toBe(formatTable(rows, columns, true, 80));
    expect(formatTable(rows, columns, true, 53)).toBe("NAME\nController\n    ADDRESS\n      0xF96D54E490317c557A967ABfA5d6e33006BE69b3\nx y\n    ADDRESS  0x");
  });
});

test("JSON holds bigints as decimal strings", () => {
  expect(formatJson({ amountWei: 10n ** 30n })).toContain('"1000000000000000000000000000000"');
});

describe("errors of others", () => {
  const named = (name: string, parts: object = {}): Error => Object.assign(new Error("raw"), { name }, parts);
  test.each([
    ["a cancelled prompt", named("ExitPromptError"), "LPCTL_CANCELLED", Exit.cancelled],
    ["an aborted wait", named("AbortError"), "LPCTL_CANCELLED", Exit.cancelled],
    ["a full disk", named("Error", { code: "ENOSPC" }), "LPCTL_DISK_FULL", Exit.failed],
    ["a forbidden path", named("Error", { code: "EACCES", path: "/x" }), "LPCTL_FILE_NOT_ALLOWED", Exit.failed],
    ["a missing file", named("Error", { code: "ENOENT", path: "/x" }), "LPCTL_FILE_MISSING", Exit.usage],
    ["a refused connection", named("Error", { code: "ECONNREFUSED" }), "LPCTL_NETWORK_UNREACHABLE", Exit.network],
    ["an ethers argument error", named("TypeError", { code: "INVALID_ARGUMENT", shortMessage: "invalid address" }), "LPCTL_USAGE_BAD_VALUE", Exit.usage],
    ["an ethers revert", named("Error", { code: "CALL_EXCEPTION", shortMessage: "execution reverted" }), "LPCTL_CHAIN_REVERTED", Exit.reverted],
    ["data of another form", named("ZodError", { issues: [{ path: ["a", 0], message: "no" }] }), "LPCTL_DATA_UNEXPECTED", Exit.failed],
    ["anything else", named("RangeError"), "LPCTL_INTERNAL", Exit.failed],
    ["a thrown string", "oops", "LPCTL_INTERNAL", Exit.failed],
  ])("%s", (_what, thrown, code, exit) => {
    expect(toLpctlError(thrown)).toMatchObject({ code, exit });
  });
  test("an error of ours stays as it is", () => {
    const own = new LpctlError({ code: "LPCTL_TEST_X", exit: 3, message: "m" });
    expect(toLpctlError(own)).toBe(own);
  });
});

describe("flags before the command", () => {
  test.each([
    [["-n", "local", "params", "list"], ["params", "list", "-n", "local"]],
    [["--json", "params", "set", "--", "-1"], ["params", "set", "--json", "--", "-1"]],
    [["--help", "params"], ["--help", "params"]],
    [["params", "--json"], ["params", "--json"]],
    [["--json"], ["--json"]],
  ])("%j becomes %j", (typed, meant) => {
    expect(commandFirst(typed)).toEqual(meant);
  });
});
