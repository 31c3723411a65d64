import { EventFragment, Fragment, FunctionFragment, type JsonFragment } from "ethers";
import type { Finding } from "../finding.ts";
import type { Artifact } from "./artifact.ts";

/** What callers and indexers of the old logic would miss or find changed in the new one. */
export function interfaceFindings(from: Artifact, to: Artifact): Finding[] {
  const before = describeInterface(from);
  const after = describeInterface(to);
  const findings: Finding[] = [];
  const removed = (kind: "function" | "event", effect: string): void => {
    for (const signature of before[kind].keys()) {
      if (after[kind].has(signature)) continue;
      findings.push({
        severity: "warning",
        code: `abi-${kind}-removed`,
        title: `The ${kind} ${signature} is removed.`,
        detail: effect,
      });
    }
  };
  removed("function", "Callers of it will revert, or reach the fallback.");
  removed("event", "Whoever indexes it will see nothing more.");
  for (const [signature, form] of before.function) {
    const now = after.function.get(signature);
    if (now === undefined || now === form) continue;
    findings.push({
      severity: "warning",
      code: "abi-function-changed",
      title: `The function ${signature} answers differently.`,
      detail: `Was ${form}, becomes ${now}: the selector is the same, so callers will not notice by themselves.`,
    });
  }
  for (const [signature, form] of before.event) {
    const now = after.event.get(signature);
    if (now === undefined || now === form) continue;
    findings.push({
      severity: "warning",
      code: "abi-event-changed",
      title: `The event ${signature} indexes other arguments.`,
      detail: `Was ${form}, becomes ${now}.`,
    });
  }
  const added = [...after.function.keys()].filter((signature) => !before.function.has(signature));
  if (added.length > 0) {
    findings.push({
      severity: "info",
      code: "abi-functions-added",
      title: `${added.length} function${added.length === 1 ? " is" : "s are"} new.`,
      detail: added.join(", "),
    });
  }
  return findings;
}

type Kind = "function" | "event";

/** Signature -> full form with outputs, mutability and indexed marks. */
function describeInterface(artifact: Artifact): Record<Kind, Map<string, string>> {
  const described = { function: new Map<string, string>(), event: new Map<string, string>() };
  for (const entry of artifact.abi) {
    if (entry.type !== "function" && entry.type !== "event") continue;
    const fragment = Fragment.from(entry as JsonFragment);
    if (fragment instanceof FunctionFragment) {
      const outputs = fragment.outputs.map((output) => output.format("sighash")).join(",");
      const mutability = fragment.stateMutability === "nonpayable" ? "" : ` ${fragment.stateMutability}`;
      described.function.set(fragment.format("sighash"), `${fragment.format("sighash")}${mutability}${outputs === "" ? "" : ` returns (${outputs})`}`);
    } else if (fragment instanceof EventFragment) {
      const inputs = fragment.inputs.map((input) => `${input.format("sighash")}${input.indexed === true ? " indexed" : ""}`);
      described.event.set(fragment.format("sighash"), `${fragment.name}(${inputs.join(",")})${fragment.anonymous ? " anonymous" : ""}`);
    }
  }
  return described;
}
