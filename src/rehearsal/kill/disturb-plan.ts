import type { Fault, KillRun } from "./certificate.ts";
import type { FaultyRpc, WireFault } from "./faulty-rpc.ts";
import type { KillJob, KillNote } from "./kill-job.ts";
import { largestJournal, runBeside, runProcess, type Ended } from "./run-process.ts";

/** In this order, over and over: half of the processes are only killed, each of the others meets something else first. */
const TURNS: readonly Exclude<Fault, "none">[] = ["killed", "answer lost", "reorg", "second process", "killed", "disk full", "sent twice", "killed", "question lost", "killed", "killed", "killed"];
/** Processes in a row to which nothing was done and that failed all the same: then the plan is stuck. */
const MOST_STUCK = 3;

export interface Disturbance {
  job: KillJob;
  faulty: FaultyRpc;
  /** Checkpoints between one kill and the next; 1 kills at every one. */
  stride: number;
  readMined: () => Promise<number>;
  onRun: (run: KillRun, count: number) => void;
}

/** Carries a plan out in one process after the other, each of which meets a fault, until one comes to the end. */
export async function disturbPlan({ job, faulty, stride, readMined, onRun }: Disturbance): Promise<KillRun[]> {
  const runs: KillRun[] = [];
  for (let turn = 0, stuck = 0; stuck < MOST_STUCK; turn++) {
    const fault = TURNS[turn % TURNS.length] ?? "killed";
    const ends = { signal: "SIGKILL", after: stride - 1 } as const;
    const { ended, struck } = await runWith(fault, { ...job, ends }, faulty);
    const run: KillRun = { fault, struck, at: placeOf(ended.notes), ended: howEnded(ended), mined: await readMined() };
    runs.push(run);
    onRun(run, runs.length);
    if (run.ended === "done") break;
    stuck = run.struck || run.ended === "killed" ? 0 : stuck + 1;
  }
  return runs;
}

async function runWith(fault: Exclude<Fault, "none">, job: KillJob, faulty: FaultyRpc): Promise<{ ended: Ended; struck: boolean }> {
  switch (fault) {
    case "killed": {
      const ended = await runProcess(job);
      return { ended, struck: ended.signal === "SIGKILL" };
    }
    case "second process": {
      const { first, second } = await runBeside(job);
      return { ended: { ...first, notes: [...first.notes, ...(second?.notes ?? [])] }, struck: second?.notes.some((note) => "code" in note && note.code === "LPCTL_JOURNAL_LOCKED") === true };
    }
    case "disk full": {
      const ended = await runProcess(job, largestJournal(job.folder));
      return { ended, struck: ended.notes.some((note) => "code" in note && note.code === "LPCTL_DISK_FULL") };
    }
    default:
      return runOverWire(fault, job, faulty);
  }
}

async function runOverWire(fault: WireFault, job: KillJob, faulty: FaultyRpc): Promise<{ ended: Ended; struck: boolean }> {
  // A reorganisation takes back what this process had seen mined, so it comes a little later than the others.
  faulty.arm(fault, fault === "reorg" ? 3 : 1);
  const after = (job.ends?.after ?? 0) + ROOM_FOR_FAULT;
  const ended = await runProcess({ ...job, rpcUrl: faulty.url, ends: { signal: "SIGKILL", after } });
  return { ended, struck: faulty.hasStruck() };
}

/** Checkpoints that a process may pass after its fault, before it is killed: how it takes the fault is what is looked at. */
const ROOM_FOR_FAULT = 24;

function howEnded({ signal, notes }: Ended): string {
  if (signal !== null) return "killed";
  const code = notes.flatMap((note) => ("code" in note ? [note.code] : [])).at(-1);
  return code ?? (notes.some((note) => "checkpoints" in note) ? "done" : "died");
}

function placeOf(notes: readonly KillNote[]): KillRun["at"] {
  return notes.flatMap((note) => ("checkpoint" in note ? [note] : [])).at(-1) ?? null;
}
