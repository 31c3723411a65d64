import type { Call } from "../proposal/call.ts";
import type { EoaNode } from "./node.ts";
import type { RouteContext, RouteStep } from "./step.ts";

/** A key sends the calls itself, one transaction each: nothing makes them atomic, so order matters. */
export function eoaRoute(node: EoaNode, calls: readonly Call[], context: RouteContext): RouteStep[] {
  const title =
    calls.length === 1
      ? `Send the call from ${node.address}`
      : `Send ${calls.length} calls, one after the other, from ${node.address}`;
  return [
    {
      kind: "send",
      title,
      by: { kind: "key", address: node.address },
      calls: [...calls],
      state: async (rpc) =>
        (await context.effect(rpc)) ?? (context.sent === undefined ? { state: "ready" } : { state: "done", transaction: context.sent.at(-1) }),
      simulation: async (rpc) =>
        (await context.effect(rpc))?.state === "done"
          ? []
          : calls.map((call, index) => ({
              kind: "transaction" as const,
              title: calls.length === 1 ? title : `${title} (${index + 1} of ${calls.length})`,
              from: node.address,
              to: call.to,
              valueWei: call.valueWei,
              data: call.data,
            })),
    },
  ];
}
