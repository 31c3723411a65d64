import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import type { Hex } from "../../../src/protocol/hex.ts";
import { identityOf } from "../../../src/snapshot/format/identity.ts";
import { loadSnapshot } from "../../../src/snapshot/format/load-snapshot.ts";
import { saveSnapshot } from "../../../src/snapshot/format/save-snapshot.ts";
import { verifySnapshot } from "../../../src/snapshot/format/verify-snapshot.ts";
import { wordTable } from "../../../src/snapshot/format/word-table.ts";
import { writeTable } from "../../../src/snapshot/format/write-table.ts";
import type { ContractState, ProtocolState } from "../../../src/snapshot/state.ts";
import type { SlotWords } from "../../../src/snapshot/trie/storage-root.ts";
import { headerOf, pseudoHash, smallState } from "./format-state.ts";

const folder = mkdtempSync(join(tmpdir(), "lpctl-bad-"));
afterAll(() => rmSync(folder, { recursive: true }));
const tool = "lpctl test";
const { state, proofs } = await smallState();
const good = join(folder, "good");
await saveSnapshot(good, state, proofs, { tool });
let copies = 0;

/** A copy of the good snapshot that something was done to. */
function spoilt(spoil: (path: string) => void | Promise<void>): Promise<string> {
  const path = join(folder, `bad-${copies++}`);
  cpSync(good, path, { recursive: true });
  return Promise.resolve(spoil(path)).then(() => path);
}

async function codeOf(path: string): Promise<{ code: string; why: string | undefined }> {
  try {
    await loadSnapshot(path);
  } catch (error) {
    if (error instanceof LpctlError) return { code: error.code, why: error.why };
    throw error;
  }
  return { code: "none", why: undefined };
}

interface Loose {
  [member: string]: unknown;
}

function editManifest(path: string, edit: (manifest: Loose & { contracts: Loose[]; block: Loose; preimages: Loose }) => void): void {
  const file = join(path, "manifest.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Parameters<typeof edit>[0];
  edit(manifest);
  writeFileSync(file, JSON.stringify(manifest));
}

/** Writes the words anew, as an editor would who knows the format. */
async function rewriteWords(path: string, change: (contracts: { address: Hex; words: SlotWords }[]) => void): Promise<void> {
  const contracts = state.contracts.map(({ address, words }) => ({ address, words: { slots: words.slots.slice(), values: words.values.slice(), count: words.count } }));
  change(contracts);
  rmSync(join(path, "words.parquet"));
  await writeTable(join(path, "words.parquet"), wordTable(contracts));
}

test.each<[string, RegExp, (path: string) => void | Promise<void>]>([
  ["a part that is missing", /missing/, (path) => rmSync(join(path, "words.parquet"))],
  ["proofs that are missing", /missing/, (path) => rmSync(join(path, "proofs"), { recursive: true })],
  ["a table that is cut off", /does not end/, (path) => truncateSync(join(path, "words.parquet"), 900)],
  ["a manifest that is cut off", /JSON/, (path) => truncateSync(join(path, "manifest.json"), 900)],
  ["an empty manifest", /JSON/, (path) => truncateSync(join(path, "manifest.json"), 0)],
  ["a member given twice", /given twice/, (path) => writeFileSync(join(path, "manifest.json"), readFileSync(join(path, "manifest.json"), "utf8").replace('"tool"', '"id": "0x", "tool"'))],
  ["an unknown member", /nrecognized/, (path) => editManifest(path, (manifest) => (manifest["files"] = ["../../../etc/passwd"]))],
  ["more words than there are", /66 rows instead of|words of its contracts/, (path) => editManifest(path, (manifest) => (manifest["words"] = 99_000_000))],
  ["more words than there can be", /contracts|words/, (path) => editManifest(path, (manifest) => (manifest["words"] = 1e15))],
  ["words below zero", /words/, (path) => editManifest(path, ({ contracts }) => Object.assign(contracts[0] ?? {}, { words: -1 }))],
  ["a hundred million words of one contract", /66 rows instead of 100000000/, (path) =>
    editManifest(path, (manifest) => {
      for (const contract of manifest.contracts) contract["words"] = 0;
      Object.assign(manifest.contracts[0] ?? {}, { words: 100_000_000 });
      manifest["words"] = 100_000_000;
    })],
  ["fewer contracts among the accounts than there are", /2 rows instead of 1/, (path) => editManifest(path, ({ preimages }) => (preimages["contracts"] = 1))],
  ["no number of pairs of keys", /preimages\.together/, (path) => editManifest(path, ({ preimages }) => delete preimages["together"])],
  ["a balance of 257 bits", /256 bits/, (path) => editManifest(path, ({ contracts }) => Object.assign(contracts[0] ?? {}, { balanceWei: String(2n ** 256n) }))],
  ["a block below zero", /256 bits/, (path) => editManifest(path, ({ block }) => (block["number"] = "-1"))],
  ["a name that a terminal obeys", /terminal/, (path) => editManifest(path, ({ contracts }) => Object.assign(contracts[0] ?? {}, { name: "\u001b]0;owned\u0007" }))],
  ["one name for two contracts", /one name/, (path) => editManifest(path, ({ contracts }) => Object.assign(contracts[0] ?? {}, { name: "Minter" }))],
  ["a code hash that leads out of the folder", /codeHash/, (path) => editManifest(path, ({ contracts }) => Object.assign(contracts[0] ?? {}, { codeHash: "../../../../../etc/hostname" }))],
  ["contracts in another order", /order of their addresses/, (path) => editManifest(path, ({ contracts }) => contracts.reverse())],
  ["a contract twice", /order of their addresses/, (path) => editManifest(path, ({ contracts }) => contracts.splice(1, 0, contracts[0] ?? {}))],
  ["a link in the place of a part", /link/, (path) => {
    rmSync(join(path, "words.parquet"));
    symlinkSync(join(good, "words.parquet"), join(path, "words.parquet"));
  }],
  ["a link to a device without end", /link/, (path) => {
    rmSync(join(path, "proofs/accounts.json"));
    symlinkSync("/dev/zero", join(path, "proofs/accounts.json"));
  }],
  ["a link in the place of a folder", /folder of the snapshot/, (path) => {
    renameSync(join(path, "headers"), join(path, "moved"));
    symlinkSync(join(path, "moved"), join(path, "headers"));
  }],
  ["a pipe that never says anything", /no file/, (path) => {
    rmSync(join(path, "proofs/accounts.json"));
    execFileSync("mkfifo", [join(path, "proofs/accounts.json")]);
  }],
  ["a folder in the place of a part", /no file|folder/, (path) => {
    rmSync(join(path, "words.parquet"));
    mkdirSync(join(path, "words.parquet"));
  }],
  ["a file of gigabytes", /more than the/, (path) => truncateSync(join(path, "headers/5264265.json"), 3_000_000_000)],
  ["a header whose number is none", /no number/, (path) => editHeader(path, { number: "0x" })],
  ["a header with half a byte", /no number, or not whole bytes/, (path) => editHeader(path, { miner: "0x123" })],
  ["a word that is zero", /zero/, (path) => rewriteWords(path, (contracts) => contracts[0]?.words.values.fill(0, 0, 32))],
  ["a word twice", /twice/, (path) => rewriteWords(path, (contracts) => contracts.find(({ words }) => words.count > 2)?.words.slots.copyWithin(32, 0, 32))],
  ["words in another order", /not in the order/, (path) => rewriteWords(path, (contracts) => contracts.find(({ words }) => words.count > 2)?.words.slots.fill(255, 0, 32))],
  ["words of another contract", /where .* is due/, (path) => rewriteWords(path, (contracts) => contracts.reverse())],
  ["proofs that are no bytes", /nodes/, (path) => writeFileSync(join(path, "proofs/accounts.json"), JSON.stringify({ nodes: ["0x1"] }))],
  ["attestations of an unknown form", /expected object/, (path) => writeFileSync(join(path, "attestations.json"), "[]")],
])("%s is refused", async (_, why, spoil) => {
  const found = await codeOf(await spoilt(spoil));
  expect(found).toEqual({ code: "LPCTL_SNAPSHOT_BROKEN", why: expect.stringMatching(why) as string });
});

function editHeader(path: string, change: Loose): void {
  const file = join(path, "headers/5264265.json");
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...change }));
}

test("a folder without a snapshot, and one of a newer lpctl, are told from a damaged one", async () => {
  expect(await codeOf(join(folder, "nowhere"))).toMatchObject({ code: "LPCTL_SNAPSHOT_NOT_FOUND" });
  expect(await codeOf(join(good, "manifest.json"))).toMatchObject({ code: "LPCTL_SNAPSHOT_NOT_FOUND" });
  const newer = await spoilt((path) => editManifest(path, (manifest) => Object.assign(manifest, { schema: 3, somethingNew: true })));
  expect(await codeOf(newer)).toEqual({ code: "LPCTL_SNAPSHOT_NEWER", why: "its schema is 3; this lpctl reads up to 1" });
});

test.each<[string, (path: string) => void | Promise<void>]>([
  ["a word", (path) => rewriteWords(path, (contracts) => contracts[0]?.words.values.fill(7, 31, 32))],
  ["a name", (path) => editManifest(path, ({ contracts }) => Object.assign(contracts[0] ?? {}, { name: "Other" }))],
  ["a layout", (path) => editManifest(path, ({ contracts }) => Object.assign(contracts[0] ?? {}, { layoutOf: "contracts/Other.sol:Other" }))],
  ["the chain", (path) => editManifest(path, (manifest) => (manifest["chainId"] = "42161"))],
  ["the controller", (path) => editManifest(path, (manifest) => (manifest["controller"] = "0x00000000000000000000000000000000000000aa"))],
  ["the identity itself", (path) => editManifest(path, (manifest) => (manifest["id"] = pseudoHash("another")))],
  ["the preimages", (path) => editManifest(path, ({ preimages }) => (preimages["words"] = 0))],
  ["the header", (path) => editHeader(path, { stateRoot: pseudoHash("another") })],
  ["the header's hash alone", (path) => editHeader(path, { hash: pseudoHash("another") })],
  ["the time", (path) => editManifest(path, ({ block }) => (block["timestampSeconds"] = "1"))],
])("whoever changes %s changes the snapshot", async (_, spoil) => {
  expect(await codeOf(await spoilt(spoil))).toMatchObject({ code: "LPCTL_SNAPSHOT_DIFFERENT" });
});

/** A forger who knows everything: the identity fits what they wrote, and only the chain does not. */
async function forge(change: (state: ProtocolState, first: ContractState) => ProtocolState): Promise<Awaited<ReturnType<typeof verifySnapshot>>> {
  const path = join(folder, `forged-${copies++}`);
  const first = state.contracts.find(({ name }) => name === "BondingManager");
  if (first === undefined) throw new Error("there is one");
  const forged = change(state, first);
  const { id } = await saveSnapshot(path, forged, proofs, { tool });
  expect(id).toBe(await identityOf(forged));
  return verifySnapshot(path, { blockHash: state.block.hash });
}

function replaced(whole: ProtocolState, contract: ContractState): ProtocolState {
  return { ...whole, contracts: whole.contracts.map((other) => (other.name === contract.name ? contract : other)) };
}

test("a forged word, one left out, another balance, code or header is found although the identity fits", async () => {
  const whats = async (change: Parameters<typeof forge>[0]): Promise<string[]> => (await forge(change)).differences.map(({ of, what }) => `${of}: ${what}`);
  const oneWei = (words: SlotWords): SlotWords => {
    const values = words.values.slice();
    values[63] = (values[63] ?? 0) ^ 1;
    return { ...words, values };
  };
  expect(await whats((whole) => whole)).toEqual([]);
  expect(await whats((whole, first) => replaced(whole, { ...first, words: oneWei(first.words) }))).toEqual([expect.stringMatching(/^BondingManager: its 60 words are not all/)]);
  expect(await whats((whole, first) => replaced(whole, { ...first, words: { slots: first.words.slots.subarray(32), values: first.words.values.subarray(32), count: 59 } }))).toEqual([expect.stringMatching(/^BondingManager: its 59 words/)]);
  expect(await whats((whole, first) => replaced(whole, { ...first, account: { ...first.account, balanceWei: 10n ** 24n } }))).toEqual(["BondingManager: its balance is another, in wei"]);
  expect(await whats((whole, first) => replaced(whole, { ...first, account: { ...first.account, storageHash: pseudoHash("root") } }))).toEqual(["BondingManager: its storage root is another", expect.stringContaining("60 words")]);
  expect(await whats((whole, first) => replaced(whole, { ...first, code: "0x6001600255" }))).toEqual(["BondingManager: its code is another"]);
  expect(await whats((whole, first) => replaced(whole, { ...first, writtenZeros: [pseudoHash("a zero")] }))).toEqual([expect.stringContaining("60 words")]);
  const elsewhere = await whats((whole) => ({ ...whole, block: headerOf(pseudoHash("a root of another chain")) }));
  expect(elsewhere[0]).toBe("snapshot: it is of another block");
  expect(elsewhere.filter((what) => what.endsWith("not proven against the header's state root"))).toHaveLength(3);
});

test("proofs of accounts cannot be left out", async () => {
  const path = join(folder, "without-proofs");
  await saveSnapshot(path, state, new Map(), { tool });
  const { differences, snapshot } = await verifySnapshot(path);
  expect(differences.map(({ what }) => what)).toEqual(Array.from({ length: 3 }, () => "its account is not proven against the header's state root"));
  expect(snapshot.proofs.size).toBe(0);
});

test("lines for people that are not what is in the snapshot are a difference", async () => {
  const edit = (change: (text: string) => string) => (path: string) => {
    const file = join(path, "words.ndjson");
    writeFileSync(file, change(readFileSync(file, "utf8")));
  };
  for (const change of [
    (text: string) => text.replace(/"word":"0x./, '"word":"0xf'),
    (text: string) => text.slice(text.indexOf("\n") + 1),
    (text: string) => `${text}${text}`,
    (text: string) => text.replace(/"contract":"\w+"/, '"contract":"Treasury"'),
  ]) {
    const { differences } = await verifySnapshot(await spoilt(edit(change)));
    expect(differences).toEqual([expect.objectContaining({ of: "snapshot", what: expect.stringMatching(/line \d+ of .*words\.ndjson is not what is in it/) as string })]);
  }
  const named = await spoilt(edit((text) => text.replace('"}', '","name":"owner of everything"}')));
  expect((await verifySnapshot(named)).differences, "a name proves nothing").toEqual([]);
  expect((await verifySnapshot(named, { nameOf: () => undefined })).differences).toHaveLength(1);
  expect((await verifySnapshot(await spoilt((path) => rmSync(join(path, "words.ndjson"))))).differences, "they need not be there").toEqual([]);
});
