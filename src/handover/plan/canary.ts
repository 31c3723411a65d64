import { Exit, LpctlError } from "../../errors.ts";
import type { LiveParameter } from "../../inspection/read-parameters.ts";
import type { Call } from "../../proposal/call.ts";
import type { Address } from "../../protocol/hex.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import { encodeParameterSetter } from "../../protocol/parameters.ts";
import { printable } from "../../protocol/printable.ts";
import { formatHuman, parseHuman } from "../../protocol/units.ts";
import type { PrivilegeGraph } from "../graph/privilege.ts";
import type { Matrix } from "../proof/matrix.ts";
import { resolveAccount } from "../target/resolve-target.ts";
import type { CanarySettings } from "../target/target-schema.ts";

/** A call that changes nothing in the end, and that few may make. */
export interface Canary {
  /** `set RoundsManager.roundLockAmount to 10%, which it is`. */
  words: string;
  calls: Call[];
}

/** What is least missed if a setter were to do more than it says. */
const PREFERRED = ["roundLockAmount", "unlockPeriod", "treasuryBalanceCeiling", "verificationCodeHash"];

/**
 * The canary that a file names, or a parameter that is set to what it is.
 * @param holder who may call setters now: only what it may really call is chosen
 * @param among the functions it may be, where only some go over
 * @throws LPCTL_HANDOVER_NO_CANARY, LPCTL_HANDOVER_NAME_UNKNOWN
 */
export function chooseCanary(sources: { graph: PrivilegeGraph; live: readonly LiveParameter[]; matrix: Matrix; holder: Address }, wanted: CanarySettings | undefined, among?: (call: Call) => boolean): Canary {
  const { graph, live, matrix, holder } = sources;
  if (wanted !== undefined && "data" in wanted) {
    const to = resolveAccount(graph, wanted.to);
    return { words: `call ${printable(wanted.to)} with ${wanted.data.slice(0, 10)}`, calls: [{ to, valueWei: 0n, data: wanted.data }] };
  }
  const column = matrix.actors.indexOf(holder);
  const possible = matrix.rows.filter(({ group, cells, call }) => group === "parameters" && cells[column]?.verdict === "can" && (among?.(call) ?? true));
  const found = live.filter(({ parameter, target }) => possible.some(({ contract, what }) => contract === target && what === parameter.name));
  const chosen = wanted === undefined ? [...found].sort((left, right) => rank(left) - rank(right))[0] : named(found, wanted.parameter);
  if (chosen?.value === undefined) {
    throw new LpctlError({
      code: "LPCTL_HANDOVER_NO_CANARY",
      exit: Exit.usage,
      message: "There is no harmless change for the canary",
      why: "no parameter that goes over can be set to its present value",
      next: "Name one in the file: canary: {to: CONTRACT, data: \"0x…\"}",
    });
  }
  const { parameter, target, value } = chosen;
  const set = (to: typeof value): Call => ({ to: target, valueWei: 0n, data: encodeParameterSetter(parameter, to) });
  const human = formatHuman(value, parameter.unit);
  if (wanted?.through === undefined) return { words: `set ${parameter.id} to ${human}, which it is`, calls: [set(value)] };
  const through = parseHuman(wanted.through, parameter.unit).value;
  return { words: `set ${parameter.id} to ${formatHuman(through, parameter.unit)} and back to ${human}`, calls: [set(through), set(value)] };
}

function rank({ parameter: { name } }: LiveParameter): number {
  const at = PREFERRED.indexOf(name);
  return at === -1 ? PREFERRED.length : at;
}

function named(found: readonly LiveParameter[], typed: string): LiveParameter {
  const one = found.find(({ parameter: { id, name } }) => [id, name].some((known) => known.toLowerCase() === typed.toLowerCase()));
  if (one !== undefined) return one;
  const ids = found.map(({ parameter: { id } }) => id);
  const near = nearestName(typed, ids);
  throw new LpctlError({
    code: "LPCTL_HANDOVER_NAME_UNKNOWN",
    exit: Exit.usage,
    message: `The canary cannot be ${printable(typed)}`,
    why: ids.length === 0 ? "no parameter goes over" : `parameters that go over: ${ids.join(", ")}`,
    next: near === undefined ? "Name one of these" : `Did you mean ${near}?`,
  });
}
