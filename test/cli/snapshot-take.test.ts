/** `snapshot take` by the real binary, on a local chain of its own. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openTerminal } from "../tty/terminal.ts";
import { startLocalChain, type LocalChain } from "./local-chain.ts";
import { expectDocument } from "./result-schemas.ts";
import { runPath } from "./run-lpctl.ts";

let chain: LocalChain;

beforeAll(async () => {
  chain = await startLocalChain("safe", "warm");
});
afterAll(() => chain.stop());

const resultSchema = z.object({ id: z.string(), folder: z.string(), block: z.object({ number: z.string(), hash: z.string() }), resumed: z.boolean(), contracts: z.array(z.object({ name: z.string(), words: z.number(), found: z.array(z.unknown()) })) });

test("a snapshot is proven complete, written once, and the next command checks it", async () => {
  const taken = resultSchema.parse(expectDocument("snapshot take", await chain.run(["snapshot", "take", "--json"])));
  expect(taken.folder).toBe(`snapshots/local-${taken.block.number}`);
  expect(taken.resumed).toBe(false);
  // Whatever is on the chain is known by its layout and its events; nothing had to be listed by the node.
  expect(taken.contracts.filter(({ found }) => found.length > 0)).toEqual([]);
  expect(taken.contracts.map(({ name }) => name)).toEqual(expect.arrayContaining(["BondingManager", "Controller", "JobsManagerTarget", "LivepeerToken", "Safe"]));
  const names = readFileSync(join(chain.folder, taken.folder, "words.ndjson"), "utf8").trim().split("\n").map((line) => z.object({ name: z.string().optional() }).parse(JSON.parse(line)).name);
  expect(names.filter((name) => name === undefined)).toEqual([]);
  await chain.refuses(["snapshot", "take"], { exit: 2, code: "LPCTL_SNAPSHOT_EXISTS", says: /--out/ });

  const terminal = openTerminal([runPath, "snapshot", "take", "--out", "again"], { cwd: chain.folder });
  expect(await terminal.exitCode()).toBe(0);
  await terminal.see(`lpctl snapshot verify again --block-hash ${taken.block.hash}`.slice(0, 80));
  expect(terminal.screen()).toMatch(/Rebuild the storage roots: all \d+ are those of the block/);
  expect(terminal.screen()).toMatch(/complete: the storage roots of all \d+ contracts are made of these words and no others/);
  expect(terminal.screen()).toContain(`Identity  ${taken.id}`);
  for (const folder of ["again", "snapshots"]) rmSync(join(chain.folder, folder), { recursive: true });
});

test("a block that is not there, not final or no block is refused, and nothing is left of it", async () => {
  const before = readdirSync(join(chain.folder, ".lpctl"));
  await chain.refuses(["snapshot", "take", "--block", "twelve"], { exit: 2, code: "LPCTL_USAGE_NOT_A_BLOCK" });
  await chain.refuses(["snapshot", "take", "--log-range", "-3"], { exit: 2, code: "LPCTL_USAGE_NOT_A_NUMBER" }, { forms: "json" });
  await chain.refuses(["snapshot", "take", "--block", "9999999"], { exit: 6, code: "LPCTL_CHAIN_NO_BLOCK" }, { forms: "json" });
  await chain.refuses(["snapshot", "take", "--block", `0x${"12".repeat(32)}`], { exit: 6, code: "LPCTL_CHAIN_NO_BLOCK" }, { forms: "json" });
  await chain.refuses(["snapshot", "take", "--confirmations", "9999999"], { exit: 3, code: "LPCTL_SNAPSHOT_NOT_FINAL", says: /--confirmations/ });
  const head = await chain.rpc.blockNumber();
  await chain.refuses(["snapshot", "take", "--confirmations", "3", "--block", String(head)], { exit: 3, code: "LPCTL_SNAPSHOT_NOT_FINAL", says: `snapshot take --block ${head - 3n}` }, { forms: "json" });
  mkdirSync(join(chain.folder, "mine"));
  writeFileSync(join(chain.folder, "mine", "notes.txt"), "not a snapshot");
  await chain.refuses(["snapshot", "take", "--out", "mine"], { exit: 2, code: "LPCTL_SNAPSHOT_EXISTS", says: "It is not empty" }, { forms: "json" });
  expect(readdirSync(join(chain.folder, ".lpctl"))).toEqual(before);
});
