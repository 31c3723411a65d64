import { AbiCoder, concat, getAddress, Interface, keccak256, toBeHex, zeroPadValue } from "ethers";
import { beforeAll, describe, expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { parsePublishedClaims } from "../../../src/fork/claim/published-claims.ts";
import { encodeClaim } from "../../../src/fork/loading/claim-calls.ts";
import { CLAIM_TYPES, ClaimTree, type ClaimRow } from "../../../src/fork/loading/claims-file.ts";
import { encodeChunks, RECORDS_IN_CHUNK, whyNoChunks } from "../../../src/fork/loading/delegator-chunks.ts";
import { DelegatorWords, whyNoRecord, type DelegatorRow } from "../../../src/fork/loading/delegator-record.ts";
import { encodeTypedLoads } from "../../../src/fork/loading/typed-records.ts";
import { sortWords, withoutWords } from "../../../src/fork/loading/split-words.ts";
import { parseForkFile } from "../../../src/fork/parse-fork-file.ts";
import { claimFormat } from "../../../src/migration/merkle/claim.ts";
import { buildLeafTree, verifyLeaf } from "../../../src/migration/merkle/leaf-tree.ts";
import { standardFormat } from "../../../src/migration/merkle/standard.ts";
import { formatStandardFile, parseStandardFile } from "../../../src/migration/merkle/standard-file.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../../src/protocol/hex.ts";
import { createKeccakInto } from "../../../src/protocol/keccak-into.ts";

const [FIRST, SECOND]: [Address, Address] = [`0x${"d1".repeat(20)}`, `0x${"D2".repeat(20)}`];

function rowOf(index: number, changed: Partial<DelegatorRow> = {}): DelegatorRow {
  const account: Address = `0x${(0x1000_0000 - index).toString(16).padStart(40, "0")}`;
  return { account, delegate: index % 2 === 0 ? FIRST : SECOND, bondedWei: 10n ** 18n + BigInt(index), feesWei: BigInt(index % 3), startRound: 5n, lastClaimRound: 7n, nextLockId: BigInt(index % 4), ...changed };
}

/** The record as the contract reads it. */
function recordOf({ account, bondedWei, feesWei, startRound, lastClaimRound, nextLockId }: DelegatorRow, place: number): string {
  return concat([account, toBeHex(bondedWei, 12), toBeHex(feesWei, 12), toBeHex(startRound, 5), toBeHex(lastClaimRound, 5), toBeHex(nextLockId, 4), toBeHex(place, 4)]);
}

describe("records of delegators", () => {
  test.each([
    ["others delegate to it", { delegatedWei: 1n }],
    ["it delegates to itself", { delegate: rowOf(1).account }],
    ["it has more than a record can hold", { bondedWei: 1n << 96n }],
    ["it has more than a record can hold", { feesWei: 1n << 96n }],
    ["its rounds or locks are higher than a record can hold", { startRound: 1n << 40n }],
    ["its rounds or locks are higher than a record can hold", { nextLockId: 1n << 32n }],
    [undefined, { bondedWei: (1n << 96n) - 1n, feesWei: (1n << 96n) - 1n, startRound: (1n << 40n) - 1n, nextLockId: (1n << 32n) - 1n }],
  ])("hold no delegator of whom is said: %s", (why, changed) => {
    expect(whyNoRecord({ ...rowOf(1), delegatedWei: 0n, ...changed })).toBe(why);
  });

  test("become the words of a mapping at slot 3, and none that is zero", async () => {
    const row = rowOf(4, { feesWei: 0n, nextLockId: 0n });
    const { slots, values, count } = new DelegatorWords(await createKeccakInto()).of([row]);
    const base = BigInt(keccak256(concat([zeroPadValue(row.account, 32), toBeHex(3, 32)])));
    const expected = ([[0n, row.bondedWei], [2n, BigInt(FIRST)], [4n, 5n], [5n, 7n]] as const).map(([offset, word]) => [toBeHex(base + offset, 32), toBeHex(word, 32)]);
    const hexAt = (bytes: Uint8Array, index: number): string => `0x${Buffer.from(bytes.subarray(32 * index, 32 * index + 32)).toString("hex")}`;
    expect(Array.from({ length: count }, (_, index) => [hexAt(slots, index), hexAt(values, index)])).toEqual(expected);
  });
});

test("a typed load is the call that the contract has, with each delegate named once", async () => {
  const rows = [rowOf(0), rowOf(1), rowOf(2), rowOf(3, { delegate: ZERO_ADDRESS }), rowOf(4)];
  const loads = await encodeTypedLoads(rows, 4);
  expect(loads.map(({ accounts }) => accounts)).toEqual([4, 1]);
  const [delegates, records] = new Interface(["function loadDelegators(address[] delegates, bytes records)"]).decodeFunctionData("loadDelegators", loads[0]?.data ?? "0x");
  expect([...(delegates as string[])].map((each) => each.toLowerCase())).toEqual([FIRST, SECOND.toLowerCase()]);
  expect(records).toBe(concat(rows.slice(0, 4).map((row, index) => recordOf(row, [1, 2, 1, 0][index] ?? 0))));
  // Amount, start, claim; delegate but of one; fees of two, locks of three.
  expect(loads[0]?.created).toBe(4 * 3 + 3 + 2 + 3);
});

describe("chunks", () => {
  test("are ascending by account, as long as a contract can be, and promised with the hash that it comes to", async () => {
    const rows = Array.from({ length: RECORDS_IN_CHUNK + 2 }, (_, index) => rowOf(index));
    const { delegateList, chunks, promisedHash } = await encodeChunks(rows);
    const sorted = rows.toReversed();
    expect(delegateList).toBe(`0x${[sorted[0]?.delegate, sorted[1]?.delegate].map((each) => each?.slice(2).toLowerCase()).join("")}`);
    expect(chunks.map((chunk) => chunk.length)).toEqual([2 + 2 * 62 * RECORDS_IN_CHUNK, 2 + 2 * 62 * 2]);
    expect(chunks.map((chunk) => chunk.slice(2, 42))).toEqual([sorted[0], sorted[RECORDS_IN_CHUNK]].map((row) => row?.account.slice(2)));
    const hashed = chunks.reduce((hash, chunk) => keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "bytes32"], [hash, keccak256(chunk)])), keccak256(delegateList));
    expect(promisedHash).toBe(hashed);
  });

  test("do not hold more delegates than the code of one contract", async () => {
    const rows = Array.from({ length: 1_229 }, (_, index) => rowOf(index, { delegate: `0x${(0xd000 + index).toString(16).padStart(40, "0")}` }));
    expect(whyNoChunks(rows)).toBe("1229 delegates are more than the 1228 that fit");
    expect(whyNoChunks(rows.slice(1))).toBeUndefined();
    await expect(encodeChunks(rows)).rejects.toThrow(RangeError);
  });
});

describe("claims", () => {
  const domain = { chainId: 1n, claimContract: `0x${"c1".repeat(20)}` as Hex, snapshotId: `0x${"5a".repeat(32)}` as Hex };
  const rows = Array.from({ length: 9 }, (_, index): ClaimRow => ({ account: rowOf(index).account, delegate: FIRST, stakeWei: 100n, tokensWei: BigInt(index), feesWei: 3n }));
  let tree: ClaimTree;
  beforeAll(async () => {
    tree = await ClaimTree.build(domain, rows);
  });

  test("add up to what the contract must have", () => {
    expect([tree.tokensWei, tree.feesWei]).toEqual([936n, 27n]);
  });

  test("are found by account, with a proof that leads to the root", async () => {
    const [claim, ...more] = tree.claimsOf(rowOf(5).account);
    expect(more).toEqual([]);
    expect(claim?.entry).toEqual([5, rowOf(5).account, FIRST, 100n, 5n, 3n]);
    const [index = 0, ...row] = claim?.entry ?? [];
    const format = claimFormat(domain, ["address", "uint256", "uint256", "uint256"]);
    expect(await verifyLeaf(format, { row, index: Number(index), proof: claim?.proof ?? [], root: tree.root })).toBe(true);
    expect(tree.claimsOf(FIRST)).toEqual([]);
  });

  test("are published in a file whose tree is the same", async () => {
    expect((await parseStandardFile([...tree.file()].join(""))).tree.root).toBe(tree.root);
  });

  test("are found again in that file by who claims, with contract, chain and snapshot", async () => {
    const { tree: read, ...about } = await parsePublishedClaims([...tree.file()].join(""));
    expect(about).toEqual({ chainId: 1n, contract: getAddress(domain.claimContract), snapshotId: domain.snapshotId });
    expect(read.root).toBe(tree.root);
    const [claim] = read.claimsOf(rowOf(5).account);
    expect(claim?.proof).toEqual(tree.claimsOf(rowOf(5).account)[0]?.proof);
    expect(claim?.entry.slice(3)).toEqual([100n, 5n, 3n]);
  });

  test.each([
    ["no claims at all", standardFormat(["address", "uint256"]), [[FIRST, 5n]], /Its rows are \(address, uint256\), and those of claims are/],
    ["rows that are not numbered", standardFormat(CLAIM_TYPES), [[1n, FIRST, domain.snapshotId, 3n, SECOND, FIRST, 1n, 0n, 0n]], /not numbered from 0 on/],
    ["rows of two contracts", standardFormat(CLAIM_TYPES), [[1n, FIRST, domain.snapshotId, 0n, SECOND, FIRST, 1n, 0n, 0n], [1n, SECOND, domain.snapshotId, 1n, FIRST, SECOND, 1n, 0n, 0n]], /not all of one contract/],
  ])("are refused from a file with %s", async (_, format, others, why) => {
    const text = [...formatStandardFile(format, await buildLeafTree(format, others), others)].join("");
    await expect(parsePublishedClaims(text)).rejects.toMatchObject({ code: "LPCTL_MERKLE_FILE_INVALID", why: expect.stringMatching(why) as unknown });
  });

  test("are called as the contract has it, with the choice of the account", () => {
    const [claim] = tree.claimsOf(rowOf(5).account);
    if (claim === undefined) throw new Error("the account is in the tree");
    const contract = new Interface(["function claim((uint256,address,address,uint256,uint256,uint256) entry, bytes32[] proof, (address,address) choice, address[4] hints)"]);
    const [entry, proof, choice] = contract.decodeFunctionData("claim", encodeClaim(claim, { delegate: SECOND })).toArray(true) as [unknown[], string[], string[]];
    expect([entry.slice(3), proof, choice]).toEqual([[100n, 5n, 3n], claim.proof, [getAddress(SECOND.toLowerCase()), ZERO_ADDRESS]]);
  });
});

describe("words without those of the tail", () => {
  const wordsOf = (...numbers: readonly number[]) => ({
    slots: Uint8Array.from(numbers.flatMap((number) => [...Array.from({ length: 31 }, () => 0), number])),
    values: Uint8Array.from(numbers.flatMap((number) => [...Array.from({ length: 31 }, () => 0), number + 100])),
    count: numbers.length,
  });

  test("are all others, in their order", () => {
    expect(withoutWords(wordsOf(1, 2, 5, 7, 9), sortWords(wordsOf(9, 2, 5)))).toEqual(wordsOf(1, 7));
  });

  test("are refused where one of the tail is not among them, or is another", () => {
    expect(() => withoutWords(wordsOf(1, 2, 5), wordsOf(3))).toThrow(RangeError);
    expect(() => withoutWords(wordsOf(1, 2, 5), { ...wordsOf(2), values: wordsOf(3).values })).toThrow(RangeError);
    expect(() => withoutWords(wordsOf(1, 2), wordsOf(1, 2, 3))).toThrow(RangeError);
  });
});

describe("the fork file", () => {
  const text = (loading: string): string => `schema: 1\nchainId: 1\nsnapshot: { folder: s, identity: "0x${"ab".repeat(32)}" }\ngovernance: { owner: "0x${"ab".repeat(20)}" }\n${loading}`;

  test("says how the long tail is loaded", () => {
    expect(parseForkFile(text("loading: { method: chunks, below: 100.5 }"), "fork.yaml").file.loading).toEqual({ method: "chunks", belowWei: 1005n * 10n ** 17n });
    expect(parseForkFile(text("loading: { method: typed }"), "fork.yaml").file.loading).toEqual({ method: "typed", belowWei: undefined });
    expect(parseForkFile(text(""), "fork.yaml").file.loading).toBeUndefined();
  });

  test("says for how long claims are reviewed and open, and who gets what is left; the owner unless said", () => {
    const week = 7n * 86_400n;
    const owner = getAddress(`0x${"ab".repeat(20)}`);
    expect(parseForkFile(text("loading: { method: claims }"), "fork.yaml").file.loading).toEqual({ method: "claims", belowWei: undefined, claims: { reviewSeconds: week, openSeconds: 365n * 86_400n, remainderTo: owner } });
    const said = `loading: { method: claims, below: 5, review: 2 weeks, openFor: 90 days, remainderTo: "${FIRST}" }`;
    expect(parseForkFile(text(said), "fork.yaml").file.loading).toEqual({ method: "claims", belowWei: 5n * 10n ** 18n, claims: { reviewSeconds: 2n * week, openSeconds: 90n * 86_400n, remainderTo: getAddress(FIRST) } });
  });

  test.each([
    ["loading: { method: lazy }", "fork.yaml:5:20 loading.method: not one of raw, typed, chunks, claims"],
    ["loading: { method: chunks, review: 1 day }", "fork.yaml:5:36 loading.review: nobody claims anything with the method chunks"],
    ["loading: { method: claims, review: soon }", 'loading.review: "soon" is not a length of time'],
    ["loading: { method: claims, review: 101 years }", "loading.review: longer than 100 years"],
    ["loading: { method: claims, openFor: 0 }", "loading.openFor: no time to claim in"],
    [`loading: { method: claims, remainderTo: "0x${"0".repeat(40)}" }`, "loading.remainderTo: nobody: what is not claimed would be lost"],
    ["loading: { below: 5 }", "loading.method is missing"],
    ["loading: { method: typed, below: much }", 'loading.below: "much"'],
    ["loading: { method: raw, below: 5 }", "loading.below: everything is loaded raw, whatever it is worth"],
    ["loading: { methods: raw }", 'Unknown key "methods". Did you mean "method"?'],
  ])("is refused with %s", (loading, complaint) => {
    const complain = (): string => {
      try {
        return JSON.stringify(parseForkFile(text(loading), "fork.yaml"));
      } catch (error) {
        return error instanceof LpctlError ? `${error.message}\n${error.why ?? ""}` : String(error);
      }
    };
    expect(complain()).toContain(complaint);
  });
});
