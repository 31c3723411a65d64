import { Exit, LpctlError } from "../errors.ts";
import type { Profile } from "../protocol/profiles.ts";
import { chooseActors, type ActorOptions, type ActorSettings } from "./actor-settings.ts";
import type { ChainStart } from "./chain-start.ts";
import { requirePossible } from "./deploy-suite.ts";
import { FreshStart } from "./fresh-start.ts";
import { forgetState, readKeptState, stateLost, type KeptState } from "./kept-state.ts";
import { chooseChainId, chooseNetworkName } from "./node-options.ts";
import type { NodeProject } from "./node-project.ts";
import { loadNodeRecord, lockNode, removeNodeRecord, type NodeRecord } from "./node-record.ts";
import { observeNode } from "./observe-node.ts";
import type { Phase } from "./phase.ts";
import { RejoinedStart } from "./rejoined-start.ts";
import { ResumedStart } from "./resumed-start.ts";
import { readRunnerStatus } from "./runner/runner-process.ts";
import { endRecorded } from "./stop-node.ts";

/** What was asked for; what is undefined is as the kept chain has it, or the default. */
export interface StartOptions {
  project: NodeProject;
  /** Name of the network in `lpctl.yaml`. */
  network: string | undefined;
  profile: Profile | undefined;
  phase: Phase | undefined;
  /** A number that must be free; absent: that of the kept chain, 8545, or any free one when that is taken. */
  port: number | undefined;
  chainId: number | undefined;
  /** 0: a block per transaction and no other. */
  blockTimeSeconds: number | undefined;
  actors: ActorOptions;
  /** Days in which the Safe of a fresh chain in the phase stake can veto; 0 for no veto. */
  guardianDays?: number | undefined;
  /** Throw away what is kept. */
  fresh: boolean;
  compilerCaches: string[];
}

const DEFAULT = { network: "local", profile: "launch", phase: "governor", blockTimeSeconds: 1 } as const;

/**
 * Prepares a local chain that outlives the command: the one that was stopped, where it was, or a fresh one with the whole
 * protocol on it. `lpctl.yaml` is written in the last step, when everything else has succeeded. The caller runs the steps and
 * always calls `end`.
 * @throws LPCTL_NODE_RUNNING, LPCTL_NODE_BUSY, LPCTL_NODE_NOT_OURS, LPCTL_NODE_RECORD_UNREADABLE, LPCTL_NODE_OTHER_VERSION,
 * LPCTL_NODE_KEPT_DIFFERS, LPCTL_NODE_STATE_LOST
 */
export async function prepareNode(options: StartOptions): Promise<ChainStart> {
  const fresh = freshSettings(options);
  const { folder } = options.project;
  const unlock = lockNode(folder);
  try {
    const record = await loadNodeRecord(folder);
    const whole = record !== undefined && record.controller !== null;
    if (!whole || options.fresh) requirePossible(fresh.profile, fresh.phase);
    requireGuardianPossible(options, whole && !options.fresh, fresh.phase);
    if (record === undefined) {
      await forgetState(folder);
      return new FreshStart(fresh, undefined, unlock);
    }
    // We hold the lock, so a chain that is only half set up belongs to a command that was killed.
    const observed = whole ? await observeNode(record) : undefined;
    if (observed?.state === "running") {
      const runner = await readRunnerStatus(folder);
      const isAlone = record.actors !== null && runner.state !== "running" && runner.state !== "entering";
      if (!isAlone || options.fresh || (options.port ?? record.port) !== record.port) throw alreadyRunning(record);
      requireNoContradiction(options, record);
      return new RejoinedStart(resumedSettings(options, record), record, observed.blockNumber, `${runner.account} The chain runs.`, unlock);
    }
    if (whole && !options.fresh) requireNoContradiction(options, record);
    const ended = record.stoppedAt === null ? (await endRecorded(folder, record)).account : undefined;
    const kept = whole ? await readKeptState(folder, record) : undefined;
    if (whole && !options.fresh) {
      if (kept === undefined) throw stateLost(folder);
      return new ResumedStart(resumedSettings(options, record), kept, record, joinSentences(ended, tornState(kept)), unlock);
    }
    removeNodeRecord(folder);
    await forgetState(folder);
    const thrownAway = whole ? `Threw away the chain that was kept${kept === undefined ? "" : ` at block ${kept.blockNumber}`} (profile ${record.profile}, phase ${record.phase}, chain ${record.chainId}).` : undefined;
    return new FreshStart(fresh, joinSentences(ended, thrownAway), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

function freshSettings(options: StartOptions): ConstructorParameters<typeof FreshStart>[0] {
  const { project, port, compilerCaches } = options;
  const phase = options.phase ?? DEFAULT.phase;
  // Stake votes in one profile only, so that need not be said.
  const profile = options.profile ?? (phase === "stake" ? "current" : DEFAULT.profile);
  const actors = chooseActors(options.actors, undefined, profile);
  return {
    project,
    network: chooseNetworkName(options.network ?? DEFAULT.network, project.config),
    profile,
    phase,
    chainId: chooseChainId(options.chainId, project.config),
    blockTimeSeconds: chooseBlockTime(options, actors, DEFAULT.blockTimeSeconds),
    port,
    actors,
    guardianDays: options.guardianDays,
    compilerCaches,
  };
}

function resumedSettings(options: StartOptions, record: NodeRecord): ConstructorParameters<typeof ResumedStart>[0] {
  const { project, port, compilerCaches } = options;
  const actors = chooseActors(options.actors, record.actors, record.profile);
  return {
    project,
    network: chooseNetworkName(options.network ?? record.network, project.config),
    profile: record.profile,
    phase: record.phase,
    chainId: record.chainId,
    blockTimeSeconds: chooseBlockTime(options, actors, record.blockTimeSeconds),
    port,
    actors,
    compilerCaches,
  };
}

/** Actors need blocks that pass, so a chain of theirs has a pace. @throws LPCTL_USAGE_BAD_VALUE */
function chooseBlockTime({ blockTimeSeconds }: StartOptions, actors: ActorSettings | null, usual: number): number {
  if (actors === null) return blockTimeSeconds ?? usual;
  if (actors.fast) return 0;
  if (blockTimeSeconds === 0) {
    throw new LpctlError({
      code: "LPCTL_USAGE_BAD_VALUE",
      exit: Exit.usage,
      message: "--block-time 0 is for a chain without actors.",
      why: "Rounds pass with blocks, and nobody would have anything to do.",
      next: "lpctl node start --no-actors --block-time 0",
    });
  }
  return blockTimeSeconds ?? (usual === 0 ? DEFAULT.blockTimeSeconds : usual);
}

/** Port, name, speed and actors may change from one start to the next; what lies in the chain's blocks cannot. */
function requireNoContradiction(options: StartOptions, record: NodeRecord): void {
  const wanted: [what: string, flag: string, wanted: string | undefined, has: string][] = [
    ["chain id", "--chain-id", options.chainId?.toString(), record.chainId.toString()],
    ["profile", "--profile", options.profile, record.profile],
    ["phase", "--phase", options.phase, record.phase],
  ];
  const contradictions = wanted.filter(([, , value, has]) => value !== undefined && value !== has);
  if (contradictions.length === 0) return;
  const flags = contradictions.map(([, flag, value]) => `${flag} ${value ?? ""}`).join(" ");
  throw new LpctlError({
    code: "LPCTL_NODE_KEPT_DIFFERS",
    exit: Exit.refused,
    message: `The local chain of this project is another one: ${contradictions.map(([what, , value, has]) => `its ${what} is ${has}, not ${value ?? ""}`).join("; ")}.`,
    why: "A stopped chain goes on where it was.",
    next: `lpctl node start goes on with it; lpctl node start --fresh ${flags} throws it away and begins anew`,
    details: { chainId: record.chainId, profile: record.profile, phase: record.phase },
  });
}

/** The veto is made with the timelock, and lasts as long as it was made to. @throws LPCTL_USAGE_BAD_VALUE */
function requireGuardianPossible({ guardianDays }: StartOptions, isKept: boolean, phase: Phase): void {
  if (guardianDays === undefined || (!isKept && phase === "stake")) return;
  throw new LpctlError({
    code: "LPCTL_USAGE_BAD_VALUE",
    exit: Exit.usage,
    message: isKept ? "--guardian-days is for a fresh chain: what this one was made with stays." : `The phase ${phase} has no guardian.`,
    ...(isKept ? {} : { why: "A veto is against what stake votes for." }),
    next: `lpctl node start --phase stake --guardian-days ${guardianDays}${isKept ? " --fresh" : ""}`,
  });
}

function alreadyRunning(record: NodeRecord): LpctlError {
  return new LpctlError({
    code: "LPCTL_NODE_RUNNING",
    exit: Exit.refused,
    message: `A local chain of this project is running at ${record.rpcUrl}.`,
    why: `It was started with profile ${record.profile} in phase ${record.phase} at ${record.startedAt}.`,
    next: "lpctl node stop, then lpctl node start",
    details: { rpcUrl: record.rpcUrl, pid: record.pid, profile: record.profile, phase: record.phase },
  });
}

function tornState({ newest, blockNumber }: KeptState): string | undefined {
  return newest ? undefined : `Its newest state was not written whole; it goes on with that of block ${blockNumber}, with which it was last started.`;
}

function joinSentences(...sentences: (string | undefined)[]): string | undefined {
  const said = sentences.filter((sentence) => sentence !== undefined);
  return said.length === 0 ? undefined : said.join(" ");
}
