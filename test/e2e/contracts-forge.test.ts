import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Both share what is compiled, so they run one after the other. Nothing but the first run after a change compiles. */
const LIMIT_MS = 5 * 60_000;

async function runContracts(verb: string): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [join(root, "scripts/contracts.ts"), verb], { cwd: root, timeout: LIMIT_MS });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  return { status, output };
}

describe("the contracts, tested by forge", () => {
  test("do what they say, and the tests reach 95 % of their lines", { timeout: LIMIT_MS }, async () => {
    const { status, output } = await runContracts("coverage");
    console.log(output);
    expect(status, output).toBe(0);
    expect(output).toMatch(/lines reached by tests, (9[5-9]|100)\./);
  });

  test("lose nothing and make nothing up in random lives", { timeout: LIMIT_MS }, async () => {
    const { status, output } = await runContracts("invariants");
    console.log(output);
    expect(status, output).toBe(0);
  });
});
