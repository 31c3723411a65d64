import { Exit, LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import type { AuthorityRef } from "../proposal/proposal.ts";
import { chooseDivision, wrapDivided } from "./divided.ts";
import { governorInterface } from "./governor.ts";
import type { AuthorityNode } from "./node.ts";
import { chooseProposer } from "./timelock.ts";

/**
 * The authorities that act, outermost last: the Governor, then the Safe that owns it. It ends in a key, in a Safe or in those who
 * vote. The calls matter where powers are divided by what is called.
 * @throws LPCTL_AUTHORITY_NO_ROUTE, LPCTL_AUTHORITY_MIXED
 */
export function pathToPeople(node: AuthorityNode, calls: readonly Call[]): AuthorityRef[] {
  switch (node.kind) {
    case "eoa":
    case "safe":
    case "vote-governor":
      return [{ kind: node.kind, address: node.address }];
    case "governor":
      return [{ kind: node.kind, address: node.address }, ...pathToPeople(node.owner, [callTo(node, governorInterface.getFunction("stage")?.selector)])];
    case "timelock": {
      const proposer = chooseProposer(node);
      return [{ kind: node.kind, address: node.address }, ...(proposer === undefined || proposer.kind === "unknown" ? [] : pathToPeople(proposer, [callTo(node, undefined)]))];
    }
    case "divided":
      return [{ kind: node.kind, address: node.address }, ...pathToPeople(chooseDivision(node, calls), wrapDivided(node, calls))];
    case "guardian":
    case "unknown":
      throw new LpctlError({
        code: "LPCTL_AUTHORITY_NO_ROUTE",
        exit: Exit.usage,
        message: `The authority ${node.address} is a contract lpctl knows no way through`,
        why: "it is no Safe, no LIP-25 Governor, no governor by votes and no OpenZeppelin timelock",
        next: `lpctl authority show ${node.address}`,
      });
  }
}

/** Whose a call is follows from its target and its selector. */
function callTo({ address }: AuthorityNode, selector: string | undefined): Call {
  return { to: address, valueWei: 0n, data: (selector ?? "0x") as Call["data"] };
}
