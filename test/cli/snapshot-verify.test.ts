import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keccak256 } from "ethers/crypto";
import { computeAddress } from "ethers/transaction";
import { encryptKeystoreJsonSync } from "ethers/wallet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../src/chain/anvil.ts";
import { receiptSchema } from "../../src/chain/rpc-schemas.ts";
import { hexSchema, quantitySchema, type Address, type Hex } from "../../src/protocol/hex.ts";
import { saveSnapshot } from "../../src/snapshot/format/save-snapshot.ts";
import { blockFieldsSchema, type BlockFields } from "../../src/snapshot/trie/block-header.ts";
import { slotWordsOf, storageProofSchema } from "../../src/snapshot/trie/storage-root.ts";
import { expectDocument } from "./result-schemas.ts";
import { cleanEnvironment, documentOf, type Ran } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

const folder = mkdtempSync(join(tmpdir(), "lpctl-snapshot-verify-"));
const warm = createWarmLpctl();
const keys = { alice: `0x${"a1".repeat(32)}`, bob: `0x${"b0".repeat(32)}` } as const;
const [ALICE, BOB] = [computeAddress(keys.alice), computeAddress(keys.bob)];
/** Its constructor writes 40 slots: slot n holds n + 1. */
const FORTY_SLOTS = "0x60005b806001018155600101806028116002575060016000f3";

let chain: Anvil;
let block: BlockFields;
let id: Hex;

const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const run = (...args: string[]): Promise<Ran> => warm.run({ args, cwd: folder, env: cleanEnvironment(folder) });

/** Runs a command whose verdict is yes, or 5, and gives its result. */
async function result(exitCode: number, ...args: string[]): Promise<unknown> {
  const ran = await run(...args, "--json");
  const found = expectDocument(args.slice(0, 2).join(" "), ran);
  expect(ran.exitCode, ran.stdout).toBe(exitCode);
  return found;
}

async function refusal(...args: string[]): Promise<{ exitCode: number | null; code: string; message: string }> {
  const ran = await run(...args, "--json");
  expectDocument(args.slice(0, 2).join(" "), ran);
  const { error = {} } = documentOf(ran);
  return { exitCode: ran.exitCode, code: String(error["code"]), message: `${String(error["message"])}: ${String(error["cause"])}` };
}

beforeAll(async () => {
  chain = await startAnvil({ accounts: 1 });
  const [from] = await chain.rpc.request("eth_accounts", [], z.array(z.string()));
  const { contractAddress } = await chain.rpc.request("eth_sendTransactionSync", [{ from, data: FORTY_SLOTS }], receiptSchema);
  const address: Address = contractAddress ?? "0x";
  block = await chain.rpc.request("eth_getBlockByNumber", ["latest", false], blockFieldsSchema);
  const proof = await chain.rpc.request("eth_getProof", [address, [], "latest"], storageProofSchema.extend({ nonce: quantitySchema, balance: quantitySchema, codeHash: hexSchema, accountProof: z.array(hexSchema) }));
  const code = await chain.rpc.code(address);
  expect(proof.codeHash).toBe(keccak256(code));
  const words = slotWordsOf(Array.from({ length: 40 }, (_, slot): [Hex, Hex] => [word(slot), word(slot + 1)]));
  const account = { nonce: proof.nonce, balanceWei: proof.balance, storageHash: proof.storageHash, codeHash: proof.codeHash };
  const contract = { address, name: "Controller", layoutOf: undefined, account, code, words, writtenZeros: [] };
  const state = { chainId: 31337n, block, controller: address, contracts: [contract], preimages: { addresses: [], words: [] } };
  ({ id } = await saveSnapshot(join(folder, "snapshot"), state, new Map([[address, proof.accountProof]]), { tool: "lpctl test" }));
  // Another chain, as a snapshot of it would say.
  await saveSnapshot(join(folder, "foreign"), { ...state, chainId: 1n }, new Map([[address, proof.accountProof]]), { tool: "lpctl test" });
  for (const [name, key] of Object.entries(keys)) {
    writeFileSync(join(folder, `${name}.json`), encryptKeystoreJsonSync({ address: computeAddress(key), privateKey: key }, "word", { scrypt: { N: 2 ** 10 } }), { mode: 0o600 });
  }
  writeFileSync(join(folder, "password"), "word\n", { mode: 0o600 });
  writeFileSync(
    join(folder, "lpctl.yaml"),
    `schema: 1
networks:
  local:
    rpcUrl: ${chain.rpc.origin}
    chainId: 31337
    keys:
      alice: { keystore: ./alice.json, passwordFile: ./password }
      bob: { keystore: ./bob.json, passwordFile: ./password }
`,
  );
});
afterAll(async () => {
  await warm.stop();
  await chain.stop();
  rmSync(folder, { recursive: true });
});

test("a snapshot is proven without any network, and what was not compared is said", async () => {
  expect(await result(0, "snapshot", "verify", "snapshot")).toMatchObject({ verified: true, id, words: 40, blockHashCompared: false, attestedBy: [], required: null, differences: [] });
  expect(await result(0, "snapshot", "verify", "snapshot", "--block-hash", block.hash, "--identity", id)).toMatchObject({ verified: true, blockHashCompared: true });
  const ran = await run("snapshot", "verify", "snapshot");
  expect(ran.stdout).toContain(id);
  expect(ran.stdout).toMatch(/compare its hash with a node of yours/);
  expect((await run("snapshot", "verify", "snapshot", "--block-hash", block.hash)).stdout).not.toMatch(/compare its hash/);
});

test("another block, another identity and a changed folder are differences, and ill-formed hashes are no hashes", async () => {
  const other = word(7);
  expect(await refusal("snapshot", "verify", "snapshot", "--block-hash", other)).toMatchObject({ exitCode: 7, code: "LPCTL_SNAPSHOT_DIFFERENT", message: expect.stringContaining("another block") as string });
  expect(await refusal("snapshot", "verify", "snapshot", "--identity", other)).toMatchObject({ exitCode: 7, code: "LPCTL_SNAPSHOT_DIFFERENT", message: expect.stringContaining("another identity") as string });
  expect(await refusal("snapshot", "verify", "snapshot", "--block-hash", "0x12")).toMatchObject({ exitCode: 2, code: "LPCTL_USAGE_NOT_BYTES" });
  expect(await refusal("snapshot", "verify", "nowhere")).toMatchObject({ exitCode: 2, code: "LPCTL_SNAPSHOT_NOT_FOUND" });
  cpSync(join(folder, "snapshot"), join(folder, "edited"), { recursive: true });
  const manifest = join(folder, "edited/manifest.json");
  writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"name": "Controller"', '"name": "Minter"'));
  expect(await refusal("snapshot", "verify", "edited")).toMatchObject({ exitCode: 7, code: "LPCTL_SNAPSHOT_DIFFERENT", message: expect.stringContaining("changed after it was written") as string });
});

test("operators attest, one in the folder and one in a file, until enough of those who count have", async () => {
  const required = ["snapshot", "verify", "snapshot", "--require", "2", "--signer", ALICE, "--signer", BOB];
  expect(await result(5, ...required)).toMatchObject({ verified: true, required: { count: 2, by: [], waitingFor: [ALICE, BOB] } });

  const confirm = ["--confirm", id.slice(0, 10)];
  expect(await result(0, "snapshot", "attest", "snapshot", "--network", "local", "--key", "alice", ...confirm)).toEqual({ folder: "snapshot", id, path: null, signer: ALICE, added: [ALICE], attestedBy: [ALICE] });
  expect(await result(5, ...required)).toMatchObject({ required: { by: [ALICE], waitingFor: [BOB] } });
  expect((await run(...required)).stdout).toMatch(/waiting for one attestation more|waiting for 1 attestation more/);

  const offline = ["snapshot", "attest", "snapshot", "--block-hash", block.hash, "--key", "bob"];
  expect(await result(0, ...offline, ...confirm, "--output", "bob.attestation.json")).toMatchObject({ path: "bob.attestation.json", signer: BOB, added: [BOB] });
  expect(await result(5, ...required), "sent, and not collected").toMatchObject({ required: { by: [ALICE] } });
  expect(await result(0, "snapshot", "attest", "snapshot", "--collect", "bob.attestation.json")).toMatchObject({ signer: null, added: [BOB] });
  expect(await result(0, ...required)).toMatchObject({ verified: true, attestedBy: expect.arrayContaining([ALICE, BOB]) as string[], required: { waitingFor: [] } });
  expect(await result(0, "snapshot", "attest", "snapshot", "--collect", "bob.attestation.json"), "again").toMatchObject({ added: [] });
});

test("nobody attests to what is not proven, of another chain or block, or without having said so", async () => {
  cpSync(join(folder, "snapshot"), join(folder, "unsigned"), { recursive: true, filter: (path) => !path.endsWith("attestations.json") });
  const attest = ["snapshot", "attest", "unsigned", "--network", "local", "--key", "alice"];
  expect(await refusal(...attest)).toMatchObject({ exitCode: 2, code: "LPCTL_PROMPT_REFUSED" });
  expect(await refusal(...attest, "--confirm", "yes")).toMatchObject({ exitCode: 2, code: "LPCTL_PROMPT_CONFIRM_MISMATCH" });
  expect(await refusal(...attest, "--block-hash", word(7), "--confirm", id)).toMatchObject({ exitCode: 7, code: "LPCTL_SNAPSHOT_NOT_ATTESTED", message: expect.stringContaining("another block") as string });
  expect(await refusal("snapshot", "attest", "foreign", "--network", "local", "--key", "alice", "--confirm", id)).toMatchObject({ exitCode: 7, code: "LPCTL_SNAPSHOT_NOT_ATTESTED", message: expect.stringContaining("it is of chain 1") as string });
  expect(await refusal(...attest, "--confirmations", "64", "--confirm", id)).toMatchObject({ code: expect.stringMatching(/^LPCTL_SNAPSHOT_/) as string });
  expect(await refusal("snapshot", "attest", "foreign", "--collect", "bob.attestation.json")).toMatchObject({ exitCode: 7, code: "LPCTL_SNAPSHOT_DIFFERENT" });
  expect(await refusal("snapshot", "attest", "unsigned")).toMatchObject({ exitCode: 2 });
  expect(await refusal("snapshot", "verify", "unsigned", "--require", "2", "--signer", ALICE, "--signer", ALICE)).toMatchObject({ exitCode: 2, code: "LPCTL_USAGE_SIGNERS" });
  expect(await refusal("snapshot", "verify", "unsigned", "--require", "1")).toMatchObject({ exitCode: 2 });
  expect(existsSync(join(folder, "unsigned/attestations.json"))).toBe(false);
  expect(existsSync(join(folder, "foreign/attestations.json"))).toBe(false);
});
