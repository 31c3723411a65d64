import type { Call } from "../../proposal/call.ts";
import { parseFunction } from "../../proposal/derive-calls.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { Hex } from "../../protocol/hex.ts";

/**
 * The calls that set every parameter of a proposal to the value it had when the proposal was made: what they change is none of
 * the new value's doing. Parameters whose value was not pinned are left out.
 */
export function unchangedSettings(proposal: Proposal): Call[] {
  return proposal.intents.flatMap((intent): Call[] => {
    if (intent.kind !== "set-parameter") return [];
    try {
      const getter = parseFunction(intent.getter);
      const data = getter.abi.encodeFunctionData(getter.name, intent.getterArgs).toLowerCase();
      const pinned = proposal.preconditions.find(({ read }) => read.kind === "call" && read.to === intent.target && read.data === data);
      if (pinned === undefined) return [];
      const [value] = getter.abi.decodeFunctionResult(getter.name, pinned.expect);
      const setter = parseFunction(intent.setter);
      return [{ to: intent.target, valueWei: 0n, data: setter.abi.encodeFunctionData(setter.name, [...intent.setterArgs, value]) as Hex }];
    } catch {
      // Bytes that are not what the getter promises: then there is nothing to set once more.
      return [];
    }
  });
}
