import { readFunction } from "../chain/read-function.ts";
import { readLogs } from "../chain/logs.ts";
import { proposeParameters } from "../lifecycle/propose-parameters.ts";
import { createRunner, type Runner } from "../node/runner/runner.ts";
import { uintOf } from "../node/actors/values.ts";
import { decodeKnownEvent } from "../protocol/decode-known.ts";
import { mineBlocks, readNumber } from "./act.ts";
import { proposalSteps } from "./proposal-steps.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const DELAY_BLOCKS = 5n;
/** First from the local 50 blocks, then again: each with as many blocks of the round elapsed as make it jump. */
const FIRST_LENGTH = 12n;
const SECOND_LENGTH = 5n;
const ELAPSED_AT_FIRST = 30n;
const WATCHED_BLOCKS = 60n;

/**
 * A round keeps its first block when the length changes, so a shorter length makes it end in the past: round numbers jump by
 * floor(elapsed / new length), and the round they arrive in was begun by nobody. Clients that remember the length do not
 * notice.
 */
export const roundLengthScenario: Scenario = {
  name: "round-length",
  summary: "A shorter round decided mid-round: the jump of round numbers, and who misses rounds because of a remembered length.",
  prepare: prepareRoundLength,
};

interface Moment {
  block: bigint;
  round: bigint;
  startBlock: bigint;
  lengthBlocks: bigint;
}

function prepareRoundLength(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let runner: Runner | undefined;
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];

  const enter = async (cacheRoundLength: boolean): Promise<void> => {
    const { project, protocol } = ready(stage);
    runner = await createRunner({ rpc: project.rpc, protocol, cast: { profile: "launch", seed: 50n, transcoders: 2, delegators: 2, misbehaviour: [], cacheRoundLength } });
    await runner.enter();
  };
  const change = (lengthBlocks: bigint): RehearsalStep[] =>
    proposalSteps<Moment>({
      title: `Set roundLength to ${lengthBlocks} blocks in the middle of a round`,
      stage: () => ready(stage),
      observe: (on) => readMoment(on),
      propose: ({ project }) =>
        proposeParameters(project, [{ name: "roundLength", value: String(lengthBlocks), acceptRaw: false }], {
          producedBy: options.producedBy,
          dryRun: false,
          delayBlocks: DELAY_BLOCKS,
          delaySeconds: 0n,
        }),
      proposals,
      proofs,
      foreseen: (findings) => {
        const jump = findings.find(({ code }) => code === "round-number-jumps");
        proofs.push({ what: "the jump is told before anybody signs", holds: jump !== undefined, detail: `${jump?.title ?? "nothing is said"}; ${jump?.detail ?? ""}` });
      },
      prove: (before, on, { verification }) => proveJump(on, before, verification.transactions.at(-1) ?? "0x", lengthBlocks),
    });
  const watch = async (what: string, misses: boolean): Promise<string> => {
    const seen = await playBlocks(ready(stage), ready(runner), WATCHED_BLOCKS);
    const detail = `${seen.missed.length} of ${seen.passed} rounds missed in ${WATCHED_BLOCKS} blocks${seen.missed.length === 0 ? "" : ` (${seen.missed.join(", ")})`}, ${seen.rewards} rewards minted`;
    proofs.push({ what, holds: seen.passed > 0n && seen.missed.length > 0 === misses, detail });
    return detail;
  };

  const steps: RehearsalStep[] = [
    {
      title: "Start a chain; actors enter, the round initializer remembers the round length it saw first",
      run: async (update) => {
        stage = await openStage(options, { delayBlocks: DELAY_BLOCKS, isLived: false }, update);
        update("the actors enter");
        await enter(true);
        await ready(runner).playRounds(2);
        const { round, startBlock, lengthBlocks } = await readMoment(stage);
        await playTo(stage, ready(runner), startBlock + ELAPSED_AT_FIRST);
        return `round ${round} of ${lengthBlocks} blocks, ${ELAPSED_AT_FIRST} of them elapsed`;
      },
    },
    ...change(FIRST_LENGTH),
    { title: "Watch the initializer that remembers", run: () => watch("an initializer that remembers the old length misses rounds, and with them their rewards", true) },
    {
      title: "Restart it, and watch again",
      run: async () => {
        await enter(true);
        return watch("restarted, it knows the new length and misses none", false);
      },
    },
    {
      title: "Let an initializer take over that reads the length every time",
      run: async () => {
        const on = ready(stage);
        await enter(false);
        const { startBlock, lengthBlocks } = await readMoment(on);
        // Staging, the delay and executing take about half of this round, more than the whole of a round to come.
        await playTo(on, ready(runner), startBlock + lengthBlocks + 2n);
        const moment = await readMoment(on);
        return `round ${moment.round}, ${moment.block - moment.startBlock} of ${moment.lengthBlocks} blocks elapsed`;
      },
    },
    ...change(SECOND_LENGTH),
    { title: "Watch the initializer that reads", run: () => watch("an initializer that reads the length goes on without missing a round", false) },
  ];

  return {
    steps,
    result: () => ({ scenario: roundLengthScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}

/** What the chain said in the block that changed the length, against what follows from the block before. */
async function proveJump(stage: Stage, before: Moment, transaction: string, lengthBlocks: bigint): Promise<Proof[]> {
  const receipt = await stage.project.rpc.receipt(transaction as `0x${string}`);
  const block = ready(receipt?.blockNumber);
  const old = await readMoment(stage, block - 1n);
  const after = await readMoment(stage, block);
  const elapsed = block - old.startBlock;
  const jump = elapsed / lengthBlocks;
  const [initialized] = await readFunction(stage.project.rpc, addressIn(stage, "RoundsManager"), "function currentRoundInitialized() view returns (bool)", [], block);
  const kept = await Promise.all(["lastRoundLengthUpdateRound", "lastRoundLengthUpdateStartBlock"].map((name) => readNumber(stage, "RoundsManager", `function ${name}() view returns (uint256)`)));
  return [
    {
      what: `round ${old.round} became round ${after.round} in the block of the change`,
      holds: jump > 0n && after.round === old.round + jump,
      detail: `${elapsed} of ${before.lengthBlocks} blocks elapsed: floor(${elapsed} / ${lengthBlocks}) = ${jump}`,
    },
    {
      what: "round numbers go on from the present round and its first block, without a gap and without going back",
      holds: kept[0] === old.round && kept[1] === old.startBlock && after.startBlock === old.startBlock + jump * lengthBlocks,
      detail: `round ${old.round} began in block ${old.startBlock}, round ${after.round} in block ${after.startBlock}${jump > 1n ? "; those between them were over before anybody could begin them" : ""}`,
    },
    { what: `round ${after.round} was not initialized by anybody: rewards, bonding and work wait for that`, holds: initialized === false, detail: `currentRoundInitialized() is ${String(initialized)} in block ${block}` },
  ];
}

async function readMoment(stage: Stage, at?: bigint): Promise<Moment> {
  const { rpc } = stage.project;
  const block = at ?? (await rpc.blockNumber());
  const address = addressIn(stage, "RoundsManager");
  const read = async (name: string): Promise<bigint> => uintOf(await readFunction(rpc, address, `function ${name}() view returns (uint256)`, [], block), 0);
  const [round, startBlock, lengthBlocks] = await Promise.all([read("currentRound"), read("currentRoundStartBlock"), read("roundLength")]);
  return { block, round, startBlock, lengthBlocks };
}

/** Lets the actors live for some blocks, and finds the rounds of these blocks that nobody began. */
async function playBlocks(stage: Stage, runner: Runner, blocks: bigint): Promise<{ passed: bigint; missed: bigint[]; rewards: bigint }> {
  const before = await readMoment(stage);
  const rewards = (await runner.status()).work.rewards;
  await playTo(stage, runner, before.block + blocks);
  const after = await readMoment(stage);
  const logs = await readLogs(stage.project.rpc, { address: addressIn(stage, "RoundsManager"), fromBlock: before.block + 1n, toBlock: after.block });
  const begun = new Set(
    logs.flatMap((log) => {
      const event = decodeKnownEvent(log);
      return event?.name === "NewRound" ? [uintOf(event.values, 0)] : [];
    }),
  );
  // In its very first block nobody has had a turn yet.
  const last = after.block === after.startBlock ? after.round - 1n : after.round;
  const passed = last - before.round;
  const missed = Array.from({ length: Number(passed) }, (_, index) => before.round + 1n + BigInt(index)).filter((round) => !begun.has(round));
  return { passed, missed, rewards: (await runner.status()).work.rewards - rewards };
}

/** The actors take their turns up to a block; nothing is mined past it but what they send. */
async function playTo(stage: Stage, runner: Runner, block: bigint): Promise<void> {
  for (;;) {
    const { calls, dueBlock } = await runner.tick();
    const now = await stage.project.rpc.blockNumber();
    if (now >= block) return;
    if (calls > 0) continue;
    const next = dueBlock === undefined || dueBlock > block ? block : dueBlock - 1n;
    await mineBlocks(stage, next > now ? next - now : 1n);
  }
}
