import type { Project } from "../inspection/project.ts";
import { shownPath, shownValue, wordOf } from "../outcome/place.ts";
import type { SimulationResult, StateChange } from "../outcome/simulation.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { findBookkeeping, type AuthorityKind } from "../simulation/classify/bookkeeping.ts";
import { isEffect } from "../simulation/effects/effects.ts";
import { startFork, withFork, type Fork } from "../simulation/fork.ts";
import { runRoute } from "../simulation/route-runner.ts";
import { readQueueItems, type QueueItem } from "./queue-items.ts";

export interface QueuedItem {
  name: string;
  title: string;
  source: QueueItem["source"];
  safeNonce: bigint | undefined;
  /** After everything before it. */
  outcome: "success" | "reverted";
  revertReason?: string | undefined;
  /** On the present state, with nothing before it. */
  alone: "success" | "reverted";
  /** Of its preconditions: those that no longer hold when its turn comes. */
  unmet: string[];
  /** What it does differently than it does alone. */
  differences: QueueDifference[];
}

export interface QueueDifference {
  contract: string;
  path: string;
  alone: string | undefined;
  inQueue: string | undefined;
  /** Which of the earlier ones wrote there. */
  writtenBy: string[];
}

/** Two of the queue write the same variable, and the later value stays. */
export interface QueueConflict {
  contract: string;
  path: string;
  writers: { name: string; after: string }[];
}

export interface QueueOutcome {
  block: { number: bigint; hash: Hex };
  items: QueuedItem[];
  conflicts: QueueConflict[];
  /** Name of the first that fails when its turn comes. */
  firstFailing: string | undefined;
  /** Open proposals that can never happen as they are. */
  stuck: { name: string; why: string }[];
  /** Nonces of a Safe that come before those of the queue and that nobody here knows a transaction for. */
  gaps: { safe: Address; nonce: bigint }[];
}

interface Run {
  outcome: "success" | "reverted";
  revertReason?: string | undefined;
  changes: StateChange[];
}

/**
 * Runs everything that is pending on one fork, in the order in which it can happen, and each by itself beside it: what
 * comes out differently depends on the order. Stages go level by level: every Safe transaction by nonce, then every
 * staged update as its delay ends, so that delays overlap as they will.
 */
export async function simulateQueue(project: Project): Promise<QueueOutcome> {
  project.progress?.("Running everything that is pending, in order, on a fork");
  const { items, stuck } = await readQueueItems(project);
  return withFork(await startFork(project.rpc.url, project.block), async (fork) => {
    const alone: Run[] = [];
    for (const item of items) alone.push(await fork.tryOut(() => runAll(fork, item)));
    const unmet: string[][] = items.map(() => []);
    const together: Run[] = items.map(() => ({ outcome: "success", changes: [] }));
    const levels = Math.max(0, ...items.map(({ stages }) => stages.length));
    for (let level = 0; level < levels; level += 1) {
      for (const [index, item] of items.entries()) {
        const run = together[index];
        if (run === undefined || run.outcome === "reverted" || item.stages[level] === undefined) continue;
        unmet[index] = [...new Set([...(unmet[index] ?? []), ...(await item.unmet(fork.rpc))])];
        together[index] = follow(run, await runStage(fork, item, level));
      }
    }
    return describe(items, { alone, together, unmet }, fork, stuck, await readGaps(items, project));
  });
}

async function runAll(fork: Fork, item: QueueItem): Promise<Run> {
  let run: Run = { outcome: "success", changes: [] };
  for (let level = 0; level < item.stages.length && run.outcome === "success"; level += 1) run = follow(run, await runStage(fork, item, level));
  return run;
}

async function runStage(fork: Fork, item: QueueItem, level: number): Promise<Run> {
  const steps = (await item.stages[level]?.(fork.rpc)) ?? [];
  const result = await runRoute(fork, { steps, book: item.book, proposalId: item.id, assumptions: [] });
  return { ...outcomeOf(result), changes: result.changes };
}

function outcomeOf({ steps }: SimulationResult): Pick<Run, "outcome" | "revertReason"> {
  const failed = steps.find(({ outcome }) => outcome === "reverted");
  return failed === undefined ? { outcome: "success" } : { outcome: "reverted", revertReason: failed.revertReason };
}

/** First before, last after, for each place. */
function follow(first: Run, second: Run): Run {
  const places = new Map(first.changes.map((change) => [variableOf(change), change]));
  for (const change of second.changes) {
    const earlier = places.get(variableOf(change));
    places.set(variableOf(change), earlier === undefined ? change : { ...change, before: earlier.before, beforeText: earlier.beforeText });
  }
  return { ...second, changes: [...places.values()] };
}

/** Tells apart the variables of a word, too. */
function variableOf(change: StateChange): string {
  return `${wordOf(change)} ${change.path ?? ""}`;
}

function describe(
  items: readonly QueueItem[],
  runs: { alone: Run[]; together: Run[]; unmet: string[][] },
  fork: Fork,
  stuck: QueueOutcome["stuck"],
  gaps: QueueOutcome["gaps"],
): QueueOutcome {
  // Nonces and queues of the authorities on the way differ with the order by their nature.
  const authorities = new Map(items.flatMap(({ authorities: own }) => [...own]));
  const effects = (run: Run | undefined): StateChange[] => (run?.changes ?? []).filter((change) => isEffect(withBookkeeping(change, authorities)));
  const together = runs.together.map(effects);
  const described = items.map((item, index): QueuedItem => {
    const { outcome = "success", revertReason } = runs.together[index] ?? {};
    return {
      name: item.name,
      title: item.title,
      source: item.source,
      safeNonce: item.safe?.nonce,
      outcome,
      ...(revertReason === undefined ? {} : { revertReason }),
      alone: runs.alone[index]?.outcome ?? "success",
      unmet: runs.unmet[index] ?? [],
      differences: differencesOf(effects(runs.alone[index]), together[index] ?? [], (place) =>
        items.slice(0, index).flatMap((earlier, at) => ((together[at] ?? []).some((change) => variableOf(change) === place) ? [earlier.name] : [])),
      ),
    };
  });
  const { number, hash } = fork.block;
  return {
    block: { number, hash },
    items: described,
    conflicts: conflictsOf(items.map(({ name }) => name), together),
    firstFailing: described.find(({ outcome }) => outcome === "reverted")?.name,
    stuck,
    gaps,
  };
}

/** No control run is made for each of a queue: of the classes, only this one is told apart. */
function withBookkeeping(change: StateChange, authorities: ReadonlyMap<Address, AuthorityKind>): StateChange {
  return findBookkeeping(change, authorities) === undefined ? change : { ...change, class: "bookkeeping" };
}

function differencesOf(alone: readonly StateChange[], inQueue: readonly StateChange[], writersOf: (place: string) => string[]): QueueDifference[] {
  const expected = new Map(alone.map((change) => [variableOf(change), change]));
  const found = new Map(inQueue.map((change) => [variableOf(change), change]));
  return [...new Set([...expected.keys(), ...found.keys()])].flatMap((place) => {
    const [one, other] = [expected.get(place), found.get(place)];
    const shown = one ?? other;
    if (shown === undefined || (one?.after === other?.after)) return [];
    return [{ ...nameOf(shown), alone: textOf(one), inQueue: textOf(other), writtenBy: writersOf(place) }];
  });
}

function conflictsOf(names: readonly string[], changes: readonly StateChange[][]): QueueConflict[] {
  const writers = new Map<string, { change: StateChange; name: string }[]>();
  for (const [index, list] of changes.entries()) {
    // Balances add up whatever the order; a variable keeps only the last value.
    for (const change of list.filter(({ kind }) => kind !== "balance")) {
      const place = variableOf(change);
      writers.set(place, [...(writers.get(place) ?? []), { change, name: names[index] ?? "" }]);
    }
  }
  return [...writers.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined || list.length < 2) return [];
    return [{ ...nameOf(first.change), writers: list.map(({ name, change }) => ({ name, after: textOf(change) ?? "" })) }];
  });
}

function nameOf(change: StateChange): { contract: string; path: string } {
  return { contract: change.contract ?? change.address, path: shownPath(change) };
}

function textOf(change: StateChange | undefined): string | undefined {
  return change === undefined ? undefined : shownValue(change, "after");
}

async function readGaps(items: readonly QueueItem[], { rpc }: Project): Promise<QueueOutcome["gaps"]> {
  const { readSafe } = await import("../safe/read-safe.ts");
  const nonces = new Map<Address, bigint[]>();
  for (const { safe } of items) if (safe !== undefined) nonces.set(safe.address, [...(nonces.get(safe.address) ?? []), safe.nonce]);
  const perSafe = await Promise.all(
    [...nonces].map(async ([address, known]) => {
      const gaps: QueueOutcome["gaps"] = [];
      const last = known.reduce((most, nonce) => (nonce > most ? nonce : most));
      for (let nonce = (await readSafe(rpc, address)).nonce; nonce < last; nonce += 1n) if (!known.includes(nonce)) gaps.push({ safe: address, nonce });
      return gaps;
    }),
  );
  return perSafe.flat();
}
