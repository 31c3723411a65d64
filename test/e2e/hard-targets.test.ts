import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Interface } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { propose, type Proposed } from "../../src/lifecycle/propose.ts";
import type { Address, Hex } from "../../src/protocol/hex.ts";
import { compileArtifacts, deploy, failureOf, NO_DELAY, PROPOSE, startLocalProject, type LocalProject } from "./local-project.ts";

const REFERENCE = "test/fixtures/contracts/HardTarget.sol:HardTarget";

describe("a proposal whose target is hard to show", () => {
  let local: LocalProject;
  let target: Address;
  let abi: Interface;
  let reset: () => Promise<void>;

  beforeAll(async () => {
    local = await startLocalProject({ sources: [REFERENCE] });
    const artifact = (await compileArtifacts([REFERENCE]))("HardTarget");
    abi = new Interface(artifact.abi as ConstructorParameters<typeof Interface>[0]);
    target = await deploy(local.rpc, local.accounts.deployer, artifact);
    reset = await local.checkpoint();
  });
  beforeEach(() => reset());
  afterAll(() => local.stop());

  const proposeCalls = (calls: [name: string, args?: unknown[]][]): Promise<Proposed> =>
    propose(
      local.project,
      { title: "Hard", intents: [{ kind: "calls", calls: calls.map(([name, args = []]) => ({ to: target, valueWei: 0n, data: abi.encodeFunctionData(name, args) as Hex })) }], code: [], ...NO_DELAY },
      PROPOSE,
    );

  test.each([
    ["revertWithGarbage", /./],
    ["revertWithMegabytes", /./],
  ])("%s is refused with its reason in few words, and leaves nothing", async (name, reason) => {
    const failure = await failureOf(proposeCalls([[name]]));
    expect(failure).toMatchObject({ code: "LPCTL_PROPOSAL_REVERTS", exit: Exit.reverted, why: expect.stringMatching(reason) as string });
    expect(failure.why?.length).toBeLessThan(2_000);
    // Printed as it is: nothing of it may move a cursor.
    expect([...(failure.why ?? "")].filter((character) => character < " " || (character >= "\u007f" && character < "\u00a0"))).toEqual([]);
    expect(existsSync(join(local.project.folder, "proposals"))).toBe(false);
  });

  test("megabytes of return data are kept out of what people read", async () => {
    const { assessment, report } = await proposeCalls([["returnMegabytes"]]);
    expect(assessment.simulation.steps).toMatchObject([{ outcome: "success" }]);
    expect(report.verdict.outcome).toBe("ready");
  });

  test("calls that nest until the gas is gone are all shown", async () => {
    const { assessment } = await proposeCalls([["dive"]]);
    let depth = 0;
    for (let node = assessment.simulation.steps[0]?.calls; node !== undefined; node = node.children[0]) depth += 1;
    expect(depth).toBeGreaterThan(100);
  });

  test("code that destroys itself on the way is told", async () => {
    const { assessment } = await proposeCalls([["destroy"]]);
    expect(assessment.findings).toContainEqual(expect.objectContaining({ severity: "warning", code: "selfdestruct-runs" }));
  });

  test("many calls that write many slots are all there, by name", async () => {
    const { assessment, stored } = await proposeCalls([1, 2, 3].map(() => ["fill", [300n]]));
    const written = assessment.simulation.changes.filter(({ path }) => path?.startsWith("values["));
    expect(written).toHaveLength(900);
    expect(assessment.simulation.changes.filter(({ class: sorted }) => sorted === "unexplained")).toEqual([]);
    expect(readdirSync(stored.folder)).toContain("report.html");
  });
});
