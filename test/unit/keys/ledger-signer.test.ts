import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { compareSigned } from "../../../src/chain/transaction.ts";
import { guardedSigner, type Incident } from "../../../src/keys/guarded-signer.ts";
import { openKey } from "../../../src/keys/open-key.ts";
import type { ExternalSigner } from "../../../src/keys/signer.ts";
import { hashSafeTransaction } from "../../../src/safe/transaction.ts";
import { refusalOf } from "../safe/local-safe.ts";
import { FakeLedger, type FakeLedgerBehaviour } from "./fake-ledger.ts";
import { ADDRESS, CHAIN_ID, GOOD, HASHES, KEY, OTHER_KEY, REQUEST, SAFE, TX } from "./typed-note.ts";

const PATH = "44'/60'/0'/0/0";
const UNSIGNED = { chainId: 31337n, nonce: 1n, to: ADDRESS, data: `0x${"ab".repeat(400)}`, valueWei: 0n, gasLimit: 100_000n, maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 1n } as const;
const folder = mkdtempSync(join(tmpdir(), "lpctl-ledger-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Plug-ins as people would write or install them; the device itself is in this process. */
writeFileSync(join(folder, "transport.mjs"), "export default () => globalThis.fakeLedger;\n");
writeFileSync(join(folder, "package.cjs"), "class T { static async create() { return new this(); } exchange(apdu) { return globalThis.fakeLedger.exchange(apdu); } }\nmodule.exports = { __esModule: true, default: T };\n");
writeFileSync(join(folder, "absent.mjs"), 'export default { create() { throw new Error("cannot open device with path 0001:0004"); } };\n');
writeFileSync(join(folder, "waits.mjs"), "export default { create: () => new Promise(() => undefined) };\n");
writeFileSync(join(folder, "nothing.mjs"), "export default 5;\n");

const said: string[] = [];
async function plugIn(behaviour: FakeLedgerBehaviour, transport = "./transport.mjs", timeoutSeconds = 20): Promise<{ device: FakeLedger; signer: ExternalSigner }> {
  said.length = 0;
  const device = new FakeLedger(behaviour);
  (globalThis as { fakeLedger?: FakeLedger }).fakeLedger = device;
  return { device, signer: await openKey({ ledger: { path: `m/${PATH}`, transport }, address: ADDRESS, folder, timeoutSeconds }, { say: (line) => said.push(line), openBrowser: undefined }) };
}

test.each(["./transport.mjs", "./package.cjs"])("signs the two hashes through %s, and says beforehand which the screen will show", async (transport) => {
  const connect = vi.spyOn(Socket.prototype, "connect");
  const { device, signer } = await plugIn({ key: KEY }, transport);
  expect(await signer.signTypedData(...REQUEST)).toBe(GOOD);
  expect(device.instructions).toEqual([0x06, 0x02, 0x0c]);
  expect(device.screen).toEqual([HASHES.domainHash, HASHES.messageHash]);
  expect(said.join("\n").replaceAll(" ", "")).toContain(HASHES.domainHash.replaceAll(" ", ""));
  expect(said.join("\n").replaceAll(" ", "")).toContain(HASHES.messageHash);
  expect(await signer.readAddresses()).toEqual([ADDRESS]);
  // Ledger's servers are asked for nothing.
  expect(connect).not.toHaveBeenCalled();
  connect.mockRestore();
});

test("puts v of 0 or 1 right, and lets the device go", async () => {
  const { device, signer } = await plugIn({ key: KEY, lowV: true });
  expect(await guardedSigner(signer, () => undefined).signTypedData(...REQUEST)).toBe(GOOD);
  expect(device.closed).toBe(1);
});

test("signs a transaction of several chunks", async () => {
  const { device, signer } = await plugIn({ key: KEY });
  expect(compareSigned(await signer.signTransaction(UNSIGNED), ADDRESS, UNSIGNED)).toHaveProperty("hash");
  expect(device.instructions.filter((each) => each === 0x04).length).toBeGreaterThan(1);
});

test.each<[what: string, behaviour: Partial<FakeLedgerBehaviour>, code: string]>([
  ["is refused by the person", { status: { 0x0c: 0x6985 } }, "LPCTL_KEYS_REFUSED"],
  ["is locked", { status: { 0x06: 0x5515 } }, "LPCTL_KEYS_DEVICE_LOCKED"],
  ["locks itself meanwhile", { status: { 0x0c: 0x5515 } }, "LPCTL_KEYS_DEVICE_LOCKED"],
  ["has no app open", { status: { 0x06: 0x6511 } }, "LPCTL_KEYS_DEVICE_NO_APP"],
  ["has an app that is too old", { status: { 0x0c: 0x6d00 } }, "LPCTL_KEYS_DEVICE_NO_APP"],
  ["does not allow blind signing", { status: { 0x0c: 0x6a80 } }, "LPCTL_KEYS_DEVICE_SETTINGS"],
  ["fails otherwise", { status: { 0x0c: 0x6f00 } }, "LPCTL_KEYS_DEVICE_FAILED"],
])("says so when the device %s", async (_what, behaviour, code) => {
  const { device, signer } = await plugIn({ key: KEY, ...behaviour });
  const incidents: Incident[] = [];
  expect(await refusalOf(() => guardedSigner(signer, (each) => void incidents.push(each)).signTypedData(...REQUEST))).toBe(code);
  expect(incidents).toEqual([]);
  expect(device.closed).toBe(1);
});

test("does not ask a device for a signature that has another key at the path", async () => {
  const { device, signer } = await plugIn({ key: OTHER_KEY });
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_OTHER_ADDRESS");
  expect(await refusalOf(() => signer.signTransaction(UNSIGNED))).toBe("LPCTL_KEYS_OTHER_ADDRESS");
  expect(device.instructions).not.toContain(0x0c);
  expect(device.instructions).not.toContain(0x04);
  const elsewhere = await plugIn({ key: KEY, path: "44'/60'/1'/0/0" });
  expect(await refusalOf(() => elsewhere.signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_OTHER_ADDRESS");
});

test.each<[what: string, behaviour: Partial<FakeLedgerBehaviour>, says: RegExp]>([
  ["another key", { signsWith: OTHER_KEY }, /either another key signed/],
  ["another hash", { signs: hashSafeTransaction(CHAIN_ID, SAFE, { ...TX, operation: 1 }).safeTxHash }, /signed the same transaction as a delegatecall/],
])("a device that signs with or over %s is an incident", async (_what, behaviour, says) => {
  const { signer } = await plugIn({ key: KEY, ...behaviour });
  const incidents: Incident[] = [];
  await expect(guardedSigner(signer, (each) => void incidents.push(each)).signTypedData(...REQUEST)).rejects.toMatchObject({ code: "LPCTL_KEYS_WRONG_SIGNATURE", message: expect.stringMatching(says) as string });
  expect(incidents).toMatchObject([{ safeTxHash: HASHES.safeTxHash }]);
});

test("a device that never answers is left after the deadline", async () => {
  const { device, signer } = await plugIn({ key: KEY, hangs: true }, "./transport.mjs", 1);
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_DEVICE_TIMEOUT");
  expect(device.closed).toBe(1);
});

test.each([
  ["@lpctl-test/no-such-transport", "LPCTL_KEYS_LEDGER_NOT_INSTALLED"],
  ["./absent.mjs", "LPCTL_KEYS_DEVICE_NOT_FOUND"],
  ["./nothing.mjs", "LPCTL_KEYS_LEDGER_NOT_INSTALLED"],
  ["./waits.mjs", "LPCTL_KEYS_DEVICE_TIMEOUT"],
])("with the transport %s it is %s", async (transport, code) => {
  const { signer } = await plugIn({ key: KEY }, transport, transport === "./waits.mjs" ? 1 : 20);
  const error: unknown = await signer.readAddresses().catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code });
  if (transport.startsWith("@")) expect(error).toMatchObject({ next: expect.stringMatching(/npm install @ledgerhq\/hw-app-eth @lpctl-test\/no-such-transport/) as string });
});
