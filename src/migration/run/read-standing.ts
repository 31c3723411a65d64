import type { StepState } from "../../authority/step.ts";
import { openStep } from "../../lifecycle/status/open-step.ts";
import type { StepStatus } from "../../lifecycle/status/proposal-status.ts";
import { shortName } from "../../proposal/short-name.ts";
import { plural } from "../../protocol/plural.ts";
import { utcTime } from "../../report/utc-time.ts";
import type { Project } from "../../inspection/project.ts";

/** How far others are with a proposal. */
export interface Standing {
  state: StepState["state"];
  /** What is waited for and until when, as people read it. */
  summary: string;
  /** The first block, or second, in which it can go on; null where no time decides. */
  untilBlock: bigint | null;
  readyAtSeconds: bigint | null;
  /** What to type. */
  next: string;
}

/** Reads where a proposal of the project stands on the chain. @throws what `loadProposal` and `readStatus` throw */
export async function readStanding(project: Project, name: string): Promise<Standing> {
  const [{ readStatus }, { loadProposal }] = await Promise.all([import("../../lifecycle/status/proposal-status.ts"), import("../../proposal/store.ts")]);
  const { steps, summary } = await readStatus(project, await loadProposal(project.folder, project.network, name));
  const open = openStep(steps);
  if (open === undefined) return { state: "done", summary, untilBlock: null, readyAtSeconds: null, next: `lpctl proposal status ${shortName(name)}` };
  const { untilBlock, untilSeconds } = open.state.state === "waiting" ? open.state : {};
  const until = [
    ...(untilBlock === undefined ? [] : [`not before block ${untilBlock}, in ${plural(untilBlock - (await project.rpc.blockNumber()), "block")}`]),
    ...(untilSeconds === undefined ? [] : [notBefore(untilSeconds)]),
  ];
  return { state: open.state.state, summary: [summary, ...until].join("; "), untilBlock: untilBlock ?? null, readyAtSeconds: untilSeconds ?? null, next: nextOf(open, shortName(name)) };
}

/** `not before 2026-01-05 14:00:00 UTC`: the same words wherever a migration waits for time to pass. */
export function notBefore(seconds: bigint): string {
  return `not before ${utcTime(seconds)}`;
}

function nextOf({ kind, state }: StepStatus, name: string): string {
  const after = "; afterwards run the same command again";
  if (state.state === "blocked") {
    if (kind === "poll") return `lpctl vote create ${name} --poll --again --key NAME holds another poll${after}`;
    // Before there is a vote, what blocks is that the chain moved on under the proposal.
    if (kind.startsWith("vote") && kind !== "vote-create") return `lpctl vote create ${name} --again --key NAME puts it to the vote once more${after}`;
    return "The same command with --propose-again makes another proposal";
  }
  if (state.state === "ready" && kind === "vote-create") return `lpctl vote create ${name} --key NAME puts it to the vote${after}`;
  if (state.state === "ready" && kind !== "safe") return `lpctl proposal execute ${name} --key NAME takes this step${after}`;
  return `lpctl proposal status ${name} says whose turn it is${after}`;
}
