import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Exit } from "../../src/errors.ts";
import { accountAt, leftoversOf } from "../../src/handover/graph/privilege.ts";
import { readPrivilegeGraph } from "../../src/handover/graph/read-graph.ts";
import { planHandover, type PlannedHandover } from "../../src/handover/plan-handover.ts";
import { readHandoverStatus } from "../../src/handover/read-handover-status.ts";
import { recordPath } from "../../src/handover/record/record-file.ts";
import { loadTarget } from "../../src/handover/target/load-target.ts";
import { createLocalSafe } from "../../src/node/create-local-safe.ts";
import { ZERO_ADDRESS, type Address } from "../../src/protocol/hex.ts";
import { carryOut, compileArtifacts, deploy, failureOf, read } from "./local-project.ts";
import { startSuite, type Suite } from "./suite-project.ts";

const TIMELOCK = "@openzeppelin/contracts/governance/TimelockController.sol:TimelockController";
const DIVIDED = "contracts/governance/DividedOwner.sol:DividedOwner";
const NAMED = { producedBy: "test", dryRun: false };
const DRY = { producedBy: "test", dryRun: true };

describe("a protocol that a key owns, with a timelock beside it", () => {
  let suite: Suite;
  let vault: Address;
  let divided: Address;
  let safe: Address;

  beforeAll(async () => {
    suite = await startSuite("eoa");
    suite.project.aftermath = false;
    const artifactOf = await compileArtifacts([TIMELOCK, DIVIDED]);
    const { rpc, accounts } = suite;
    vault = await deploy(rpc, accounts.deployer, artifactOf("TimelockController"), [60n, [accounts.operator], [ZERO_ADDRESS], accounts.deployer]);
    divided = await deploy(rpc, accounts.deployer, artifactOf("DividedOwner"), [accounts.deployer]);
    safe = await createLocalSafe(rpc);
  });
  afterAll(() => suite.stop());

  const plan = async (name: string, text: string, options = NAMED): Promise<PlannedHandover> => {
    const path = join(suite.project.folder, `${name}.yaml`);
    await writeFile(path, text);
    return planHandover(suite.project, await loadTarget(path, undefined), options);
  };

  test("has its privileges listed with where each was read, roles and leftover keys among them", async () => {
    const { operator, deployer } = suite.accounts;
    const graph = await readPrivilegeGraph(suite.project, { contracts: { Vault: vault } });
    const holders = (contract: Address, power: string) => graph.privileges.filter((one) => one.contract === contract && one.power === power).map(({ holder }) => holder);
    expect(graph.top).toBe(deployer);
    expect(holders(vault, "PROPOSER_ROLE")).toEqual([operator]);
    expect(holders(vault, "EXECUTOR_ROLE")).toEqual([ZERO_ADDRESS]);
    expect(holders(vault, "DEFAULT_ADMIN_ROLE").toSorted()).toEqual([vault, deployer].toSorted());
    expect(accountAt(graph, vault)).toMatchObject({ name: "Vault", kind: "timelock", detail: "60 s delay" });
    expect(holders(suite.protocol.contracts["LivepeerToken"] ?? "0x", "owner")).toEqual([suite.protocol.contracts["Minter"]]);
    expect(leftoversOf(graph).map(({ holder, power }) => `${holder} ${power}`).toSorted()).toEqual([`${operator} CANCELLER_ROLE`, `${operator} PROPOSER_ROLE`].toSorted());
    expect(graph.privileges.filter(({ readFrom }) => readFrom === "")).toEqual([]);
  });

  test("gives a role, sees it used, and only then takes it from the old holder", async () => {
    const { operator } = suite.accounts;
    const heir = suite.accounts["owner-1"];
    const text = `contracts: {Vault: "${vault}"}\nroles:\n  - {contract: Vault, role: PROPOSER_ROLE, holders: ["${heir}"]}\n`;
    const first = await plan("proposer", text);
    expect(first.record.stages.map(({ kind, actor }) => [kind, actor])).toEqual([["grant", suite.accounts.deployer], ["canary", heir], ["revoke", suite.accounts.deployer]]);
    await carryOut(suite, first.proposed!.stored, { sender: "deployer" });
    const second = await plan("proposer", text);
    expect(second.proposed?.stored.proposal.authorities[0]?.address).toBe(heir);
    const waiting = await plan("proposer", text);
    expect(waiting.proposed).toBeUndefined();
    expect(waiting.progress.map(({ state }) => state)).toEqual(["done", "open", "later"]);
    const changed = await failureOf(plan("proposer", text.replace(heir, suite.accounts["owner-2"])));
    expect(changed).toMatchObject({ code: "LPCTL_HANDOVER_FILE_CHANGED", exit: Exit.refused });
    // The record only names proposals: one that was executed is no canary because somebody writes so.
    const path = recordPath(suite.project.folder, suite.project.network, "proposer");
    const open = await readFile(path, "utf8");
    await writeFile(path, open.replaceAll(second.proposed!.stored.proposal.id, first.proposed!.stored.proposal.id));
    expect(await failureOf(plan("proposer", text))).toMatchObject({ code: "LPCTL_HANDOVER_STUCK", why: expect.stringContaining("not the proposal of this stage") });
    await writeFile(path, open);
    await carryOut(suite, second.proposed!.stored, { sender: "owner-1" });
    const kept = await readFile(path, "utf8");
    await writeFile(path, kept.replaceAll(heir, suite.accounts["owner-2"]));
    expect(await failureOf(plan("proposer", text))).toMatchObject({ code: "LPCTL_HANDOVER_RECORD_EDITED", exit: Exit.refused });
    await writeFile(path, kept);
    const third = await plan("proposer", text);
    await carryOut(suite, third.proposed!.stored, { sender: "deployer" });
    const { isOver, proofs } = await readHandoverStatus(suite.project, "proposer", { tries: true });
    expect([isOver, proofs.filter(({ holds }) => !holds)]).toEqual([true, []]);
    const role = await read(suite.rpc, vault, "function PROPOSER_ROLE() view returns (bytes32)");
    expect(await read(suite.rpc, vault, "function hasRole(bytes32 role, address account) view returns (bool)", [role, operator])).toBe(false);
  });

  test("is not given to whom nothing but what anybody may do was tried", async () => {
    const idle = plan("idle", `target: safe\nto: "${safe}"\ncanary: {to: LivepeerToken, data: "0x18160ddd"}\n`, DRY);
    expect(await failureOf(idle)).toMatchObject({ code: "LPCTL_HANDOVER_NOT_PROVEN", exit: Exit.refused, why: expect.stringContaining("anybody may make these calls") });
  });

  test("gives away parameters alone through a DividedOwner, and shows on a fork what stays", async () => {
    const { record } = await plan("parts", `through: "${divided}"\nto: "${safe}"\nparts:\n  - parameters: [roundLength, unbondingPeriod]\n`, DRY);
    const { after, proofs, stages } = record;
    const cell = (what: string, actor: Address) => after.rows.find((row) => row.what === what)?.cells[after.actors.indexOf(actor)];
    expect(proofs.filter(({ holds }) => !holds)).toEqual([]);
    expect(stages.map(({ kind }) => kind)).toEqual(["transfer", "canary", "grant", "canary"]);
    expect(stages.every(({ irreversible }) => irreversible === null)).toBe(true);
    expect(cell("roundLength", safe)).toEqual({ verdict: "can", via: divided });
    expect(cell("roundLength", suite.accounts.deployer)?.verdict).toBe("cannot");
    expect(cell("upgrade of JobsManager", safe)?.verdict).toBe("cannot");
    expect(cell("upgrade of JobsManager", suite.accounts.deployer)).toEqual({ verdict: "can", via: divided });
  });

  test.each([
    ["a target that nobody knows", "target: stakes\n", "LPCTL_HANDOVER_FILE_MALFORMED", "stake"],
    ["a contract of no such name", "owners: {Controler: \"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"}\n", "LPCTL_HANDOVER_NAME_UNKNOWN", "Did you mean Controller?"],
    ["a parameter that is none", "through: \"$divided\"\nto: \"$safe\"\nparts: [{parameters: [roundLenght]}]\n", "LPCTL_HANDOVER_NAME_UNKNOWN", "RoundsManager.roundLength"],
    ["an address that nobody has the key of", "owners: {Controller: \"0x000000000000000000000000000000000000dEaD\"}\n", "LPCTL_HANDOVER_HEIR_INVALID", "nobody has a key"],
    ["a contract without a way through it", "owners: {Controller: Minter}\n", "LPCTL_HANDOVER_HEIR_INVALID", "knows no way through"],
    ["what is so already", "owners: {Controller: \"$deployer\"}\n", "LPCTL_HANDOVER_NOTHING_TO_DO", ""],
    ["a key as a Safe", "target: safe\nto: \"$deployer\"\n", "LPCTL_HANDOVER_TARGET_KIND", "a Safe"],
  ])("refuses %s, and writes nothing", async (_, text, code, words) => {
    const filled = text.replace("$divided", divided).replace("$safe", safe).replace("$deployer", suite.accounts.deployer);
    const failure = await failureOf(plan("wrong", filled));
    expect(failure.code).toBe(code);
    expect([failure.message, failure.why, failure.next].join(" ")).toContain(words);
    expect((await failureOf(readHandoverStatus(suite.project, "wrong", { tries: false }))).code).toBe("LPCTL_HANDOVER_NOT_FOUND");
  });
});
