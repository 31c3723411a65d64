import { Exit, LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import { eoaRoute } from "./eoa.ts";
import { governorRoute } from "./governor.ts";
import type { AuthorityNode } from "./node.ts";
import { safeRoute } from "./safe.ts";
import type { RouteContext, RouteStep } from "./step.ts";
import { timelockRoute } from "./timelock.ts";
import { dividedRoute } from "./divided.ts";
import { relayed, voteRoute } from "./vote-route.ts";

/**
 * The steps by which an authority makes calls, from the people down to the contracts. Each kind of
 * authority wraps the calls into what its own owner has to do, so a chain of any length becomes a list of steps.
 * @throws LPCTL_AUTHORITY_NO_ROUTE when the way leads through a contract of unknown kind
 */
export function planRoute(node: AuthorityNode, calls: readonly Call[], context: RouteContext): RouteStep[] {
  switch (node.kind) {
    case "eoa":
      return eoaRoute(node, calls, context);
    case "safe":
      return safeRoute(node, calls, context);
    case "governor":
      return governorRoute(node, calls, context, planRoute);
    case "timelock":
      return timelockRoute(node, calls, context, planRoute);
    case "vote-governor":
      // What its own timelock does for it is not asked for here, but what it does itself.
      return voteRoute(node, node.timelock === undefined ? calls : relayed(node, calls), context);
    case "divided":
      return dividedRoute(node, calls, context, planRoute);
    case "guardian":
    case "unknown":
      throw new LpctlError({
        code: "LPCTL_AUTHORITY_NO_ROUTE",
        exit: Exit.usage,
        message: `lpctl knows no way through ${node.address}`,
        why: "it is a contract, but no Safe, no LIP-25 Governor, no governor by votes and no OpenZeppelin timelock",
        next: "lpctl authority show ADDRESS shows what was recognised",
      });
  }
}
