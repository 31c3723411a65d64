import { INVARIANTS } from "./all-invariants.ts";
import { differingGetters, type Bare, type Getter } from "./getters.ts";
import type { Intended, Lived, Scene } from "./invariant.ts";
import type { InvariantOutcome, Verdict } from "../../outcome/aftermath.ts";
import type { LivingState } from "./living-state.ts";
import type { Sample } from "./sample.ts";

export interface Looks {
  control: LivingState | undefined;
  controlLater: LivingState | undefined;
  after: LivingState | undefined;
  later: LivingState | undefined;
  sample: Sample | undefined;
  intended: Intended;
  /** With the proposal, and without it. */
  lived: Lived | undefined;
  livedWithout: Lived | undefined;
  getters: { is: readonly Getter[]; was: readonly Getter[]; bare: Bare };
}

const UNTOLD: Verdict = { holds: true, untried: "moot", detail: "could not be told" };

/** Judges every invariant that applies, before and after the proposal and after rounds of life. */
export function judgeInvariants(looks: Looks): InvariantOutcome[] {
  const reads = judgeGetters(looks);
  const { control, sample } = looks;
  if (control === undefined || sample === undefined) return reads === undefined ? [] : [reads];
  if (looks.after === undefined) return [lost(), ...(reads === undefined ? [] : [reads])];
  const { after, later, controlLater, intended } = looks;
  const scene = (moment: Scene["moment"], reference: LivingState, lived?: Lived): Scene => ({ moment, control: reference, sample, intended, lived });
  const judged = INVARIANTS.flatMap(({ name, explains, breaks, judge }): InvariantOutcome[] => {
    const [before, now] = [judge(control, scene("before", control)), judge(after, scene("after", control))];
    const then = later === undefined ? undefined : judge(later, scene("later", controlLater ?? control, looks.lived));
    const without = controlLater === undefined ? undefined : judge(controlLater, scene("later", controlLater, looks.livedWithout));
    if (now === undefined && then === undefined && before === undefined) return [];
    // What could be told before and no longer can is as good as broken.
    const missing: Verdict = before === undefined || before.untried !== undefined ? UNTOLD : { holds: !before.holds, detail: "can no longer be told: what it is read from reverts" };
    return [{ name, explains, breaks, before: before ?? UNTOLD, after: now ?? missing, later: then, ...(without === undefined ? {} : { laterWithout: without }) }];
  });
  return [...judged, ...(reads === undefined ? [] : [reads])];
}

function lost(): InvariantOutcome {
  return {
    name: "registry-resolves",
    explains: "Contracts find each other through the registry.",
    breaks: "refuse",
    before: { holds: true, detail: "stake, rounds, Minter and token are registered" },
    after: { holds: false, detail: "one of BondingManager, RoundsManager, Minter and LivepeerToken is no longer registered" },
    later: undefined,
  };
}

function judgeGetters({ getters: { is, was, bare }, intended }: Looks): InvariantOutcome | undefined {
  if (was.length === 0) return undefined;
  const differing = differingGetters(is, was, intended, bare);
  return {
    name: "reads-kept",
    breaks: "warning",
    explains: "What a contract says of itself is the same right after the proposal, but for what the intents ask for.",
    before: { holds: true, detail: `${was.length} functions read` },
    after: { holds: differing.length === 0, detail: differing.length === 0 ? `${is.length} functions give the same` : differing.slice(0, 5).join("; ") },
    later: undefined,
  };
}
