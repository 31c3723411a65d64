/** Governors that know nothing of lpctl: OpenZeppelin 5 with an ERC20Votes, which makes the calls itself. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Exit } from "../../src/errors.ts";
import { showAuthority } from "../../src/inspection/show-authority.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { planStored } from "../../src/lifecycle/plan.ts";
import { readStatus } from "../../src/lifecycle/status/proposal-status.ts";
import { verifyProposal } from "../../src/lifecycle/verify-proposal.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../src/protocol/hex.ts";
import type { StoredProposal } from "../../src/proposal/store.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { compileArtifacts, deploy, failureOf, mine, NO_DELAY, OLD_COMPILER, PROPOSE, read, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";
import { createVote, castVote } from "./vote-by-hand.ts";

const FOREIGN = "test/fixtures/contracts/foreign";
const GOVERNORS = "test/fixtures/contracts/OpenGovernor.sol";

let local: LocalProject;
let artifactOf: (name: string) => Artifact;
let token: Address;
let directory: Address;
let fees: Address;
let reset: () => Promise<void>;

beforeAll(async () => {
  const [started, compiled, foreignArtifactOf] = await Promise.all([
    startLocalProject({ sources: [`${FOREIGN}/FeeSchedule.sol:FeeSchedule`], compilers: OLD_COMPILER }),
    compileArtifacts([...["OpenToken", "OpenGovernor"].map((name) => `${GOVERNORS}:${name}`), "@openzeppelin/contracts/governance/TimelockController.sol:TimelockController"]),
    compileArtifacts([`${FOREIGN}/Directory.sol:Directory`, `${FOREIGN}/FeeSchedule.sol:FeeSchedule`], OLD_COMPILER["0.8.9"]),
  ]);
  [local, artifactOf] = [started, compiled];
  const { rpc, accounts } = local;
  token = await deploy(rpc, accounts.deployer, artifactOf("OpenToken"), [accounts.delegator]);
  directory = await deploy(rpc, accounts.deployer, foreignArtifactOf("Directory"));
  fees = await deploy(rpc, accounts.deployer, foreignArtifactOf("FeeSchedule"), [directory, 250n]);
  await sendAs(rpc, accounts.deployer, directory, "function setContractInfo(bytes32 id, address location, bytes20 commit)", [contractId("FeeSchedule"), fees, `0x${"00".repeat(20)}`]);
  local.project.controller = directory;
  reset = await local.checkpoint();
});
beforeEach(() => reset());
afterAll(() => local.stop());

const setFees = () => proposeParameters(local.project, [{ name: "FeeSchedule.feeBasisPoints", value: "300", acceptRaw: false }], { ...PROPOSE, ...NO_DELAY });
const give = (owner: Address) => sendAs(local.rpc, local.accounts.deployer, directory, "function transferOwnership(address newOwner)", [owner]);
const summary = async (stored: StoredProposal) => (await readStatus(local.project, stored)).summary;
const delegate = () => sendAs(local.rpc, local.accounts.delegator, token, "function delegate(address delegatee)", [local.accounts.delegator]);

const openGovernor = () => deploy(local.rpc, local.accounts.deployer, artifactOf("OpenGovernor"), [token]);

test("its voters change what it owns, by a clock of seconds and without a source", async () => {
  await delegate();
  const governor = await openGovernor();
  await give(governor);
  expect((await showAuthority(local.project, fees)).result.authority).toMatchObject({ kind: "vote-governor", address: governor, votes: token, timelock: undefined, rules: "oz-governor", clockMode: "seconds" });
  const { stored, assessment, report } = await setFees();
  expect(report.route.map(({ waits, about }) => [waits, about])).toEqual([[undefined, undefined], ["opens after 60 seconds", undefined], ["3600 seconds of voting", "60 minutes"]]);
  await createVote(local, stored, "delegator");
  expect(await summary(stored)).toMatch(/^waiting: the vote 0x\w+ to open, after 20\d\d-/);
  await mine(local.rpc, 2n, 61n);
  await castVote(local, stored, "delegator");
  expect(await summary(stored)).toContain("1000 votes for, 0 votes against");
  await mine(local.rpc, 2n, 3600n);
  const executed = await executeProposal(local.project, stored, { signer: local.signers.operator });
  expect(executed.map(({ kind, state }) => [kind, state.state])).toEqual([["vote-create", "done"], ["vote", "done"], ["vote-execute", "done"]]);
  expect(await verifyProposal(local.project, stored, assessment.simulation)).toMatchObject({ equal: true });
  expect(await read(local.rpc, fees, "function feeBasisPoints() view returns (uint16)")).toBe(300n);
});

test("a timelock that it was not made for is scheduled by a vote, and executed by anyone", async () => {
  await delegate();
  const timelock = await deploy(local.rpc, local.accounts.deployer, artifactOf("TimelockController"), [60n, [await openGovernor()], [ZERO_ADDRESS], ZERO_ADDRESS]);
  await give(timelock);
  const { stored, assessment } = await setFees();
  expect((await planStored(local.rpc, stored)).steps.map(({ kind }) => kind)).toEqual(["vote-create", "vote", "vote-execute", "timelock-execute"]);
  expect(assessment.simulation.steps.map(({ outcome }) => outcome)).toEqual(["success", "success"]);
});

test("where nobody has votes no vote can be rehearsed, and nothing is proposed", async () => {
  await give(await openGovernor());
  expect(await failureOf(setFees())).toMatchObject({ code: "LPCTL_VOTE_NO_REHEARSAL", exit: Exit.refused, why: expect.stringContaining("those found on chain have 0") });
});
