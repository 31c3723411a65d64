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
      async state(rpc) {
        const effect = await context.effect(rpc);
        if (effect !== undefined) return effect;
        const sent = (await context.sent?.(rpc, node.address, calls)) ?? [];
        return sent.length === calls.length ? { state: "done", transaction: sent.at(-1) } : { state: "ready" };
      },
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
