import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ZERO_HASH } from "../../../src/protocol/hex.ts";
import { checkTallyFile } from "../../../src/voting/tally/file/check-tally-file.ts";
import { compareInputs } from "../../../src/voting/tally/file/compare-inputs.ts";
import { loadTallyFile } from "../../../src/voting/tally/file/load-tally-file.ts";
import { checkReceipt, makeReceipt } from "../../../src/voting/tally/file/receipt.ts";
import { buildRowTree, verifyRowProof, type RowDomain } from "../../../src/voting/tally/file/row-tree.ts";
import { writeTallyFile } from "../../../src/voting/tally/file/write-tally-file.ts";
import type { TallyInput } from "../../../src/voting/tally/tally-input.ts";
import { tallyUnder } from "../../../src/voting/tally/tally-under.ts";
import { account, cast, stake, tallyInput } from "./tally-fixtures.ts";

const surroundings = { chainId: 1n, genesisHash: `0x${"9e".repeat(32)}` as const, header: {}, contracts: [{ role: "Poll", address: account("poll"), codeHash: ZERO_HASH }] };
const input: TallyInput = tallyInput(cast(["T", "for"], ["d", "against"], ["U", "for"], ["U", "unknown"]), [
  stake("T", { delegated: 1_000n, own: 700n, to: "T" }),
  stake("U", { delegated: 400n, own: 400n, to: "U" }),
  stake("d", { own: 300n, to: "T" }),
]);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lpctl-tally-file-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, mostInline?: number) => writeTallyFile(join(folder, name), input, tallyUnder("lip-16", input), surroundings, mostInline);

/** Whether the file is believed, or why not. */
async function verdict(name: string): Promise<string> {
  const path = join(folder, name);
  try {
    await checkTallyFile(path, await loadTallyFile(path));
    return "holds";
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as { why: string }).why}`;
  }
}

async function edit(name: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(folder, name), "utf8");
  expect(text).toContain(from);
  await writeFile(join(folder, name), text.replace(from, to));
}

describe.each([
  { kind: "in one file", mostInline: undefined },
  { kind: "with its lists beside it", mostInline: 3 },
])("a tally $kind", ({ mostInline }) => {
  test("is read as it was written, and holds", async () => {
    const written = await write("a.json", mostInline);
    expect(written.rowsPath === undefined).toBe(mostInline === undefined);
    const file = await loadTallyFile(written.path);
    expect(file.entries.rows).toEqual(tallyUnder("lip-16", input).rows);
    expect(file.entries.votes).toEqual(input.votes);
    expect([file.id, file.root]).toEqual([written.id, written.root]);
    expect(await verdict("a.json")).toBe("holds");
  });

  test("is the same to the byte when it is written again", async () => {
    const [first, second] = [await write("b.json", mostInline), await write("b2.json", mostInline)];
    expect([first.root, mostInline === undefined ? first.id : ""]).toEqual([second.root, mostInline === undefined ? second.id : ""]);
  });
});

describe("an edited tally is refused", () => {
  test("with another weight, naming the row", async () => {
    await write("c.json");
    await edit("c.json", '"effectiveWei": "700"', '"effectiveWei": "701"');
    expect(await verdict("c.json")).toMatch(new RegExp(`^LPCTL_TALLY_FILE_EDITED: row \\d, of ${account("T")}, differs in effectiveWei \\(701, not 700\\)`));
  });

  test("with another vote, naming the row", async () => {
    await write("d.json");
    await edit("d.json", '"choice": "against",\n        "logIndex"', '"choice": "for",\n        "logIndex"');
    expect(await verdict("d.json")).toContain(`of ${account("d")}, differs in choice`);
  });

  test("with another result", async () => {
    await write("e.json");
    await edit("e.json", '"outcome": "passed"', '"outcome": "rejected"');
    expect(await verdict("e.json")).toContain("its result is not what its rows add up to");
  });

  test("with another of what no row depends on", async () => {
    await write("f.json");
    await edit("f.json", '"role": "Poll"', '"role": "Pole"');
    expect(await verdict("f.json")).toContain("something other than the rows was changed");
  });

  test("with a line changed or missing beside it", async () => {
    const { rowsPath = "" } = await write("g.json", 3);
    await writeFile(rowsPath, (await readFile(rowsPath, "utf8")).replace("300", "301"));
    expect(await verdict("g.json")).toContain("LPCTL_TALLY_FILE_EDITED: its bytes do not have the hash");
    await rm(rowsPath);
    expect(await verdict("g.json")).toContain("LPCTL_TALLY_FILE_NOT_FOUND");
  });

  test("with a key given twice, or one that no tally has", async () => {
    await write("h.json");
    await edit("h.json", '"isFinal": true', '"isFinal": false, "isFinal": true');
    expect(await verdict("h.json")).toContain("LPCTL_TALLY_FILE_INVALID");
    await write("i.json");
    await edit("i.json", '"isFinal": true', '"isFinal": true, "isTrue": true');
    expect(await verdict("i.json")).toContain("LPCTL_TALLY_FILE_INVALID");
  });
});

describe("compared with what a chain says", () => {
  const compare = async (found: TallyInput): Promise<string> => {
    const { path } = await write("j.json");
    const file = await loadTallyFile(path);
    try {
      compareInputs(file, found, "the chain");
      return "equal";
    } catch (error) {
      return (error as { why: string }).why;
    }
  };

  test("the first row that differs is named", async () => {
    expect(await compare(input)).toBe("equal");
    const accounts = new Map([...input.accounts, stake("d", { own: 299n, to: "T" })]);
    expect(await compare({ ...input, accounts })).toContain(`of ${account("T")}, differs in deductionWei (300, not 299), effectiveWei (700, not 701)`);
    expect(await compare({ ...input, votes: input.votes.slice(1) })).toContain(`row 0 is about ${account("T")}, and should be about ${account("U")}`);
  });

  test("what no row shows is found as well", async () => {
    expect(await compare({ ...input, votes: input.votes.slice(0, 3) })).toContain(`the vote of ${account("U")}`);
    expect(await compare({ ...input, totalStakedWei: 1_001n })).toContain("the totals");
    expect(await compare({ ...input, vote: { ...input.vote, createdBlock: 2n } })).toContain("the vote is another one");
  });
});

describe("a receipt", () => {
  test("proves a row, and no other", async () => {
    const file = await loadTallyFile((await write("k.json")).path);
    const receipt = await makeReceipt(file, account("d"));
    await checkReceipt(receipt);
    for (const forged of [{ ...receipt, index: receipt.index + 1 }, { ...receipt, row: { ...receipt.row, effectiveWei: 1n } }, { ...receipt, domain: { ...receipt.domain, chainId: 2n } }, { ...receipt, root: ZERO_HASH }]) {
      await expect(checkReceipt(forged)).rejects.toMatchObject({ code: "LPCTL_TALLY_RECEIPT_FALSE" });
    }
  });

  test("is not made for somebody without a row", async () => {
    const file = await loadTallyFile((await write("l.json")).path);
    await expect(makeReceipt(file, account("x"))).rejects.toMatchObject({ code: "LPCTL_TALLY_NO_SUCH_VOTER" });
  });
});

test("every row of a tree of any size has a proof, at its place alone", async () => {
  const domain: RowDomain = { chainId: 1n, genesisHash: ZERO_HASH, vote: "v", blockHash: ZERO_HASH, rules: "lip-16" };
  const roots = new Set<string>();
  for (let size = 0; size <= 9; size++) {
    const voters = Array.from({ length: size }, (_, index) => `v${index}`);
    const { rows } = tallyUnder("lip-16", tallyInput(cast(...voters.map((name) => [name, "for"] as const)), voters.map((name) => stake(name, { own: 1n, delegated: 1n, to: name }))));
    const { root, proofOf } = await buildRowTree(domain, rows);
    roots.add(root);
    for (const [index, row] of rows.entries()) {
      expect(await verifyRowProof(domain, { row, index, proof: proofOf(index), root })).toBe(true);
      expect(await verifyRowProof(domain, { row, index: index + 1, proof: proofOf(index), root })).toBe(false);
    }
  }
  expect(roots.size).toBe(10);
});
