import type { Project } from "../../inspection/project.ts";
import { deriveCalls } from "../../proposal/derive-calls.ts";
import { startFork, withFork } from "../../simulation/fork.ts";
import type { PrivilegeGraph } from "../graph/privilege.ts";
import { isTrial } from "../plan/is-trial.ts";
import type { Stage } from "../plan/stage.ts";
import { partiesOf, type ResolvedTarget } from "../target/resolve-target.ts";
import { judgeMatrices, type HandoverProof } from "./judge.ts";
import { takesFromAnybody, type Matrix } from "./matrix.ts";
import type { PrivilegedCall } from "./privileged-calls.ts";
import { actorsOf, readMatrix } from "./read-matrix.ts";
import { sendDirectly, walkPath, type Delays } from "./walk-path.ts";

/** How one stage went on the fork. */
export interface StageOnFork {
  stage: string;
  /** Along the whole way of the actor, or in its name. */
  way: "whole" | "direct";
  steps: string[];
  failure: string | undefined;
  /** Who can what when it is done; where power moved. */
  matrix: Matrix | undefined;
}

export interface ForkProof {
  blockNumber: bigint;
  before: Matrix;
  after: Matrix;
  stages: StageOnFork[];
  proofs: HandoverProof[];
}

export interface ForkRequest {
  graph: PrivilegeGraph;
  calls: readonly PrivilegedCall[];
  target: ResolvedTarget;
  /** Those that have not happened yet, in order. */
  stages: readonly Stage[];
  delays: Delays;
  /** Who could what before the first stage, where some have happened. */
  start?: Matrix | undefined;
}

/**
 * Runs a whole handover on a fork of the chain: acts of the present owner in its name, canaries and signs of life along their
 * whole way. Every privileged call is tried in the name of every account before, between and after.
 * @throws what `withFork` throws
 */
export async function proveOnFork(project: Project, { graph, calls, target, stages, delays, start }: ForkRequest): Promise<ForkProof> {
  const dividedOwners = target.divided === undefined ? [] : [target.divided];
  const actors = actorsOf(graph, partiesOf(target));
  return withFork(await startFork(project.rpc.url), async (fork) => {
    const read = (): Promise<Matrix> => readMatrix(fork.rpc, graph, calls, actors, dividedOwners);
    let before = await read();
    const results: StageOnFork[] = [];
    let latest = before;
    for (const stage of stages) {
      project.progress?.(`On a fork: ${stage.title}`);
      const acts = deriveCalls(stage.intents);
      const trial = isTrial(stage);
      const isIdle = stage.kind === "canary" && (await takesFromAnybody(fork.rpc, acts));
      const walked = isIdle ? { steps: [], failure: "anybody may make these calls: they prove nothing of who makes them" } : trial ? await walkPath(fork, stage.actor, stage.title, acts, delays) : { steps: [], failure: await sendDirectly(fork, stage.actor, acts) };
      if (!trial) latest = await read();
      // What stands ready for the new owner is no power of anybody yet.
      if (stage.kind === "setup") before = latest;
      results.push({ stage: stage.id, way: trial ? "whole" : "direct", ...walked, matrix: trial ? undefined : latest });
      // What comes after rests on it.
      if (walked.failure !== undefined) break;
    }
    const ways = results.map(({ stage: id, failure, steps }): HandoverProof => {
      const stage = stages.find((one) => one.id === id);
      return { what: `on a fork: ${stage?.title ?? id}`, holds: failure === undefined, detail: failure ?? (steps.length === 0 ? "the contracts take it" : steps.join("; ")) };
    });
    const isWhole = results.length === stages.length && ways.every(({ holds }) => holds);
    return { blockNumber: fork.block.number, before, after: latest, stages: results, proofs: [...ways, ...(isWhole ? judgeMatrices(start ?? before, latest, target, graph) : [])] };
  });
}
