import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifyTypedData } from "ethers/hash";
import { afterAll, expect, test } from "vitest";
import { walletSigner } from "../../../src/keys/unlocked-key.ts";
import type { Hex } from "../../../src/protocol/hex.ts";
import { addAttestations, attestationsText, attestedBy, countAttestations, readAttestations, signAttestation } from "../../../src/snapshot/format/attest-snapshot.ts";
import { recoverSigner } from "../../../src/snapshot/format/attestations.ts";
import { loadSnapshot } from "../../../src/snapshot/format/load-snapshot.ts";
import { saveSnapshot } from "../../../src/snapshot/format/save-snapshot.ts";
import type { Attestation } from "../../../src/snapshot/format/snapshot.ts";
import { pseudoHash, smallState } from "./format-state.ts";

const folder = mkdtempSync(join(tmpdir(), "lpctl-attest-"));
afterAll(() => rmSync(folder, { recursive: true }));
const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => walletSigner(pseudoHash(name))) as [ReturnType<typeof walletSigner>, ReturnType<typeof walletSigner>, ReturnType<typeof walletSigner>];
const { state, proofs } = await smallState();
let made = 0;

async function fresh(more: Partial<typeof state> = {}): Promise<{ path: string; attested: ReturnType<typeof attestedBy> }> {
  const path = join(folder, `snapshot-${made++}`);
  await saveSnapshot(path, { ...state, ...more }, proofs, { tool: "lpctl test" });
  return { path, attested: attestedBy(await loadSnapshot(path)) };
}

test("an attestation is EIP-712 over chain, block and identity, as any wallet makes it", async () => {
  const { attested } = await fresh();
  const { signer, signature } = await signAttestation(attested, alice);
  const types = { SnapshotAttestation: [{ name: "chainId", type: "uint256" }, { name: "blockHash", type: "bytes32" }, { name: "identity", type: "bytes32" }] };
  expect(verifyTypedData({ name: "lpctl snapshot", version: "1" }, types, { chainId: 1, blockHash: state.block.hash, identity: attested.id }, signature)).toBe(alice.address);
  expect(signer).toBe(alice.address);
});

test("attestations of several operators are collected, in whatever order, each once", async () => {
  const [one, other] = [await fresh(), await fresh()];
  const all = await Promise.all([alice, bob, carol].map((signer) => signAttestation(one.attested, signer)));
  await addAttestations(one.path, one.attested, all);
  for (const attestation of all.toReversed()) await addAttestations(other.path, other.attested, [attestation]);
  expect(readFileSync(join(other.path, "attestations.json"), "utf8")).toBe(readFileSync(join(one.path, "attestations.json"), "utf8"));
  expect(await addAttestations(one.path, one.attested, [all[0] as Attestation, all[0] as Attestation])).toMatchObject({ added: [], attestations: { length: 3 } });
  const { attestations, id } = await loadSnapshot(one.path);
  expect(new Set(attestations.map(({ signer }) => signer))).toEqual(new Set([alice.address, bob.address, carol.address]));
  expect(id, "they are no part of the identity").toBe(one.attested.id);
});

test("operators who write at the same time lose nothing", async () => {
  const { path, attested } = await fresh();
  const signers = Array.from({ length: 8 }, (_, index) => walletSigner(pseudoHash(`operator ${index}`)));
  await Promise.all(signers.map(async (signer) => addAttestations(path, attested, [await signAttestation(attested, signer)])));
  expect((await loadSnapshot(path)).attestations).toHaveLength(8);
  expect(readdirSync(path).filter((entry) => /lock|tmp/.test(entry))).toEqual([]);
});

test("what an operator sends is read from a file, and from a folder of the same snapshot", async () => {
  const [mine, theirs] = [await fresh(), await fresh()];
  const attestation = await signAttestation(theirs.attested, bob);
  const file = join(folder, "bob.json");
  writeFileSync(file, attestationsText(theirs.attested, [attestation]));
  await addAttestations(theirs.path, theirs.attested, [attestation]);
  expect(await readAttestations(file, mine.attested)).toEqual([attestation]);
  expect(await readAttestations(theirs.path, mine.attested)).toEqual([attestation]);
  await expect(readAttestations(join(folder, "nobody.json"), mine.attested)).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_ATTESTATIONS_NOT_FOUND" });
});

test("an attestation of another snapshot counts nowhere else", async () => {
  const [mine, other] = [await fresh(), await fresh({ chainId: 5n })];
  const foreign = await signAttestation(other.attested, alice);
  const file = join(folder, "foreign.json");
  writeFileSync(file, attestationsText(other.attested, [foreign]));
  await expect(readAttestations(file, mine.attested), "as it was sent").rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_DIFFERENT" });
  writeFileSync(file, attestationsText(mine.attested, [foreign]));
  await expect(readAttestations(file, mine.attested), "with another head").rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_DIFFERENT", details: { signer: alice.address } });
  await expect(addAttestations(mine.path, mine.attested, [foreign])).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_DIFFERENT" });
  writeFileSync(join(mine.path, "attestations.json"), attestationsText(mine.attested, [foreign]));
  await expect(loadSnapshot(mine.path), "put into the folder by hand").rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_DIFFERENT" });
});

test("a signature in the name of somebody else, its twin, and one by nobody are none", async () => {
  const { path, attested } = await fresh();
  const { signature } = await signAttestation(attested, alice);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  const twin: Hex = `0x${signature.slice(2, 66)}${s.toString(16).padStart(64, "0")}${signature.endsWith("1b") ? "1c" : "1b"}`;
  const nobody: Hex = `0x${"00".repeat(64)}1b`;
  expect(recoverSigner(attested, signature)).toBe(alice.address);
  for (const bad of [twin, nobody, signature.slice(0, -2) as Hex, `${signature}00` as Hex, `0x${signature.slice(2, 130)}00` as Hex]) expect(recoverSigner(attested, bad), bad).toBeUndefined();
  for (const attestation of [{ signer: bob.address, signature }, { signer: alice.address, signature: twin }, { signer: "0x0000000000000000000000000000000000000000" as const, signature: nobody }]) {
    writeFileSync(join(path, "attestations.json"), attestationsText(attested, [attestation]));
    await expect(loadSnapshot(path)).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_DIFFERENT", details: { signer: attestation.signer } });
  }
  writeFileSync(join(path, "attestations.json"), attestationsText(attested, [{ signer: alice.address, signature }, { signer: alice.address, signature }]));
  await expect(loadSnapshot(path), "one person twice").rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_BROKEN" });
});

test("attestations behind a link are not read, and not written through it", async () => {
  const { path, attested } = await fresh();
  const outside = join(folder, "outside.json");
  writeFileSync(outside, "precious");
  symlinkSync(outside, join(path, "attestations.json"));
  await expect(addAttestations(path, attested, [await signAttestation(attested, alice)])).rejects.toMatchObject({ code: "LPCTL_SNAPSHOT_BROKEN" });
  expect(readFileSync(outside, "utf8")).toBe("precious");
});

test("a signer who answers with another key's signature is not believed", async () => {
  const { attested } = await fresh();
  await expect(signAttestation(attested, { ...alice, signTypedData: bob.signTypedData })).rejects.toMatchObject({ code: "LPCTL_KEYS_OTHER_ADDRESS" });
});

test("only those who are named count, each once", () => {
  const there = [alice, bob].map(({ address }) => ({ signer: address, signature: "0x" as const }));
  expect(countAttestations(there, { count: 2, signers: [alice.address, carol.address, alice.address] })).toEqual({ by: [alice.address], missing: 1, waitingFor: [carol.address] });
  expect(countAttestations(there, { count: 1, signers: [bob.address, carol.address] })).toMatchObject({ missing: 0 });
});
