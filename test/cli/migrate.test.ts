import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startAnvil } from "../../src/chain/anvil.ts";
import { runLpctl, temporaryFolder } from "./run-lpctl.ts";

const PRINTS = 'console.log("\\u001b[31mred\\u001b]0;owned\\u0007"); console.table([1]);';

test("a script that prints and then waits for ever spoils no result, and ends with what happened", async () => {
  const anvil = await startAnvil({ accounts: 1 });
  onTestFinished(() => anvil.stop());
  const cwd = temporaryFolder();
  const key = { browser: true, address: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" };
  writeFileSync(join(cwd, "lpctl.yaml"), JSON.stringify({ schema: 1, networks: { local: { rpcUrl: anvil.url, chainId: 31337, keys: { dev: key } } } }));
  mkdirSync(join(cwd, "migrations"));
  const script = (number: number, text: string): void => writeFileSync(join(cwd, `migrations/00${number}-waits.mjs`), `${PRINTS}\n${text}`);
  script(1, "export default { title: 'Waits', prepare: () => new Promise(() => {}), operations: () => [] };");
  script(2, "await new Promise(() => {});");
  const run = (number: number, ...flags: string[]): ReturnType<typeof runLpctl> => runLpctl(["migrate", "run", String(number), "--dry-run", "--network", "local", "--key", "dev", ...flags], { cwd });
  const [inPrepare, atTheTop] = await Promise.all([run(1, "--json"), run(2)]);
  expect(inPrepare).toMatchObject({ exitCode: 1, stderr: "" });
  expect(JSON.parse(inPrepare.stdout)).toMatchObject({ ok: false, error: { code: "LPCTL_MIGRATE_SCRIPT_FAILED", cause: "prepare waits for something that can never come" } });
  expect(existsSync(join(cwd, "migrations/local")), "nothing is left of it").toBe(false);
  expect(atTheTop).toMatchObject({ exitCode: 1, stdout: "" });
  expect(atTheTop.stderr).toContain("it waits for something that can never come");
  expect(atTheTop.stderr).toContain("␛([31m)red␛(]0;owned)");
  expect(atTheTop.stderr).not.toContain("\u001b");
});
