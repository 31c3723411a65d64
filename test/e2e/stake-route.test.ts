/** Proposals on the suite in its phase stake, where votes decide: by real keys, and refused where they must be. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { id } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Exit } from "../../src/errors.ts";
import { showAuthority } from "../../src/inspection/show-authority.ts";
import { cancelProposal } from "../../src/lifecycle/cancel-proposal.ts";
import { loadReportHash } from "../../src/lifecycle/load-report-hash.ts";
import { executeProposal } from "../../src/lifecycle/execute-proposal.ts";
import { planStored } from "../../src/lifecycle/plan.ts";
import { proposeParameters } from "../../src/lifecycle/propose-parameters.ts";
import { readStatus } from "../../src/lifecycle/status/proposal-status.ts";
import { recordPaths } from "../../src/lifecycle/records.ts";
import { reproduceProposal } from "../../src/lifecycle/reproduce-proposal.ts";
import { reviewForSigning } from "../../src/lifecycle/sign-proposal.ts";
import { verifyProposal } from "../../src/lifecycle/verify-proposal.ts";
import { chooseBox } from "../../src/lifecycle/votes/choose-box.ts";
import { draftVote } from "../../src/lifecycle/votes/create-vote.ts";
import { openVoteSources } from "../../src/lifecycle/votes/open-vote.ts";
import { listMigrations } from "../../src/migration/run/list-migrations.ts";
import { MigrationRun } from "../../src/migration/run/migration-run.ts";
import { sendMigration, type MigrationOutcome, type SendMigrationOptions } from "../../src/migration/run/send-migration.ts";
import { defineMigration, type Migration } from "../../src/migration/script/define-migration.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "../../src/node/deploy-suite.ts";
import { bondAndReward } from "../../src/node/live-state.ts";
import { loadProposal, type StoredProposal } from "../../src/proposal/store.ts";
import { contractId } from "../../src/protocol/contract-id.ts";
import { ZERO_HASH, type Address, type Hex } from "../../src/protocol/hex.ts";
import type { Artifact } from "../../src/solidity/artifact.ts";
import { readVotes } from "../../src/voting/find/find-votes.ts";
import { createVoteCall } from "../../src/voting/governor-contract.ts";
import { castPollCall, createPollCall } from "../../src/voting/poll-contract.ts";
import { formatVoteText } from "../../src/voting/vote-text.ts";
import { compileArtifacts, deploy, failureOf, mine, NO_DELAY, PROPOSE, read, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";
import { scriptOf } from "./migrate-marks.ts";
import { castVote, createVote, send } from "./vote-by-hand.ts";

const SUITE = [...suiteTargets(), { source: "contracts/governance/DividedOwner.sol", contract: "DividedOwner" }, { source: "test/fixtures/contracts/votes/QuickPollCreator.sol", contract: "QuickPollCreator" }];

/** Short, since a vote takes six of them. */
const ROUND_BLOCKS = 15n;

let local: LocalProject;
let protocol: LocalProtocol;
let artifactOf: (name: string) => Artifact;
let reset: () => Promise<void>;

beforeAll(async () => {
  [local, artifactOf] = await Promise.all([startLocalProject(), compileArtifacts(SUITE.map(({ source, contract }) => `${source}:${contract}`))]);
  protocol = await deploySuite(local.rpc, suiteTargets().map(({ contract }) => artifactOf(contract)), { profile: "current", phase: "stake", gitCommitHash: `0x${"11".repeat(20)}`, parameters: { "RoundsManager.roundLength": ROUND_BLOCKS } });
  await bondAndReward(local.rpc, protocol);
  local.project.controller = protocol.controller;
  reset = await local.checkpoint();
});
beforeEach(() => reset());
afterAll(() => local.stop());

const contract = (name: string): Address => protocol.contracts[name] ?? protocol.controller;
const setParameter = (name: string, value: string) => proposeParameters(local.project, [{ name, value, acceptRaw: false }], { ...PROPOSE, ...NO_DELAY });
const setPeriod = () => setParameter("unbondingPeriod", "8");
const period = () => read(local.rpc, contract("BondingManager"), "function unbondingPeriod() view returns (uint64)");
const passRounds = (rounds: bigint) => mine(local.rpc, rounds * ROUND_BLOCKS);
const execute = (stored: StoredProposal) => executeProposal(local.project, stored, { signer: local.signers.operator });
const summary = async (stored: StoredProposal) => (await readStatus(local.project, stored)).summary;
const route = async (stored: StoredProposal) => (await planStored(local.rpc, stored)).steps.map(({ kind }) => kind);
const passDelay = () => mine(local.rpc, 2n, 40n);
const give = (owner: Address) => sendAs(local.rpc, contract("StakeTimelock"), protocol.controller, "function transferOwnership(address newOwner)", [owner]);

const owners = (stored: StoredProposal) => stored.proposal.authorities.map(({ kind }) => kind);
const selectorOf = (signature: string) => id(signature).slice(0, 10);
const VOTE = ["vote-create", "vote", "vote-queue", "vote-execute"];

describe("a parameter", () => {
  test("is set by a vote: created, cast, queued and executed, with the effects that were simulated", async () => {
    const { stored, assessment, report } = await setPeriod();
    expect(owners(stored)).toEqual(["timelock", "vote-governor"]);
    expect(await route(stored)).toEqual(VOTE);
    expect(assessment.findings.filter(({ severity }) => severity !== "info")).toEqual([]);
    expect(assessment.simulation.changes.map(({ contract: where, path, class: kind }) => `${where ?? ""}.${path ?? ""} ${kind ?? ""}`)).toEqual([
      "BondingManager.unbondingPeriod intended",
      expect.stringMatching(/^StakeGovernor\._proposals\[\d+\]\.executed bookkeeping$/),
      expect.stringMatching(/^StakeTimelock\._timestamps\[0x[0-9a-f]+\] bookkeeping$/),
    ]);
    expect(report.verdict.summary).toContain("ready to be voted on");
    expect(report.route.map(({ by, waits }) => [by.who, waits])).toEqual([
      ["whoever has enough votes", undefined],
      ["everybody with votes", "opens after 1 round"],
      ["anyone", "3 rounds of voting"],
      ["anyone", "30 seconds after it is queued"],
    ]);
    expect(await reproduceProposal(recordPaths(stored).evidence, { recompile: false })).toMatchObject({ equal: true });

    // Nothing of it is for the key that carries proposals out, or for signers, before the vote is over.
    expect((await execute(stored)).flatMap(({ sent }) => sent)).toEqual([]);
    expect(await failureOf(reviewForSigning(local.project, stored, "test"))).toMatchObject({ code: "LPCTL_PROPOSAL_NOTHING_TO_SIGN", message: expect.stringContaining("Voters decide") });
    expect(await summary(stored)).toMatch(/^ready: Put it to the vote/);
    await createVote(local, stored, "transcoder");
    expect(await summary(stored)).toMatch(/^waiting: the vote 0x[0-9a-f]{8} to open, after round \d+/);
    await passRounds(2n);
    await castVote(local, stored, "transcoder");
    expect(await summary(stored)).toMatch(/^waiting: votes in 0x[0-9a-f]{8}, until the end of round \d+ \(it is \d+\): [\d.]+ LPT for, 0 LPT against/);
    expect((await execute(stored)).flatMap(({ sent }) => sent)).toEqual([]);
    await passRounds(3n);

    // Somebody makes the same vote again, which must not hold up the one that passed.
    const { calls, authorities, id: proposalId, title } = stored.proposal;
    await send(local, "transcoder", createVoteCall(authorities.at(-1)?.address ?? protocol.controller, { calls, description: formatVoteText({ title, proposalId, reportHash: proposalId }) }));
    expect(await summary(stored)).toMatch(/^ready: Queue what was voted for/);
    const queued = await execute(stored);
    expect(queued.map(({ state, sent }) => [state.state, sent.length])).toEqual([["done", 0], ["done", 0], ["done", 1], ["waiting", 0]]);
    expect(await period()).toBe(7n);
    await passDelay();
    expect((await execute(stored)).map(({ state }) => state.state)).toEqual(["done", "done", "done", "done"]);
    expect(await period()).toBe(8n);
    expect(await verifyProposal(local.project, stored, assessment.simulation)).toMatchObject({ equal: true, effectsHash: assessment.simulation.effectsHash });
  });

  test("of the governor itself is set by the same way, although a call on trial shows nobody who may", async () => {
    const { stored, assessment } = await setParameter("StakeGovernor.votingPeriod", "5");
    expect(owners(stored)).toEqual(["timelock", "vote-governor"]);
    expect(assessment.simulation.steps.map(({ outcome }) => outcome)).toEqual(["success"]);
  });
});

describe("a vote", () => {
  test("that only claims to be about a proposal counts as none", async () => {
    const { stored } = await setPeriod();
    const { calls, authorities, id: proposalId, title } = stored.proposal;
    const governor = authorities.at(-1)?.address ?? protocol.controller;
    const others = calls.map((call) => ({ ...call, data: call.data.replace(/8$/, "9") as typeof call.data }));
    await send(local, "transcoder", createVoteCall(governor, { calls: others, description: formatVoteText({ title, proposalId, reportHash: proposalId }) }));
    expect(await summary(stored)).toMatch(/^ready: Put it to the vote/);
  });

  test("that is lost blocks the proposal, and can be held again", async () => {
    const { stored } = await setPeriod();
    await createVote(local, stored, "transcoder");
    await passRounds(2n);
    await castVote(local, stored, "transcoder", "against");
    await passRounds(4n);
    expect(await summary(stored)).toMatch(/^blocked: it did not pass: 0 LPT for, [\d.]+ LPT against/);
    expect(await failureOf(execute(stored))).toMatchObject({ code: "LPCTL_STEP_BLOCKED", exit: Exit.refused });
    expect(await cancelProposal(local.project, stored, "test")).toMatchObject({ kind: "voted-on", text: expect.stringMatching(/^There is nothing to cancel: it did not pass/) });
    const { calls, authorities, id: proposalId, title } = stored.proposal;
    await send(local, "transcoder", createVoteCall(authorities.at(-1)?.address ?? protocol.controller, { calls, description: formatVoteText({ title, proposalId, reportHash: proposalId }) }));
    expect(await summary(stored)).toMatch(/^waiting: the vote/);
  });

  test("that passed is vetoed by the guardian's owners, as a proposal of their own", async () => {
    const { stored } = await setPeriod();
    await createVote(local, stored, "transcoder");
    expect(await cancelProposal(local.project, stored, "test")).toMatchObject({ kind: "voted-on", text: expect.stringContaining("those who vote") });
    await passRounds(2n);
    await castVote(local, stored, "transcoder");
    await passRounds(4n);
    expect(await cancelProposal(local.project, stored, "test")).toMatchObject({ kind: "voted-on", text: expect.stringContaining("has passed") });
    await execute(stored);
    const cancelled = await cancelProposal(local.project, stored, "test");
    if (cancelled.kind !== "proposed") throw new Error(cancelled.text);
    expect(owners(cancelled.proposed.stored)).toEqual(["safe"]);
    const [veto] = cancelled.proposed.stored.proposal.calls;
    await sendAs(local.rpc, protocol.safe ?? protocol.controller, veto?.to ?? protocol.controller, "function veto(bytes32 operationId)", [`0x${veto?.data.slice(10) ?? ""}`]);
    await passDelay();
    expect(await summary(stored)).toMatch(/^blocked: it was vetoed: .* in 0x[0-9a-f]{64}$/);
    expect(await failureOf(execute(stored))).toMatchObject({ code: "LPCTL_STEP_BLOCKED" });
  });
});

describe("powers", () => {
  test("that are divided lead each call to whoever has it, and a batch of both is refused with who has which", async () => {
    const { accounts, rpc, project } = local;
    const divided = await deploy(rpc, accounts.deployer, artifactOf("DividedOwner"), [accounts.deployer]);
    await sendAs(rpc, accounts.deployer, divided, "function setAuthority(address target, bytes4 selector, address authority)", [contract("BondingManager"), selectorOf("setUnbondingPeriod(uint64)"), contract("StakeTimelock")]);
    await give(divided);
    const { text } = await showAuthority(project, "BondingManager");
    expect(text).toMatch(/setUnbondingPeriod\(uint64\) of 0x\w+ belongs to\n +0x\w+ {2}TimelockController[^]*may veto until[^]*everything else belongs to\n +0x\w+ {2}key/);
    const byVote = await setPeriod();
    expect(owners(byVote.stored)).toEqual(["divided", "timelock", "vote-governor"]);
    expect(await route(byVote.stored)).toEqual(VOTE);
    const sources = await openVoteSources(project);
    const draft = await draftVote(project, byVote.stored, chooseBox(project, byVote.stored, sources, { poll: false, governor: undefined }), sources, { producedBy: "test", again: false });
    expect([draft.call]).toEqual((await planStored(rpc, byVote.stored)).steps[0]?.calls);
    const byKey = await setParameter("roundLength", "60");
    expect(owners(byKey.stored)).toEqual(["divided", "eoa"]);
    const mixed = proposeParameters(project, ["unbondingPeriod=9", "roundLength=70"].map((text) => ({ name: text.split("=")[0] ?? "", value: text.split("=")[1] ?? "", acceptRaw: false })), { ...PROPOSE, ...NO_DELAY });
    expect(await failureOf(mixed)).toMatchObject({ code: "LPCTL_AUTHORITY_MIXED", why: expect.stringMatching(/setUnbondingPeriod\(uint64\) of 0x\w+ belongs to 0x\w+; setRoundLength\(uint256\) of 0x\w+ belongs to 0x\w+/) });
  });

  test("of a LIP-25 Governor that the timelock owns are used by a vote on staging", async () => {
    const { accounts, rpc, project } = local;
    const governor = await deploy(rpc, accounts.deployer, artifactOf("Governor"), []);
    const slot: Hex = `0x${"0".repeat(64)}`;
    await rpc.request("anvil_setStorageAt", [governor, slot, `0x${contract("StakeTimelock").slice(2).toLowerCase().padStart(64, "0")}`], z.unknown());
    await give(governor);
    const { stored, assessment } = await proposeParameters(project, [{ name: "unbondingPeriod", value: "9", acceptRaw: false }], { ...PROPOSE, delayBlocks: 100n, delaySeconds: 0n });
    expect(owners(stored)).toEqual(["governor", "timelock", "vote-governor"]);
    expect(await route(stored)).toEqual([...VOTE, "governor-execute"]);
    expect(assessment.simulation.steps.map(({ outcome }) => outcome)).toEqual(["success", "success"]);
  });
});

describe("a migration", () => {
  const NAME = "001-longer-unbonding";
  const GATE: Address = "0x00000000000000000000000000000000000000e1";
  /** Adds one to its slot 0, and reverts unless unbonding takes eight rounds. */
  const gateCode = (): string =>
    `0x63${selectorOf("unbondingPeriod()").slice(2)}5f5260205f6004601c73${contract("BondingManager").slice(2)}5afa505f51600814603157` + "5f5ffd5b5f546001015f5500";

  /** Something that takes a vote, and something for the key that is possible only then. */
  const migration = defineMigration({
    title: "Longer unbonding",
    operations: async (chain) => [
      { id: "period", title: "Unbonding takes 8 rounds", calls: [await chain.call("BondingManager", "setUnbondingPeriod(uint64)", [8n])], enacted: async (now) => (await now.readInteger("BondingManager", "unbondingPeriod() view returns (uint64)")) === 8n },
      { id: "gate", title: "Go through the gate", as: "sender" as const, calls: [{ to: GATE, data: "0x" as const, valueWei: 0n }], enacted: async (now) => BigInt(await now.storage(GATE, 0n)) > 0n },
    ],
    verify: async (chain) => (BigInt(await chain.storage(GATE, 0n)) === 1n ? [] : ["the gate was gone through more than once"]),
  }) as Migration;

  beforeEach(async () => {
    await rm(join(local.project.folder, "migrations"), { recursive: true, force: true });
    await mkdir(join(local.project.folder, "migrations"));
    await writeFile(join(local.project.folder, "migrations", `${NAME}.ts`), "");
    await local.rpc.request("anvil_setCode", [GATE, gateCode()], z.unknown());
  });

  async function run(project = local.project, options: Partial<SendMigrationOptions> = {}): Promise<MigrationOutcome> {
    const signer = local.signers.operator;
    const opened = await MigrationRun.open(project, scriptOf(NAME, migration), { sender: signer.address });
    try {
      return await sendMigration(opened, { signer, producedBy: "test", ...options });
    } finally {
      await opened.close();
    }
  }
  /** That it waits, said by the run and by the status in the same words. @returns what comes next, and from when on */
  async function waits(words: RegExp, project = local.project): Promise<{ next: string; untilBlock: bigint | null; readyAtSeconds: bigint | null; proposal: string }> {
    const error = await failureOf(run(project));
    expect(error.message).toMatch(words);
    expect(error).toMatchObject({ code: "LPCTL_MIGRATE_WAITING", exit: Exit.waiting });
    const [status] = await listMigrations(project);
    expect(status).toMatchObject({ state: "waiting", summary: expect.stringMatching(words), waitingFor: { ...error.details, next: error.next } });
    const { untilBlock = null, readyAtSeconds = null, proposal } = status?.waitingFor ?? {};
    return { next: error.next ?? "", untilBlock, readyAtSeconds, proposal: proposal ?? "" };
  }
  const mineUpTo = async (block: bigint | null): Promise<void> => mine(local.rpc, (block ?? 0n) - (await local.rpc.blockNumber()));
  const ofMigration = (name: string): Promise<StoredProposal> => loadProposal(local.project.folder, "local", name);

  test("puts to the vote what takes one, says what it waits for and until when, and goes on when it is enacted", { timeout: 120_000 }, async () => {
    const { next, proposal } = await waits(/ready: Put it to the vote/);
    expect(next).toContain("lpctl vote create 1 --key NAME");
    const stored = await ofMigration(proposal);
    expect(stored.proposal.intents).toMatchObject([{ kind: "set-parameter", parameter: "BondingManager.unbondingPeriod", value: "8" }]);
    await createVote(local, stored, "transcoder");
    const opens = await waits(/waiting: the vote 0x[0-9a-f]{8} to open, after round \d+ \(it is \d+\); not before block \d+, in \d+ blocks/);
    await mineUpTo(opens.untilBlock);
    const ends = await waits(/waiting: votes in 0x[0-9a-f]{8}, until the end of round \d+ .*; not before block \d+, in \d+ blocks/);
    await castVote(local, stored, "transcoder");
    await mineUpTo(ends.untilBlock);
    expect((await waits(/ready: Queue what was voted for/)).next).toContain("lpctl proposal execute 1 --key NAME");
    await execute(stored);
    const delay = await waits(/waiting: the timelock's delay: \d+ more seconds?; not before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    await local.rpc.request("evm_setNextBlockTimestamp", [Number(delay.readyAtSeconds)], z.unknown());
    await mine(local.rpc, 1n);
    await waits(/ready: Execute what was voted for/);
    await execute(stored);
    expect(await run()).toEqual({ operations: 2, skipped: 0, confirmed: 1, elsewhere: [proposal] });
    expect(await listMigrations(local.project)).toMatchObject([{ state: "complete", waitingFor: null }]);
  });

  test("says that its vote was lost and what to type, sends nothing that comes after, and goes on with another vote", { timeout: 120_000 }, async () => {
    const { proposal } = await waits(/ready: Put it to the vote/);
    const stored = await ofMigration(proposal);
    await createVote(local, stored, "transcoder");
    await passRounds(2n);
    await castVote(local, stored, "transcoder", "against");
    await passRounds(4n);
    const lost = await failureOf(run());
    expect(lost).toMatchObject({ code: "LPCTL_MIGRATE_BLOCKED", exit: Exit.refused, message: expect.stringMatching(/does not happen: .*blocked: it did not pass: 0 LPT for/), next: expect.stringContaining("lpctl vote create 1 --again --key NAME") });
    expect(await listMigrations(local.project)).toMatchObject([{ state: "blocked", waitingFor: { next: lost.next } }]);
    const { calls, authorities, id: proposalId, title } = stored.proposal;
    await send(local, "transcoder", createVoteCall(authorities.at(-1)?.address ?? protocol.controller, { calls, description: formatVoteText({ title, proposalId, reportHash: proposalId }) }));
    await waits(/waiting: the vote/);
    expect(await local.rpc.storage(GATE, 0n)).toBe(ZERO_HASH);
  });

  test("makes another proposal of what changed before anybody voted, and only when told to", { timeout: 120_000 }, async () => {
    await waits(/ready: Put it to the vote/);
    await sendAs(local.rpc, contract("StakeTimelock"), contract("BondingManager"), "function setUnbondingPeriod(uint64 rounds)", [9n]);
    expect(await failureOf(run())).toMatchObject({ code: "LPCTL_MIGRATE_BLOCKED", message: expect.stringContaining("changed since it was prepared"), next: expect.stringContaining("--propose-again") });
    const again = await failureOf(run(local.project, { proposeAgain: true }));
    expect(again).toMatchObject({ code: "LPCTL_MIGRATE_WAITING", details: { proposal: expect.stringMatching(/^002-/) } });
    expect((await waits(/ready: Put it to the vote/)).proposal).toBe(again.details?.["proposal"]);
  });

  test("waits for the poll that a policy wants of its kind, and then for the owner", { timeout: 120_000 }, async () => {
    const { accounts, rpc } = local;
    const creator = await deploy(rpc, accounts.deployer, artifactOf("QuickPollCreator"), [contract("BondingManager")]);
    await sendAs(rpc, contract("StakeTimelock"), protocol.controller, "function setContractInfo(bytes32 id, address location, bytes20 commit)", [contractId("PollCreator"), creator, `0x${"11".repeat(20)}`]);
    await give(accounts.deployer);
    const policy = { refuse: [], allow: [], requires: { vote: "poll" as const, rules: "lip-16" as const, for: ["set-parameter" as const] } };
    const project = { ...local.project, policy };
    const { proposal } = await waits(/waiting: a poll that passes/, project);
    const stored = await ofMigration(proposal);
    const { id: proposalId, title } = stored.proposal;
    await send(local, "transcoder", createPollCall(creator, formatVoteText({ title, proposalId, reportHash: (await loadReportHash(stored)) ?? ZERO_HASH })));
    const [poll] = (await readVotes(rpc, { pollCreators: [creator], governors: [] })).filter((vote) => vote.kind === "poll");
    await waits(/waiting: the end of the poll 0x/, project);
    await send(local, "transcoder", castPollCall(poll?.address ?? creator, "for"));
    // Until its last block is final.
    await mine(rpc, 90n);
    await waits(/ready: /, project);
    await executeProposal(project, stored, { signer: local.signers.deployer });
    expect(await run(project)).toMatchObject({ confirmed: 1, elsewhere: [proposal] });
  });
});
