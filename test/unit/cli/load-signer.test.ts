import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSigner } from "../../../src/cli/key-flags.ts";
import type { Config } from "../../../src/config/config.ts";
import { readEnvironment } from "../../../src/config/environment.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import { resolveNetwork, type ResolvedNetwork } from "../../../src/config/resolve-network.ts";
import { refusalOf } from "../safe/local-safe.ts";
import { ADDRESS, GOOD, REQUEST } from "../keys/typed-note.ts";

const folder = mkdtempSync(join(tmpdir(), "lpctl-load-signer-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let config: Config;
let network: ResolvedNetwork;

beforeAll(async () => {
  writeFileSync(
    join(folder, "lpctl.yaml"),
    `schema: 1
networks:
  local:
    rpcUrl: http://127.0.0.1:1
    keys:
      signs: { command: [echo, "${GOOD}"], address: "${ADDRESS}" }
      sends: { command: ["false"], transactionCommand: ["false"], address: "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266" }
      device: { ledger: { path: "44'/60'/0'/0/0", transport: ./none.mjs }, address: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" }
      wallet: { browser: true, address: "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC" }
`,
  );
  config = await loadConfig({ cwd: folder, environment: readEnvironment({ HOME: folder }) });
  network = resolveNetwork(config, { networkFlag: "local", forWriting: true, environment: readEnvironment({ HOME: folder }) });
});

test("a key elsewhere is found by its name and by its address, and is asked for nothing yet", async () => {
  const byName = await loadSigner(config, network, { key: "signs" });
  expect([byName.kind, byName.address]).toEqual(["command", ADDRESS]);
  expect(await byName.signTypedData(...REQUEST)).toBe(GOOD);
  expect((await loadSigner(config, network, { key: ADDRESS.toLowerCase() })).kind).toBe("command");
  expect((await loadSigner(config, network, { key: "device" })).kind).toBe("ledger");
});

test.each([
  ["signs", "LPCTL_KEYS_CANNOT_SEND"],
  ["wallet", "LPCTL_KEYS_CANNOT_SEND"],
  ["sends", "accepted"],
  ["device", "accepted"],
])("for a command that sends, %s is %s before anything is done", async (key, outcome) => {
  expect(await refusalOf(() => loadSigner(config, network, { key }, "send"))).toBe(outcome);
});

test("a name that is nearly one of lpctl.yaml is not taken for it", async () => {
  await expect(loadSigner(config, network, { key: "walet" })).rejects.toMatchObject({ code: "LPCTL_KEYS_NOT_FOUND", next: "Did you mean --key wallet?" });
});
