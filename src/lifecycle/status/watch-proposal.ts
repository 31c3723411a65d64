import { pollUntil } from "../../chain/poll.ts";
import { LpctlError } from "../../errors.ts";
import type { Finding } from "../../finding.ts";
import type { Project } from "../../inspection/project.ts";
import { shownPath, shownValue } from "../../outcome/place.ts";
import type { StateChange } from "../../outcome/simulation.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import { compareChanges } from "../../simulation/compare-changes.ts";
import { assessProposal } from "../assess-proposal.ts";
import { openStep } from "./open-step.ts";
import { readStatus } from "./proposal-status.ts";
import { loadFullSimulation, loadProposalEffects } from "../records.ts";

/** One look at a proposal on one block, where it differs from the look before. */
export interface WatchEvent {
  block: bigint;
  /** Where the proposal stands, when that changed. */
  state?: string | undefined;
  /** What its simulation would do now that it would not have done at the last look, or the other way round, one line each. */
  drift: string[];
  /** Findings that are new or gone, one line each. */
  findings: string[];
  /** Why this look failed; the next may succeed. */
  trouble?: string | undefined;
}

export interface WatchOutcome {
  ended: "executed" | "blocked" | "looked-once";
  /** The proposal's state at the end, as `proposal status` summarises it. */
  state: string;
  looks: number;
  drifted: boolean;
  events: WatchEvent[];
}

export interface WatchOptions {
  /** Look again when at least this many blocks have come. */
  everyBlocks: bigint;
  once: boolean;
  onEvent?: ((event: WatchEvent) => void) | undefined;
}

interface Look {
  changes: StateChange[];
  findings: Finding[];
}

const LONGEST_WATCH_MS = 31 * 24 * 60 * 60 * 1000;
/** So many failed looks in a row are no hiccup of the endpoint any more. */
const MOST_TROUBLES = 5;

/**
 * Simulates a proposal again and again as blocks come, until it is executed or can never be, and tells what drifted: since
 * the kept simulation at first, since the last look then. Signs, sends and writes nothing.
 * @throws what `assessProposal` throws, when it does so several times in a row; LPCTL_CHAIN_WAIT_DEADLINE
 */
export async function watchProposal(project: Project, stored: StoredProposal, options: WatchOptions): Promise<WatchOutcome> {
  const kept = await loadFullSimulation(stored);
  let last: Partial<Look> = kept === undefined ? {} : { changes: kept.changes };
  let state: string | undefined;
  let troubles = 0;
  let drifted = false;
  const events: WatchEvent[] = [];
  for (let looks = 1, next = 0n; ; looks += 1) {
    const block = await waitForBlock(project, next);
    next = block + options.everyBlocks;
    const event: WatchEvent = { block, drift: [], findings: [] };
    let ended: WatchOutcome["ended"] | undefined;
    try {
      const status = await readStatus(project, stored);
      if (status.summary !== state) event.state = status.summary;
      state = status.summary;
      const open = openStep(status.steps);
      ended = open === undefined ? "executed" : open.state.state === "blocked" ? "blocked" : undefined;
      if (ended === undefined) {
        const { simulation, findings } = await assessProposal({ ...project, progress: undefined, aftermath: false }, stored.proposal, stored.name, await loadProposalEffects(stored));
        const now: Look = { changes: simulation.changes, findings };
        event.drift = last.changes === undefined ? [] : describeDrift(last.changes, now.changes);
        event.findings = last.findings === undefined ? [] : describeFindings(last.findings, now.findings);
        last = now;
      }
      troubles = 0;
    } catch (error) {
      troubles += 1;
      if (!(error instanceof LpctlError) || options.once || troubles >= MOST_TROUBLES) throw error;
      event.trouble = error.message;
    }
    drifted ||= event.drift.length > 0;
    if (event.state !== undefined || event.trouble !== undefined || event.drift.length + event.findings.length > 0) {
      events.push(event);
      options.onEvent?.(event);
    }
    if (ended !== undefined || options.once) return { ended: ended ?? "looked-once", state: state ?? "", looks, drifted, events };
  }
}

function waitForBlock({ rpc }: Project, wanted: bigint): Promise<bigint> {
  return pollUntil(
    async () => {
      const block = await rpc.blockNumber();
      return block >= wanted ? block : undefined;
    },
    { deadlineMs: LONGEST_WATCH_MS, intervalMs: 100, longestIntervalMs: 4_000, what: `block ${wanted}` },
  );
}

/** Of effects alone: queues and nonces of the authorities, which others move all the time, are bookkeeping. */
function describeDrift(before: readonly StateChange[], now: readonly StateChange[]): string[] {
  const { missing, unexpected, different } = compareChanges(before, now);
  return [
    ...missing.map((change) => `${nameOf(change)} would not change any more`),
    ...unexpected.map((change) => `${nameOf(change)} would change too: ${shownValue(change, "before")} to ${shownValue(change, "after")}`),
    ...different.map(({ simulated, actual }) =>
      simulated.after === actual.after
        ? `${nameOf(actual)} is ${shownValue(actual, "before")} now, was ${shownValue(simulated, "before")}`
        : `${nameOf(actual)} would become ${shownValue(actual, "after")}, no longer ${shownValue(simulated, "after")}`,
    ),
  ];
}

function describeFindings(before: readonly Finding[], now: readonly Finding[]): string[] {
  const keyOf = ({ code, title, detail }: Finding): string => `${code} ${title} ${detail ?? ""}`;
  const [known, found] = [new Set(before.map(keyOf)), new Set(now.map(keyOf))];
  return [
    ...now.filter((finding) => !known.has(keyOf(finding))).map(({ severity, title }) => `new ${severity}: ${title}`),
    ...before.filter((finding) => !found.has(keyOf(finding))).map(({ severity, title }) => `gone: ${severity}: ${title}`),
  ];
}

function nameOf(change: StateChange): string {
  return `${change.contract ?? change.address}.${shownPath(change)}`;
}
