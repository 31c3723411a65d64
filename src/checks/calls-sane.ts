import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

/** Calls that are made twice, or whose data can reach no function. */
export const callsSane: Check = {
  name: "calls-sane",
  codes: ["call-repeated", "calldata-too-short"],
  explains:
    "A call that stands in a batch twice is made twice: a payment pays double, and the second of two equal calls often " +
    "reverts and takes the batch with it. Data of one to three bytes holds no selector and reaches whatever fallback the " +
    "target has. Both come from lists that are put together by hand; Livepeer's updates were until 2023.",
  find: ({ calls }) => {
    const keys = calls.map(({ to, valueWei, data }) => `${to} ${valueWei} ${data}`);
    return calls.flatMap(({ to, data }, index): Finding[] => [
      ...(keys.indexOf(keys[index] ?? "") < index ? [{ severity: "warning" as const, code: "call-repeated", title: `Call ${index + 1} is the same as call ${keys.indexOf(keys[index] ?? "") + 1}`, detail: to }] : []),
      ...(data.length > 2 && data.length < 10 ? [{ severity: "warning" as const, code: "calldata-too-short", title: `The data of call ${index + 1} is too short to name a function`, detail: `${data} for ${to}` }] : []),
    ]);
  },
};
