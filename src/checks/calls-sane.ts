import type { Finding } from "../finding.ts";
import type { CallNode, SimulationResult } from "../outcome/simulation.ts";
import type { Call } from "../proposal/call.ts";
import { knownSignatures } from "../protocol/decode-known.ts";
import type { Check } from "./check.ts";

/** Calls that are made twice, whose data can reach no function, or whose data nobody here can read. */
export const callsSane: Check = {
  name: "calls-sane",
  codes: ["call-repeated", "calldata-too-short", "calldata-inexact", "call-undecoded"],
  explains:
    "A call that stands in a batch twice is made twice: a payment pays double, and the second of two equal calls often " +
    "reverts and takes the batch with it. Data of one to three bytes holds no selector and reaches whatever fallback the " +
    "target has. Data that no known ABI explains, or that the ABI would write otherwise, cannot be shown as a call: a reader " +
    "takes on trust what it does. All come from lists that are put together by hand; Livepeer's updates were until 2023.",
  find: ({ calls }, simulation) => {
    const keys = calls.map(({ to, valueWei, data }) => `${to} ${valueWei} ${data}`);
    return calls.flatMap((call, index): Finding[] => [
      ...(keys.indexOf(keys[index] ?? "") < index ? [warning("call-repeated", `Call ${index + 1} is the same as call ${keys.indexOf(keys[index] ?? "") + 1}`, call.to)] : []),
      ...(call.data.length > 2 && call.data.length < 10 ? [warning("calldata-too-short", `The data of call ${index + 1} is too short to name a function`, `${call.data} for ${call.to}`)] : []),
      ...(call.data.length >= 10 && isUnread(call, simulation) ? [unread(call, index)] : []),
    ]);
  },
};

/** It was made in the simulation, and neither an ABI that lpctl knows nor that of the contract's own source fits its bytes. */
function isUnread({ to, data }: Call, { steps }: SimulationResult): boolean {
  const made = steps.flatMap(({ calls }) => [...nodesOf(calls)]).filter((node) => node.type === "CALL" && node.to === to && node.input === data);
  return made.length > 0 && made.every(({ signature }) => signature === undefined);
}

function unread({ to, data }: Call, index: number): Finding {
  const [like] = knownSignatures(data);
  return like === undefined
    ? warning("call-undecoded", `No known ABI explains the data of call ${index + 1}`, `${data.slice(0, 10)} for ${to}; give lpctl the contract's source, or have somebody read the bytes`)
    : warning("calldata-inexact", `The data of call ${index + 1} begins like ${like} and is not what its ABI writes`, `for ${to}; bytes are missing, left over or out of range, and what shows it as ${like} may show something else than happens`);
}

function* nodesOf(node: CallNode): Generator<CallNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

function warning(code: string, title: string, detail: string): Finding {
  return { severity: "warning", code, title, detail };
}
