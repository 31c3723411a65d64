import { openStep } from "../lifecycle/status/open-step.ts";
import type { StepStatus } from "../lifecycle/status/proposal-status.ts";
import { Exit, LpctlError, type ExitCode } from "../errors.ts";
import { fold } from "./fold.ts";
import { styleFor, symbols } from "./style.ts";

/** Of what a step is, behind its state. */
const INDENT = 11;

/** The steps of a route with their states, one line each. */
export function formatSteps(steps: readonly StepStatus[]): string {
  const style = styleFor("stdout");
  return steps
    .map(({ title, state }) => {
      const what = fold(title, INDENT);
      switch (state.state) {
        case "done":
          return `${style.green(symbols.done)} done     ${what}${state.transaction === undefined ? "" : `\n           ${style.dim(state.transaction)}`}`;
        case "ready":
          return `${style.bold(symbols.ready)} ready    ${what}`;
        case "waiting":
          return `${style.yellow(symbols.waiting)} waiting  ${what}\n           ${fold(`for ${state.waitingFor}`, INDENT)}`;
        case "blocked":
          return `${style.red(symbols.failed)} blocked  ${what}\n           ${fold(state.why, INDENT)}`;
      }
    })
    .join("\n");
}

/** `waiting` (5) while something is open, so that scripts can branch. */
export function exitOf(steps: readonly StepStatus[]): typeof Exit.done | typeof Exit.waiting {
  const code: ExitCode = openStep(steps) === undefined ? Exit.done : Exit.waiting;
  return code;
}

/** A step that can never happen any more, as the error the command ends with. */
export function blockedError(name: string, steps: readonly StepStatus[]): LpctlError | undefined {
  const open = openStep(steps);
  if (open?.state.state !== "blocked") return undefined;
  return new LpctlError({
    code: "LPCTL_STEP_BLOCKED",
    exit: Exit.refused,
    message: `${name} cannot be carried out any more`,
    why: open.state.why,
    next: "Prepare the change again if it is still wanted",
  });
}

/** What a person types next for a proposal in this state. */
export function nextFor(name: string, steps: readonly StepStatus[]): string | undefined {
  const open = openStep(steps);
  if (open === undefined || open.state.state === "blocked") return undefined;
  if (open.kind === "poll") {
    const waitingFor = open.state.state === "waiting" ? open.state.waitingFor : "";
    const poll = /^the end of the poll (0x[0-9a-fA-F]{40})/.exec(waitingFor)?.[1];
    return poll !== undefined ? `lpctl vote show ${poll}` : waitingFor.startsWith("a poll") ? `lpctl vote create ${name} --key NAME` : "lpctl config explain";
  }
  if (open.kind === "vote-create") return `lpctl vote create ${name} --key NAME`;
  if (open.kind === "vote" && open.state.state === "waiting") return nextForVote(open.state.waitingFor);
  if (open.kind === "safe" && open.state.state === "waiting") {
    // Signatures may be complete while transactions with lower nonces come first.
    return open.state.waitingFor.includes("signature") ? `lpctl proposal sign ${name} --key NAME` : "lpctl safe queue";
  }
  return open.state.state === "waiting"
    ? `lpctl proposal execute ${name} --key NAME --wait`
    : `lpctl proposal execute ${name} --key NAME`;
}

/** A vote that takes votes now, or one to look at. */
function nextForVote(waitingFor: string): string {
  const open = /^votes in (0x[0-9a-f]+|[0-9]+)/.exec(waitingFor)?.[1];
  const pending = /^the vote (0x[0-9a-f]+|[0-9]+)/.exec(waitingFor)?.[1];
  return open === undefined ? `lpctl vote show ${pending ?? "VOTE"}` : `lpctl vote cast ${open} for --key NAME   (or against, or abstain)`;
}

/** The step that is open is for those who vote, and nothing that a key sends for the proposal could take it. */
export function isForVoters(steps: readonly StepStatus[]): boolean {
  const open = openStep(steps);
  return open !== undefined && (open.kind === "vote-create" || open.kind === "vote") && open.state.state !== "blocked";
}
