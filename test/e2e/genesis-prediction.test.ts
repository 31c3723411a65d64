import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCreateAddress } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import { rpcAddressSchema } from "../../src/chain/rpc-schemas.ts";
import { predictGenesis } from "../../src/genesis/predict-genesis.ts";
import { hashPrediction, loadPrediction, savePrediction } from "../../src/genesis/prediction.ts";
import type { PlannedTransaction } from "../../src/genesis/transaction-plan.ts";
import { localAccounts } from "../../src/node/local-accounts.ts";
import { sendUnlocked } from "../../src/node/setup-sender.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { slotWordsOf, storageProofSchema, storageRootOf, type Zeros } from "../../src/snapshot/trie/storage-root.ts";
import { readWrittenZeros } from "../../src/snapshot/trie/written-zeros.ts";

const deployer = localAccounts().deployer.address;
let anvil: Anvil;
let folder: string;

beforeAll(async () => {
  [anvil, folder] = await Promise.all([startAnvil({}), mkdtemp(join(tmpdir(), "lpctl-prediction-"))]);
});
afterAll(async () => {
  await anvil?.stop();
  await rm(folder, { recursive: true, force: true });
});

function deployment(id: string, code: Hex): PlannedTransaction {
  return { id, title: `deploy ${id}`, to: null, data: code, valueWei: 0n };
}

/** Stores the block's number, its time, a tenth of its number, and 7. */
const CLOCKS: Hex = "0x" + ["43600055", "42600155", "600a4304600255", "6007600355", "60016000f3"].join("") as Hex;
const STOPS: Hex = "0x00";

function planOf(transactions: PlannedTransaction[], firstNonce = 0n): { from: Address; firstNonce: bigint; transactions: PlannedTransaction[] } {
  return { from: deployer, firstNonce, transactions };
}

function slot(index: number): Hex {
  return `0x${index.toString(16).padStart(64, "0")}`;
}

describe("predictGenesis", () => {
  it("finds by itself which words depend on the block, and on what of it", async () => {
    const { accounts } = await predictGenesis({ rpcUrl: anvil.url, plan: planOf([deployment("Clocks", CLOCKS)]), artifacts: [] });
    expect(accounts.map(({ address, created }) => ({ address, created }))).toEqual([{ address: getCreateAddress({ from: deployer, nonce: 0 }), created: true }]);
    expect(accounts[0]?.storage.map((word) => [word.slot, word.dependsOn])).toEqual([
      [slot(0), "block-number"],
      [slot(1), "block-time"],
      [slot(2), "block"],
      [slot(3), undefined],
    ]);
  });

  it("comes to the same hash in any block", async () => {
    const request = { rpcUrl: anvil.url, plan: planOf([deployment("Clocks", CLOCKS)]), artifacts: [] };
    const first = await predictGenesis(request);
    await anvil.rpc.request("anvil_mine", ["0x40"], z.unknown());
    const later = await predictGenesis(request);
    expect(later.block.number).toBe(first.block.number + 64n);
    expect(hashPrediction(later)).toBe(hashPrediction(first));
    expect(hashPrediction({ ...first, firstNonce: 1n })).not.toBe(hashPrediction(first));
  });

  it("keeps to blocks in which the plan still succeeds", async () => {
    const height = await anvil.rpc.blockNumber();
    // Reverts from some block on, as what must lie in the future does.
    const last = (height + 500n).toString(16).padStart(8, "0");
    const early = deployment("Early", `0x63${last}4310600e57600080fd5b4360005560016000f3` as Hex);
    const { apart, accounts } = await predictGenesis({ rpcUrl: anvil.url, plan: planOf([early]), artifacts: [] });
    expect(apart).toEqual({ blocks: 307n, seconds: 53n });
    expect(accounts[0]?.storage[0]?.dependsOn).toBe("block-number");
  });

  it("names the first transaction that would revert, and why", async () => {
    const reverts = deployment("Broken", "0x60006000fd");
    await expect(predictGenesis({ rpcUrl: anvil.url, plan: planOf([deployment("Stops", STOPS), reverts]), artifacts: [] })).rejects.toMatchObject({
      code: "LPCTL_GENESIS_WOULD_REVERT",
      message: "Transaction 2 of 2 would revert: deploy Broken (Broken)",
      why: "reverted without a reason",
    });
  });

  it("refuses a plan that begins at another nonce", async () => {
    await expect(predictGenesis({ rpcUrl: anvil.url, plan: planOf([deployment("Stops", STOPS)], 5n), artifacts: [] })).rejects.toMatchObject({ code: "LPCTL_GENESIS_NONCE_DIFFERS" });
  });

  it("sends nothing: the chain is as it was", async () => {
    expect(await anvil.rpc.nonce(deployer)).toBe(0n);
  });
});

describe("a prediction as a file", () => {
  it("comes back as it was saved, and says so when its state was edited or it was cut off", async () => {
    const path = join(folder, "prediction.json");
    const prediction = await predictGenesis({ rpcUrl: anvil.url, plan: planOf([deployment("Clocks", CLOCKS)]), artifacts: [] });
    await savePrediction(path, prediction);
    expect(await loadPrediction(path)).toEqual(prediction);
    const text = await readFile(path, "utf8");
    for (const broken of [text.replace(slot(7), slot(8)), text.slice(0, -40), text.replace('"created": true', '"created": false')]) {
      await writeFile(path, broken);
      await expect(loadPrediction(path)).rejects.toMatchObject({ code: "LPCTL_GENESIS_PREDICTION_INVALID" });
    }
    expect(await loadPrediction(join(folder, "absent.json"))).toBeUndefined();
  });
});

describe("storageRootOf", () => {
  it("is that of a node, word by word, and again when a word is gone", async () => {
    const { rpc } = anvil;
    // Stores the second word of the call in the slot that the first one names.
    const address = rpcAddressSchema.parse("0x00000000000000000000000000000000000000aa");
    await rpc.request("anvil_setCode", [address, "0x60203560003555"], z.unknown());
    const words = new Map<Hex, Hex>();
    const root = async (): Promise<Hex> => (await rpc.request("eth_getProof", [address, [], "latest"], storageProofSchema)).storageHash;
    const rebuilt = (zeros?: Zeros): Promise<Hex> => storageRootOf(slotWordsOf(words), zeros);
    expect(await rebuilt()).toBe("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
    let nonce = await rpc.nonce(deployer);
    for (let index = 0; index < 40; index++) {
      const [key, value] = [slot(index * 7), slot((index + 1) ** ((index % 9) + 1))];
      words.set(key, value);
      await sendUnlocked(rpc, deployer, nonce++, { to: address, data: `${key}${value.slice(2)}` as Hex, valueWei: 0n });
      expect(await rebuilt()).toBe(await root());
    }
    words.set(slot(14), slot(0));
    await sendUnlocked(rpc, deployer, nonce, { to: address, data: `${slot(14)}${slot(0).slice(2)}` as Hex, valueWei: 0n });
    // anvil keeps a leaf for the zero, which Ethereum drops.
    expect(await rebuilt("keep")).toBe(await root());
    const reset = (await readWrittenZeros(rpc)).get(address);
    expect(reset).toEqual([slot(14)]);
    expect(await rebuilt(reset)).toBe(await root());
    words.delete(slot(14));
    expect(await rebuilt()).not.toBe(await root());
    expect(await rebuilt(reset)).toBe(await root());
  });
});
