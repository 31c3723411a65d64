import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Rpc } from "../../../src/chain/rpc.ts";
import { explainStoppedNode } from "../../../src/cli/stopped-node.ts";
import { nodePaths, saveNodeRecord } from "../../../src/node/node-record.ts";

/** Nothing may listen there: it needs rights that nobody gives. */
const URL_OF_NOBODY = "http://127.0.0.1:1";

async function stoppedProject(stoppedAt: string | null): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(nodePaths(folder).folder, { recursive: true });
  await saveNodeRecord(folder, {
    schema: 2, network: "local", pid: 1, port: 1, rpcUrl: URL_OF_NOBODY, chainId: 31337n, genesisHash: null, blockTimeSeconds: 0, profile: "launch",
    phase: "governor", startedAt: "2018-05-01T00:00:00.000Z", stoppedAt, controller: null, governor: null, safe: null, contracts: {}, actors: null,
  });
  return folder;
}

test("a command that meets a stopped local chain says how to start it, and any other network keeps its own hint", async () => {
  const unreachable: unknown = await new Rpc(URL_OF_NOBODY).chainId().catch((error: unknown) => error);
  const stopped = await stoppedProject("2018-05-02T00:00:00.000Z");
  const local = { name: "local", rpcUrl: `${URL_OF_NOBODY}/` };
  expect(await explainStoppedNode(unreachable, stopped, local)).toMatchObject({ code: "LPCTL_RPC_UNREACHABLE", why: "it was stopped at 2018-05-02T00:00:00.000Z", next: "lpctl node start" });
  expect(await explainStoppedNode(unreachable, await stoppedProject(null), local)).toMatchObject({ why: expect.stringContaining("without lpctl node stop") as string, next: "lpctl node start" });
  expect(await explainStoppedNode(unreachable, stopped, { name: "local", rpcUrl: "http://127.0.0.1:2" })).toBe(unreachable);
  expect(await explainStoppedNode(unreachable, stopped, { ...local, name: "staging" })).toBe(unreachable);
  expect(await explainStoppedNode(unreachable, join(stopped, "elsewhere"), local)).toBe(unreachable);
});
