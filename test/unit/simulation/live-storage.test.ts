import { afterAll, beforeAll, expect, test } from "vitest";
import { startAnvil, type Anvil } from "../../../src/chain/anvil.ts";
import type { Finding } from "../../../src/finding.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { compareCodeWithLayout } from "../../../src/simulation/live-storage/code-against-layout.ts";
import { judgeLayoutFindings } from "../../../src/simulation/live-storage/judge-layout-findings.ts";
import { readLiveStorage, type LiveStorage } from "../../../src/simulation/live-storage/live-storage.ts";
import { compileUnits } from "../../../src/solidity/compile.ts";
import type { CompiledUnit } from "../../../src/solidity/compiled-unit.ts";
import { layoutOfUnit } from "../../../src/solidity/layout-of-unit.ts";
import { deploy, encode, sendUnlocked } from "./fixture-contracts.ts";

const NAMES = { addressName: () => undefined, keyNames: new Map<Hex, string>() };

let anvil: Anvil;
let [before, after]: CompiledUnit[] = [];
let proxy: Address;

beforeAll(async () => {
  const targets = ["LiveOld", "LiveNew"].map((contract) => ({ source: "test/fixtures/contracts/LiveStorage.sol", contract }));
  [anvil, [before, after]] = await Promise.all([startAnvil({ accounts: 1 }), compileUnits({ root: process.cwd(), targets, cacheFolders: ["node_modules/.cache/lpctl-solc"] })]);
  proxy = await deploy(anvil.rpc, unit(before).artifact);
  await send("enter");
});
afterAll(() => anvil.stop());

function unit(compiled: CompiledUnit | undefined): CompiledUnit {
  if (compiled === undefined) throw new Error("nothing was compiled");
  return compiled;
}

function send(name: string, args: unknown[] = []): Promise<Hex> {
  return sendUnlocked(anvil.rpc, proxy, encode(unit(before).artifact, name, args));
}

function read(): Promise<LiveStorage> {
  const { rpc } = anvil;
  const keys = async (): Promise<Hex[]> => (await rpc.logs({ address: proxy, fromBlock: 0n, toBlock: "latest" })).flatMap(({ topics }) => topics.slice(1));
  return readLiveStorage({ rpc, proxy, contract: "Live", before: layoutOfUnit(unit(before)), after: layoutOfUnit(unit(after)), keys, names: NAMES });
}

const refusals = (findings: readonly Finding[]): string[] => findings.filter(({ severity }) => severity !== "info").map(({ code, title }) => `${code} ${/`([^`]+)`/.exec(title)?.[1] ?? ""}`);

test("free places that are really zero are said to be so, and what was not looked at too", async () => {
  const { findings, words } = await read();
  expect(refusals(findings)).toEqual([]);
  expect(findings).toMatchObject([{ severity: "info", code: "live-storage-read", detail: expect.stringContaining("of entries the entries under 1 known keys were looked at") }]);
  expect(words).toBeLessThan(20);
});

test("a refusal on the layout alone is cleared while nothing lies there, and shows the value once something does", async () => {
  const theory: Finding[] = [{ severity: "refuse", code: "layout-variable-renamed", title: "`former` is renamed to `latter`.", detail: "In slot 3." }];
  const layouts = { before: layoutOfUnit(unit(before)), after: layoutOfUnit(unit(after)) };
  expect(await judgeLayoutFindings(theory, { ...layouts, word: (await read()).word })).toMatchObject([
    { severity: "info", code: "layout-variable-renamed", title: "Harmless on this chain: `former` is renamed to `latter`." },
  ]);
  await send("setFormer", [77n]);
  expect(await judgeLayoutFindings(theory, { ...layouts, word: (await read()).word })).toMatchObject([
    { severity: "refuse", detail: "In slot 3. On chain: `former` (uint256) = 77." },
  ]);
});

test("a mapping is never cleared: its entries cannot be listed", async () => {
  const theory: Finding[] = [{ severity: "refuse", code: "layout-variable-deleted", title: "`entries` is deleted.", detail: "In slot 2." }];
  const [judged] = await judgeLayoutFindings(theory, { before: layoutOfUnit(unit(before)), after: layoutOfUnit(unit(after)), word: (await read()).word });
  expect(judged).toMatchObject({ severity: "refuse", detail: expect.stringContaining("`entries` is a mapping") });
});

test("dirt in packing holes, gaps, entries and lengths is found, and values that the new type does not have", async () => {
  await send("setMode", [7]);
  await send("soil");
  const [account] = await anvil.rpc.logs({ address: proxy, fromBlock: 0n, toBlock: "latest" });
  const key = `0x${account?.topics[1]?.slice(26) ?? ""}`;
  const { findings } = await read();
  expect(refusals(findings).map((text) => text.replace(/0x[0-9a-fA-F]{40}/, (found) => found.toLowerCase())).sort()).toEqual([
    "live-bytes-dirty fee",
    "live-bytes-dirty third",
    `live-bytes-dirty entries[${key}].extra`,
    "live-length-insane list",
    "live-value-out-of-range mode",
  ].sort());
  const dirty = findings.find(({ title }) => title.includes("`third`"));
  expect(dirty?.detail).toContain("uint256 in slot 7 would read 48879");
});

test("the code tells of slots that its source's layout leaves free", async () => {
  const layout = layoutOfUnit(unit(before));
  const code = await anvil.rpc.code(proxy);
  expect(await compareCodeWithLayout("Live", proxy, code, layout)).toMatchObject([
    { severity: "warning", code: "code-storage-beyond-layout", title: expect.stringContaining("writes a storage slot"), detail: expect.stringMatching(/^slot 7 as /) },
  ]);
  const [agrees] = await compareCodeWithLayout("Live", proxy, unit(after).artifact.runtimeBytecode, layoutOfUnit(unit(after)));
  expect(agrees?.code).toBe("code-storage-agrees");
});
