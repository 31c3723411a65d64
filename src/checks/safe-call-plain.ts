import { Interface } from "ethers";
import type { Finding } from "../finding.ts";
import { ZERO_ADDRESS } from "../protocol/hex.ts";
import type { CallNode } from "../outcome/simulation.ts";
import { approvedHash } from "./approved-hash.ts";
import type { Check } from "./check.ts";

const safeInterface = new Interface([
  "function execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)",
]);
const EXEC_TRANSACTION = safeInterface.getFunction("execTransaction")?.selector ?? "";

/** What a Safe may run in its own name, and what its transaction may not say. */
export const safeCallPlain: Check = {
  name: "safe-call-plain",
  codes: ["safe-delegatecall", "safe-gas-fields", "safe-hash-approved"],
  explains:
    "Code that a Safe delegates to may do anything in its name, and change its owners; only Safe's own MultiSend and " +
    "SignMessageLib may be delegated to. With safeTxGas a call that fails counts as done and uses the nonce up, and the " +
    "refund fields pay whoever executes. In February 2025 one flipped byte made Bybit's Safe delegate to a stranger's " +
    "code: 1.4 billion dollars were gone. Every Safe that acts in the simulation is looked at, also inside a batch. A call that " +
    "approves a hash for another Safe is a signature of whatever has that hash, and shows none of it.",
  find: ({ calls }, simulation, { safes, safeLibraries }) => [
    ...calls.flatMap(({ to, data }): Finding[] => {
      const hash = approvedHash(data);
      return hash === undefined ? [] : [{ severity: "refuse", code: "safe-hash-approved", title: `A call agrees, for the Safe ${to}, to whatever has the hash ${hash}`, detail: "nothing here shows what that is; review the transaction of that hash where it lies, and sign this with it: lpctl proposal sign" }];
    }),
    ...simulation.steps.flatMap(({ calls: made }) => [...pairsOf(made)]).flatMap(({ node, parent }): Finding[] => {
      if (node.type === "DELEGATECALL" && safes.has(node.from) && !isForwarding(node, parent) && !safeLibraries.has(node.to)) {
        return [{ severity: "refuse", code: "safe-delegatecall", title: `The Safe ${node.from} delegates to ${node.toName ?? node.to}, which may do anything in its name`, detail: node.to }];
      }
      // What a Safe's proxy passes on has been seen where it came in.
      const fields = node.type === "CALL" && node.input.startsWith(EXEC_TRANSACTION) ? gasFieldsOf(node) : [];
      return fields.length === 0
        ? []
        : [{ severity: "refuse", code: "safe-gas-fields", title: `A transaction of the Safe ${node.to} sets ${fields.join(", ")}`, detail: "these pay whoever executes it, or let a call that fails count as done" }];
    }),
  ],
};

/** A Safe is a proxy: it passes every call on to its singleton as it is. */
function isForwarding(node: CallNode, parent: CallNode | undefined): boolean {
  return parent !== undefined && parent.to === node.from && parent.input === node.input;
}

function gasFieldsOf({ input }: CallNode): string[] {
  try {
    const [, , , , safeTxGas, baseGas, gasPrice, gasToken, refundReceiver] = safeInterface.decodeFunctionData("execTransaction", input);
    const fields: [string, boolean][] = [
      ["safeTxGas", safeTxGas !== 0n],
      ["baseGas", baseGas !== 0n],
      ["gasPrice", gasPrice !== 0n],
      ["gasToken", gasToken !== ZERO_ADDRESS],
      ["refundReceiver", refundReceiver !== ZERO_ADDRESS],
    ];
    return fields.filter(([, isSet]) => isSet).map(([name]) => name);
  } catch {
    return []; // The call reverts, which the simulation tells.
  }
}

function* pairsOf(node: CallNode, parent?: CallNode): Generator<{ node: CallNode; parent: CallNode | undefined }> {
  yield { node, parent };
  for (const child of node.children) yield* pairsOf(child, node);
}
