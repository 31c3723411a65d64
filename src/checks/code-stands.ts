import type { Finding } from "../finding.ts";
import type { CallNode } from "../outcome/simulation.ts";
import type { Check } from "./check.ts";

/** Code that is destroyed on the way, that tries to be, or that only seems to be there. */
export const codeStands: Check = {
  name: "code-stands",
  codes: ["code-destroyed", "selfdestruct-runs", "target-delegated"],
  explains:
    "A contract that destroys itself leaves an address that answers every call with success and does nothing, and where " +
    "other code may be put later. In November 2017 the library under 587 Parity wallets was destroyed by accident; in " +
    "May 2023 the contract that Tornado Cash had voted for was destroyed and replaced before it was carried out. Since " +
    "EIP-7702 the account of a key may carry lent code as well, which its key replaces at will.",
  find: (proposal, simulation, { delegatedAccounts }) => [
    ...simulation.changes
      .filter(({ kind, after }) => kind === "code" && BigInt(after === "0x" ? 0 : after) === 0n)
      .map(({ contract, address }): Finding => ({ severity: "refuse", code: "code-destroyed", title: `${contract ?? address} loses its code`, detail: address })),
    ...simulation.steps
      .flatMap(({ calls }) => [...nodesOf(calls)])
      .filter(({ type }) => type === "SELFDESTRUCT")
      .map(({ from, to }): Finding => ({ severity: "warning", code: "selfdestruct-runs", title: `${from} runs SELFDESTRUCT on the way`, detail: `whatever ether it holds goes to ${to}` })),
    ...[...new Set(proposal.calls.map(({ to }) => to))]
      .filter((to) => delegatedAccounts.has(to))
      .map((to): Finding => ({ severity: "warning", code: "target-delegated", title: `${to} is the account of a key with lent code (EIP-7702)`, detail: "whoever holds the key can replace the code at any time" })),
  ],
};

function* nodesOf(node: CallNode): Generator<CallNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}
