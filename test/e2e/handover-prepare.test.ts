/** What a handover's target needs, deployed by an operator, registered by the first stage, and only then able to take over. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Exit } from "../../src/errors.ts";
import { planHandover, type PlannedHandover } from "../../src/handover/plan-handover.ts";
import { deployPrepared } from "../../src/handover/prepare/deploy-prepared.ts";
import { missingFor } from "../../src/handover/prepare/missing-for.ts";
import { preparedPath } from "../../src/handover/prepare/prepared-file.ts";
import { priceOf, reviewPreparation, type Preparation } from "../../src/handover/prepare/review-preparation.ts";
import { loadTarget } from "../../src/handover/target/load-target.ts";
import { bondAndReward } from "../../src/node/live-state.ts";
import { deploySuite, suiteTargets, type LocalProtocol } from "../../src/node/deploy-suite.ts";
import { carryOut, compileArtifacts, failureOf, read, sendAs, startLocalProject, type LocalProject } from "./local-project.ts";

const TIMED = { guardian: "0x90F79bf6EB2c4f870365E785982E1f101E93b906", guardianUntil: "2028-12-31" };
const FILE = `target: stake
turnout: {distribution: {triangular: {least: "60%", mode: "70%", most: "90%"}}, transcoders: {shares: ["60%"]}}
prepare:
  rules: {votingPeriod: 5 rounds, minDelay: 1 day}
  guardian: "${TIMED.guardian}"
  guardianUntil: "${TIMED.guardianUntil}"
`;

let local: LocalProject;
let protocol: LocalProtocol;
let path: string;

beforeAll(async () => {
  const targets = suiteTargets("current");
  const [started, artifactOf] = await Promise.all([startLocalProject(), compileArtifacts(targets.map(({ source, contract }) => `${source}:${contract}`))]);
  local = started;
  protocol = await deploySuite(local.rpc, targets.map(({ contract }) => artifactOf(contract)), { profile: "current", phase: "safe", gitCommitHash: `0x${"11".repeat(20)}`, parameters: { "RoundsManager.roundLength": 15n } });
  await bondAndReward(local.rpc, protocol);
  local.project.controller = protocol.controller;
  path = join(local.project.folder, "handover.yaml");
  await writeFile(path, FILE);
});
afterAll(() => local.stop());

const review = async (): Promise<Preparation> => {
  const { kinds, settings } = await missingFor(local.project, path, {});
  expect(kinds).toEqual(["stake"]);
  return reviewPreparation(local.project, "stake", settings, local.accounts.operator);
};
const plan = async (dryRun = false): Promise<PlannedHandover> => planHandover(local.project, await loadTarget(path, undefined), { producedBy: "test", dryRun });
const nonce = () => local.rpc.nonce(local.accounts.operator);
const dies = (after: string, times: number) => {
  let seen = 0;
  return (name: string): void => {
    if (name === after && ++seen === times) throw new Error("killed");
  };
};

test("deploys what stake needs, killed twice on the way, and the plan begins with its registration", async () => {
  const { project, rpc, signers, accounts } = local;
  const first = await nonce();
  expect(await failureOf(plan(true))).toMatchObject({ code: "LPCTL_HANDOVER_TARGET_INCOMPLETE" });

  const dry = await review();
  expect(dry.rules.map(({ word, value, form }) => [word, value, form === undefined])).toContainEqual(["votingPeriod", 5n, false]);
  expect(dry.planned.plan.transactions.map(({ id }) => id)).toEqual(["deploy:StakeGovernorTarget", "deploy:StakeGovernor", "deploy:StakeTimelock"]);
  expect((await priceOf(rpc, dry)).gas).toBeGreaterThan(5_000_000n);
  expect(await nonce()).toBe(first);

  await expect(deployPrepared(project, dry, signers.operator, { onCheckpoint: dies("sent", 1) })).rejects.toThrow("killed");
  expect(await failureOf(plan(true))).toMatchObject({ code: "LPCTL_HANDOVER_NOT_PREPARED" });
  await expect(deployPrepared(project, await review(), signers.operator, { onCheckpoint: dies("attempt:written", 1) })).rejects.toThrow("killed");
  const again = await review();
  expect(again.isBegun).toBe(true);
  const { prepared } = await deployPrepared(project, again, signers.operator);
  expect(prepared.contracts).toEqual(dry.prepared.contracts);
  expect([await nonce(), prepared.transactions?.length]).toEqual([first + 3n, 3]);
  expect(await failureOf(missingFor(project, path, {}))).toMatchObject({ code: "LPCTL_HANDOVER_PREPARED_ALREADY", exit: Exit.refused });
  expect(await failureOf(reviewPreparation(project, "stake", {}, accounts.operator))).toMatchObject({ code: "LPCTL_HANDOVER_PREPARED_ALREADY" });

  // Who edits an address in the record hands nothing to anybody else.
  const record = preparedPath(project, "stake");
  const kept = await readFile(record, "utf8");
  await writeFile(record, kept.replace(prepared.contracts["StakeTimelock"] ?? "", accounts.operator));
  expect(await failureOf(plan(true))).toMatchObject({ code: "LPCTL_HANDOVER_PREPARED_DIFFERS" });
  await writeFile(record, kept);

  // Registered and without rules, it takes none from a stranger.
  const open = await local.rpc.request("evm_snapshot", [], z.string());
  const [safe, governor] = [protocol.safe!, prepared.contracts["StakeGovernor"]!];
  for (const { to, signature, args } of again.planned.ownerCalls.slice(0, 3)) await sendAs(rpc, safe, to, signature, [...args]);
  const { to, signature, args } = again.planned.ownerCalls[3]!;
  expect(to).toBe(governor);
  await expect(sendAs(rpc, accounts.operator, to, signature, [...args])).rejects.toThrow("reverted");
  await expect(sendAs(rpc, accounts.transcoder, governor, "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description)", [[to], [0n], ["0x"], "mine"])).rejects.toThrow("reverted");
  await sendAs(rpc, safe, to, signature, [...args]);
  await expect(sendAs(rpc, safe, to, signature, [...args])).rejects.toThrow("reverted");
  await rpc.request("evm_revert", [open], z.literal(true));

  const planned = await plan();
  expect(planned.record.stages.map(({ kind }) => kind).slice(0, 2)).toEqual(["setup", "sign-of-life"]);
  expect(planned.record.proofs.filter(({ holds }) => !holds)).toEqual([]);
  expect(planned.record.to).toBe(prepared.contracts["StakeTimelock"]);
  const stored = planned.proposed!.stored;
  expect(stored.proposal.authorities[0]?.kind).toBe("safe");
  const { verification } = await carryOut(local, stored);
  expect(verification.equal).toBe(true);

  expect(await read(rpc, governor, "function votingPeriod() view returns (uint256)")).toBe(5n);
  const next = await plan();
  expect(next.progress.map(({ state }) => state).slice(0, 2)).toEqual(["done", "open"]);
  expect(next.proposed?.stored.proposal.authorities.map(({ kind }) => kind)).toContain("vote-governor");
});
