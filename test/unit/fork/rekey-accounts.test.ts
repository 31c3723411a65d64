import fc from "fast-check";
import { expect, test } from "vitest";
import { ContractDraft } from "../../../src/fork/contract-draft.ts";
import { findBadMoves } from "../../../src/fork/moved-accounts.ts";
import { rekeyAccounts } from "../../../src/fork/rekey-accounts.ts";
import { remapAddresses } from "../../../src/fork/remap-addresses.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { EMPTY_TRIE } from "../../../src/snapshot/trie/trie-proof.ts";
import { ZERO_HASH } from "../../../src/protocol/hex.ts";
import { headerOf } from "../snapshot/format-state.ts";
import type { ProtocolState } from "../../../src/snapshot/state.ts";
import { openView, type ContractView } from "../../../src/snapshot/view/state-view.ts";
import { entry, MODEL, ModelStorage } from "../snapshot/keys-model.ts";
import { hexOf, material, people, some, write, type Some } from "../snapshot/keys-writes.ts";

const CONTRACT: Address = "0x00000000000000000000000000000000000C0DE1";
const [first, second, third] = people as [Address, Address, Address];
const NEW_FIRST: Address = hexOf((1n << 158n) + 5n, 40);
const NEW_SECOND: Address = hexOf((1n << 157n) + 5n, 40);

async function viewOf(words: ModelStorage["words"]): Promise<ContractView> {
  const account = { nonce: 1n, balanceWei: 0n, storageHash: EMPTY_TRIE, codeHash: ZERO_HASH };
  const state: ProtocolState = { chainId: 1n, block: headerOf(ZERO_HASH), controller: CONTRACT, contracts: [{ address: CONTRACT, name: "Model", layoutOf: "Model", account, code: "0x", words, writtenZeros: [] }], preimages: material };
  return (await openView(state, { layouts: new Map([["Model", MODEL]]), blockNumber: 1n })).contract("Model");
}

async function draftOf(storage: ModelStorage, moved: ReadonlyMap<Address, Address>): Promise<{ draft: ContractDraft; rekeyed: Awaited<ReturnType<typeof rekeyAccounts>> }> {
  const draft = new ContractDraft("Model", CONTRACT, storage.words);
  const whyOf = (old: Address): string => `${old} goes to ${moved.get(old) ?? ""}`;
  remapAddresses(draft, moved, () => undefined, whyOf);
  const keys = { ...material, addresses: [...people, ...moved.values()] };
  return { draft, rekeyed: await rekeyAccounts(await viewOf(storage.words), draft, moved, keys, whyOf) };
}

/** The same deeds by others. */
function byOthers(what: Some, moved: ReadonlyMap<Address, Address>): Some {
  return JSON.parse(
    JSON.stringify(what, (_, value: unknown) => (typeof value === "bigint" ? `bigint ${value}` : typeof value === "string" ? (moved.get(value as Address) ?? value) : value)),
    (_, value: unknown) => (typeof value === "string" && value.startsWith("bigint ") ? BigInt(value.slice(7)) : value),
  ) as Some;
}

test("whatever accounts have is where it would be if others had done what they did", async () => {
  const moved = new Map([
    [second, NEW_SECOND],
    [third, NEW_FIRST],
  ]);
  await fc.assert(
    fc.asyncProperty(some, async (what) => {
      const { storage } = write(what);
      const { draft, rekeyed } = await draftOf(storage, moved);
      const expected = write(byOthers(what, moved)).storage;
      expect(draft.words()).toEqual(expected.words);
      expect(rekeyed.unexplained).toBe(0);
      // Every word that is another has the name that it has there, or had before.
      const names = new Map([...storage.names, ...expected.names]);
      const unnamed = draft.overrides.filter(({ slot, name }) => !(names.get(slot) ?? []).some((each) => name?.toLowerCase().includes(each.split(".").at(-1)?.toLowerCase() ?? "?") === true));
      expect(unnamed).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

test("words are counted by whose they were, and what nothing explains is counted too", async () => {
  const storage = new ModelStorage();
  const at = entry(first, 1n);
  storage.set(at, 5n, "");
  storage.set(at + 1n, 1n, "");
  storage.set(entry(0n, at + 2n), 7n, "");
  storage.set(entry(second, entry(first, 2n)), 9n, "");
  storage.set(entry(first, entry(third, 2n)), 9n, "");
  storage.set(1n << 200n, 1n, "");
  const { draft, rekeyed } = await draftOf(storage, new Map([[first, NEW_FIRST]]));
  expect(rekeyed).toEqual({ byAccount: new Map([[first, 5]]), unexplained: 1 });
  expect(draft.overrides.length).toBe(10);
  const named = draft.overrides.filter(({ name }) => name?.toLowerCase() === `allowances[${third}][${NEW_FIRST}]`.toLowerCase());
  expect(named).toEqual([{ slot: hexOf(entry(NEW_FIRST, entry(third, 2n)), 64), name: expect.any(String) as string, before: ZERO_HASH, after: hexOf(9n, 64), why: `${first} goes to ${NEW_FIRST}` }]);
});

test("an account that has something already takes nobody else's place", async () => {
  const storage = new ModelStorage();
  storage.set(entry(first, 1n), 5n, "");
  storage.set(entry(second, entry(third, 2n)), 9n, "");
  await expect(draftOf(storage, new Map([[first, second]]))).rejects.toMatchObject({ code: "LPCTL_FORK_MOVE", why: expect.stringMatching(/has something in Model already: allowances\[/) as string });
});

test("a list of moves is wrong where somebody is twice in it, goes in a circle, or is excluded", () => {
  const [a, b, c] = people as [Address, Address, Address];
  const problemsOf = (moves: [Address, Address][], excluded: Address[] = []): string[] => findBadMoves(moves.map(([from, to]) => ({ from, to, reason: "why" })), excluded.map((account) => ({ account }))).map(({ index, key, problem }) => `${index}.${key} ${problem.replaceAll(/0x\w{40}/g, "X")}`);
  const zero: Hex = `0x${"0".repeat(40)}`;
  expect(problemsOf([[a, b]])).toEqual([]);
  expect(problemsOf([[a, b], [a, c]])).toEqual(["1.from X is there twice"]);
  expect(problemsOf([[a, c], [b, c]])).toEqual(["1.to X is there twice, and two accounts cannot become one"]);
  expect(problemsOf([[a, b], [b, a]])).toEqual(["0.to X goes to another account itself", "1.to X goes to another account itself"]);
  expect(problemsOf([[a, a]])).toEqual(["0.to X is where it is already"]);
  expect(problemsOf([[a, zero]])).toEqual(["0.to nobody has the zero address"]);
  expect(problemsOf([[a, b]], [a, b])).toEqual(["0.from X is excluded, too", "0.to X is excluded"]);
});
