import { AbiCoder, keccak256 } from "ethers";
import { describe, expect, test } from "vitest";
import { governorInterface, hashUpdate } from "../../../src/authority/governor.ts";
import { ContractDraft, mergeWords, wordOf } from "../../../src/fork/contract-draft.ts";
import { planLoads } from "../../../src/fork/load-batches.ts";
import { remapAddresses } from "../../../src/fork/remap-addresses.ts";
import { mostInitWords, stateInit } from "../../../src/fork/state-init.ts";
import { executeCall, hashBatch, mintCall, stageCall, transferOwnershipCall } from "../../../src/fork/update-codec.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { slotWordsOf, storageRootOf } from "../../../src/snapshot/trie/storage-root.ts";

const OLD: Address = "0x1111111111111111111111111111111111111111";
const NEW: Address = "0x2222222222222222222222222222222222222222";
const PROXY: Address = "0x3333333333333333333333333333333333333333";

function words(...pairs: [bigint, bigint][]): ReturnType<typeof slotWordsOf> {
  return slotWordsOf(pairs.map(([slot, word]) => [wordOf(slot), wordOf(word)] as const));
}

describe("the words of a fork", () => {
  test("are those of the snapshot where nothing is declared, and a declared word can be taken back", async () => {
    const before = words([1n, 5n], [7n, 9n]);
    const draft = new ContractDraft("X", PROXY, before);
    draft.set(wordOf(7n), wordOf(10n), "a", "because");
    expect(draft.overrides).toEqual([{ slot: wordOf(7n), name: "a", before: wordOf(9n), after: wordOf(10n), why: "because" }]);
    draft.set(wordOf(7n), wordOf(9n), "a", "because");
    expect(draft.overrides).toEqual([]);
    expect(await storageRootOf(draft.words())).toBe(await storageRootOf(before));
  });

  test("are merged in order, and a word of zero takes a slot out", () => {
    const merged = mergeWords(words([1n, 5n], [7n, 9n], [8n, 2n]), [
      [wordOf(0n), wordOf(3n)],
      [wordOf(7n), wordOf(0n)],
      [wordOf(8n), wordOf(4n)],
      [wordOf(9n), wordOf(0n)],
    ]);
    expect(merged).toEqual(words([0n, 3n], [1n, 5n], [8n, 4n]));
  });

  test("have the new address wherever the old one stands, beside what else is in the word", () => {
    const packed = (BigInt(OLD) << 8n) | 1n;
    const draft = new ContractDraft("X", PROXY, words([1n, packed], [2n, BigInt(OLD)], [3n, BigInt(OLD) + 1n]));
    remapAddresses(draft, new Map([[OLD, NEW]]), () => "owner");
    expect(draft.overrides.map(({ slot, after }) => [BigInt(slot), BigInt(after)])).toEqual([
      [1n, (BigInt(NEW) << 8n) | 1n],
      [2n, BigInt(NEW)],
    ]);
  });

  test("are loaded where they are not there yet, and what a deployment left is cleared", () => {
    const [batch, ...others] = planLoads("X", PROXY, words([1n, 5n], [2n, 6n], [4n, 7n], [9n, 8n]), words([1n, 5n], [2n, 1n], [3n, 9n], [4n, 7n]), 30_000_000n);
    expect(others).toEqual([]);
    expect(batch).toMatchObject({ created: 1, changed: 3 });
    expect(batch?.data.slice(2 + 8 + 128)).toBe([2n, 6n, 3n, 0n, 4n, 7n, 9n, 8n].map((each) => wordOf(each).slice(2)).join(""));
  });

  test("are divided so that no transaction is above the cap", () => {
    const many = Array.from({ length: 3_000 }, (_, index): [bigint, bigint] => [BigInt(index + 1) << 128n, 2n ** 255n - BigInt(index)]);
    const batches = planLoads("X", PROXY, words(...many), words(), 1_000_000_000n);
    expect(batches.reduce((sum, { created }) => sum + created, 0)).toBe(3_000);
    for (const { gas, data } of batches) {
      // An estimate plus a quarter.
      expect(gas * 5n / 4n).toBeLessThan(16_777_216n);
      expect(data.length / 2).toBeLessThan(128_000);
    }
  });
});

describe("calls of a hundred thousand accounts", () => {
  const data = [mintCall(OLD, 5n), mintCall(NEW, 2n ** 200n), transferOwnershipCall(PROXY)];
  const update = { target: [PROXY, PROXY, PROXY], value: [0n, 0n, 0n], data, nonce: 7n };

  test("are encoded by hand as a general codec does it", () => {
    const batch = { target: PROXY, data, nonce: 7n };
    expect(stageCall(batch)).toBe(governorInterface.encodeFunctionData("stage", [update, 0n]));
    expect(executeCall(batch)).toBe(governorInterface.encodeFunctionData("execute", [update]));
    expect(hashBatch(batch)).toBe(hashUpdate(update));
    expect(data[0]).toBe(`${keccak256(Buffer.from("mint(address,uint256)")).slice(0, 10)}${AbiCoder.defaultAbiCoder().encode(["address", "uint256"], [OLD, 5n]).slice(2)}`);
  });
});

describe("creation code with words", () => {
  test("ends with the code and the records, as many as fit", () => {
    const code: Hex = `0x${"60".repeat(100)}`;
    const init = stateInit(code, words([1n, 5n]));
    expect(init.endsWith(`${code.slice(2)}${wordOf(1n).slice(2)}${wordOf(5n).slice(2)}`)).toBe(true);
    expect((init.length - 2) / 2).toBe(53 + 100 + 64);
    expect(mostInitWords(`0x${"60".repeat(24_576)}`)).toBe(383);
    expect(() => stateInit(code, words(...Array.from({ length: 501 }, (_, index): [bigint, bigint] => [BigInt(index + 1), 1n])))).toThrow(RangeError);
  });
});
