import { describe, expect, test } from "vitest";
import type { GraphAccount, Privilege, PrivilegeGraph } from "../../../src/handover/graph/privilege.ts";
import { formatGraph } from "../../../src/handover/graph/format-graph.ts";
import { graphAfter } from "../../../src/handover/graph/graph-after.ts";
import { renderGraphSvg } from "../../../src/handover/graph/graph-svg.ts";
import { idOfRole } from "../../../src/handover/graph/role-names.ts";
import { buildStages } from "../../../src/handover/plan/build-stages.ts";
import { judgeMatrices } from "../../../src/handover/proof/judge.ts";
import type { Cell, Matrix, Verdict } from "../../../src/handover/proof/matrix.ts";
import { resolveTarget } from "../../../src/handover/target/resolve-target.ts";
import type { TargetFile } from "../../../src/handover/target/target-schema.ts";
import { getAddress, ZeroAddress } from "ethers";
import type { Address } from "../../../src/protocol/hex.ts";

const at = (digit: string): Address => getAddress(`0x${digit.repeat(2)}${"ab12".repeat(9)}${digit.repeat(2)}`) as Address;
const [controller, governor, safe, key, timelock, token, deployer] = ["1", "2", "3", "4", "5", "6", "7"].map(at) as [Address, Address, Address, Address, Address, Address, Address];
const account = (address: Address, kind: GraphAccount["kind"], name: string | null = null): GraphAccount => ({ address, kind, name, detail: "" });
const held = (kind: Privilege["kind"], contract: Address, holder: Address, power: string = kind): Privilege => ({ kind, contract, holder, power, readFrom: "a test" });
const role = (name: string, holder: Address): Privilege => ({ ...held("role", token, holder, name), role: idOfRole(name), adminRole: idOfRole("DEFAULT_ADMIN_ROLE") });

/** A Governor of a Safe owns the Controller and administers the token; whoever deployed the token can still mint. */
const graph: PrivilegeGraph = {
  blockNumber: 9n,
  controller,
  top: governor,
  accounts: [account(controller, "contract", "Controller"), account(token, "contract", "Token"), account(governor, "governor"), account(safe, "safe"), account(key, "key"), account(deployer, "key"), account(timelock, "timelock", "StakeTimelock")],
  privileges: [held("owner", controller, governor, "owner"), held("owner", governor, safe, "owner"), held("signer", safe, key), role("DEFAULT_ADMIN_ROLE", governor), role("MINTER_ROLE", deployer)],
  former: [deployer],
};
const canary = { words: "set X to 1, which it is", calls: [{ to: token, valueWei: 0n, data: "0x12345678" as const }] };
const plan = (file: TargetFile, from = graph) => buildStages({ graph: from, target: resolveTarget(from, file, []), canary, ruleCanaries: new Map(), signOfLife: true });

describe("the plan of a handover", () => {
  test("gives before it takes, shows before it takes, and leaves nothing with the deployer", () => {
    const { stages } = plan({ to: timelock });
    expect(stages.map(({ kind, actor }) => `${kind} by ${actor}`)).toEqual([
      `sign-of-life by ${timelock}`,
      `grant by ${governor}`,
      `canary by ${timelock}`,
      `canary by ${timelock}`,
      `transfer by ${governor}`,
      `canary by ${timelock}`,
      `revoke by ${timelock}`,
    ]);
    const [last] = stages.slice(-1);
    expect(last?.intents.map((intent) => (intent.kind === "revoke-role" ? `${intent.roleName} from ${intent.account}` : intent.kind))).toEqual([`MINTER_ROLE from ${deployer}`, `DEFAULT_ADMIN_ROLE from ${governor}`]);
    expect(stages.filter(({ irreversible }) => irreversible !== null).map(({ kind }) => kind)).toEqual(["transfer", "revoke"]);
  });

  test("leaves what is kept where it is", () => {
    const { stages } = plan({ to: timelock, keep: ["Token"] });
    expect(stages.map(({ kind }) => kind)).toEqual(["sign-of-life", "transfer", "canary"]);
  });

  test("has no graph in which the old owner holds anything", () => {
    const { moves } = resolveTarget(graph, { to: timelock }, []);
    const after = graphAfter(graph, moves);
    expect(after.top).toBe(timelock);
    expect(after.privileges.filter(({ holder }) => holder === governor || holder === deployer)).toEqual([]);
    expect(formatGraph(after).join("\n")).not.toContain("beside that way");
    expect(formatGraph(graph).join("\n")).toContain(`${deployer}: MINTER_ROLE of Token`);
    expect(renderGraphSvg(graph)).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  test.each([
    ["nobody", { to: ZeroAddress }, "LPCTL_HANDOVER_HEIR_INVALID"],
    ["a Safe where a vote was meant", { target: "stake", to: safe }, "LPCTL_HANDOVER_TARGET_KIND"],
    ["a name that nobody has", { to: "StakeTimelok" }, "LPCTL_HANDOVER_NAME_UNKNOWN"],
    ["a Safe that is not named", { target: "safe" }, "LPCTL_HANDOVER_TARGET_INCOMPLETE"],
    ["the owner that it has", { owners: { Controller: governor } }, "LPCTL_HANDOVER_NOTHING_TO_DO"],
  ] as const)("is refused for %s", (_, file, code) => {
    expect(() => plan(file as TargetFile)).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe("the proof of a handover", () => {
  const { moves } = resolveTarget(graph, { owners: { Controller: timelock } }, []);
  const target = { from: governor, to: timelock, divided: undefined, complete: true, moves };
  const actors = [governor, timelock, safe, deployer];
  const cell = (verdict: Verdict, via: Address | null = null): Cell => ({ verdict, via });
  const matrix = (...rows: [what: string, cells: Cell[]][]): Matrix => ({
    blockNumber: 1n,
    actors,
    rows: rows.map(([what, cells]) => ({ id: what, contract: what === "mint" ? token : controller, name: "", what, group: what === "mint" ? "roles" : "pause", call: { to: controller, valueWei: 0n, data: "0x" }, cells })),
  });
  const [yes, no] = [cell("can"), cell("cannot")];
  const before = matrix(["pause", [yes, no, cell("can", governor), no]], ["mint", [no, no, no, yes]]);
  const broken = (after: Matrix) => judgeMatrices(before, after, target, graph).filter(({ holds }) => !holds).map(({ what }) => what.replaceAll(/0x\w{40}/g, "X"));

  test("holds when the new can, the old cannot, and all else is as it was", () => {
    expect(broken(matrix(["pause", [no, yes, no, no]], ["mint", [no, no, no, yes]]))).toEqual([]);
  });

  test("fails when the new cannot", () => {
    expect(broken(matrix(["pause", [no, no, no, no]], ["mint", [no, no, no, yes]]))).toEqual(["StakeTimelock can what Governor (LIP-25) X could"]);
  });

  test("fails when the old still can, or whoever acted through it by another way", () => {
    expect(broken(matrix(["pause", [yes, yes, no, no]], ["mint", [no, no, no, yes]]))).toEqual(["Governor (LIP-25) X cannot any more"]);
    expect(broken(matrix(["pause", [no, yes, yes, no]], ["mint", [no, no, no, yes]]))).toEqual(["Governor (LIP-25) X cannot any more"]);
  });

  test("does not mind that the old acts through the new, which is the new way", () => {
    expect(broken(matrix(["pause", [no, yes, cell("can", timelock), no]], ["mint", [no, no, no, yes]]))).toEqual([]);
  });

  test("fails when somebody else gains or loses something in passing", () => {
    expect(broken(matrix(["pause", [no, yes, no, yes]], ["mint", [no, no, no, yes]]))).toEqual(["nobody else gains or loses anything"]);
    expect(broken(matrix(["pause", [no, yes, no, no]], ["mint", [no, no, no, no]]))).toEqual(["nobody else gains or loses anything"]);
  });
});
