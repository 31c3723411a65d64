import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../../../src/chain/anvil.ts";
import { receiptSchema } from "../../../../src/chain/rpc-schemas.ts";
import { hexSchema, type Address, type Hex } from "../../../../src/protocol/hex.ts";
import { blockFieldsSchema, type BlockFields } from "../../../../src/snapshot/trie/block-header.ts";
import type { RecordedState } from "../../../../src/simulation/witness/recorded-state.ts";
import { verifyRecordedState } from "../../../../src/simulation/witness/state-proof.ts";

const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const NOBODY: Address = "0x00000000000000000000000000000000000000Aa";
/** Its constructor writes 40 slots: slot n holds n + 1. */
const FORTY_SLOTS = "0x60005b806001018155600101806028116002575060016000f3";

const proofSchema = z.object({ accountProof: z.array(hexSchema), storageProof: z.array(z.object({ proof: z.array(hexSchema) })) });

let chain: Anvil;
let holder: Address;
let block: BlockFields;

beforeAll(async () => {
  chain = await startAnvil({ accounts: 3 });
  const [from] = await chain.rpc.request("eth_accounts", [], z.array(z.string()));
  const { contractAddress } = await chain.rpc.request("eth_sendTransactionSync", [{ from, data: FORTY_SLOTS }], receiptSchema);
  holder = contractAddress ?? NOBODY;
  block = await chain.rpc.request("eth_getBlockByNumber", ["latest", false], blockFieldsSchema);
});
afterAll(() => chain.stop());

async function proofOf(address: Address, slots: readonly Hex[]): Promise<Hex[]> {
  const proof = await chain.rpc.request("eth_getProof", [address, slots, "latest"], proofSchema);
  return [...proof.accountProof, ...proof.storageProof.flatMap((storage) => storage.proof)];
}

test("a record is accepted as it is, and refused with any part of it changed", async () => {
  const slots = [word(3), word(45)];
  const code = await chain.rpc.code(holder);
  const state: RecordedState = {
    chainId: 31337n,
    block,
    accounts: {
      [holder]: { balanceWei: 0n, nonce: 1n, code, storage: { [word(3)]: word(4), [word(45)]: word(0) } },
      [NOBODY]: { balanceWei: 0n, nonce: 0n, code: "0x", storage: {} },
    },
    blockHashes: {},
  };
  const proof = { stateRoot: block.stateRoot, nodes: [...new Set([...(await proofOf(holder, slots)), ...(await proofOf(NOBODY, []))])] };
  expect(() => verifyRecordedState(state, proof)).not.toThrow();
  const account = { balanceWei: 0n, nonce: 1n, code, storage: { [word(3)]: word(4) } };
  const changed = (parts: Partial<typeof account>): RecordedState => ({ ...state, accounts: { [holder]: { ...account, ...parts } } });
  for (const lie of [{ balanceWei: 1n }, { nonce: 2n }, { code: "0x00ff" as const }]) {
    expect(() => verifyRecordedState(changed(lie), proof)).toThrow(expect.objectContaining({ code: "LPCTL_STATE_DIFFERS", exit: 6, details: { address: holder, slot: null } }));
  }
  expect(() => verifyRecordedState(changed({ storage: { [word(3)]: word(5) } }), proof)).toThrow(expect.objectContaining({ code: "LPCTL_STATE_DIFFERS", details: { address: holder, slot: word(3) } }));
  expect(() => verifyRecordedState(changed({ storage: { [word(20)]: word(21) } }), proof)).toThrow(expect.objectContaining({ code: "LPCTL_STATE_DIFFERS" }));
  const otherRoot = { ...state, block: { ...block, stateRoot: word(1) } };
  expect(() => verifyRecordedState(otherRoot, { ...proof, stateRoot: word(1) })).toThrow(expect.objectContaining({ code: "LPCTL_STATE_HEADER_DIFFERS", exit: 6 }));
});
