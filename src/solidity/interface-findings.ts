import { ErrorFragment, EventFragment, Fragment, FunctionFragment, type JsonFragment, type ParamType } from "ethers";
import type { Finding } from "../finding.ts";
import type { Hex } from "../protocol/hex.ts";
import type { Artifact } from "./artifact.ts";
import { compareWords } from "./word-order.ts";

/** What callers and indexers of the old logic would miss or find changed in the new one. */
export function interfaceFindings(from: Artifact, to: Artifact): Finding[] {
  const before = describeInterface(from);
  const after = describeInterface(to);
  const findings: Finding[] = [];
  const removed = (kind: Kind, effect: string): void => {
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
  removed("error", "Whoever tells errors apart by their selector no longer knows this one.");
  for (const [signature, { form }] of before.function) {
    const now = after.function.get(signature)?.form;
    if (now === undefined || now === form) continue;
    findings.push({
      severity: "warning",
      code: "abi-function-changed",
      title: `The function ${signature} answers differently.`,
      detail: `Was ${form}, becomes ${now}: the selector is the same, so callers will not notice by themselves.`,
    });
  }
  for (const [signature, { form }] of before.event) {
    const now = after.event.get(signature)?.form;
    if (now === undefined || now === form) continue;
    findings.push({
      severity: "warning",
      code: "abi-event-changed",
      title: `The event ${signature} indexes other arguments.`,
      detail: `Was ${form}, becomes ${now}.`,
    });
  }
  findings.push(...wordFindings(before, after));
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

export interface FunctionChange {
  signature: string;
  selector: Hex;
  what: "removed" | "changed";
}

/** Functions that callers of the old logic would miss, or find answering otherwise under the same selector. */
export function changedFunctions(from: Artifact, to: Artifact): FunctionChange[] {
  const [before, after] = [describeInterface(from).function, describeInterface(to).function];
  return [...before].flatMap(([signature, old]): FunctionChange[] => {
    const now = after.get(signature);
    const selector = FunctionFragment.from(`function ${signature}`).selector as Hex;
    if (now === undefined) return [{ signature, selector, what: "removed" }];
    const isChanged = now.form !== old.form || compareWords(old.outputs, now.outputs)?.kind === "moved" || compareWords(old.inputs, now.inputs)?.kind === "moved";
    return isChanged ? [{ signature, selector, what: "changed" }] : [];
  });
}

type Kind = "function" | "event" | "error";
/** `form`: with outputs, mutability and indexed marks. */
type Description = { form: string; inputs: readonly ParamType[]; outputs: readonly ParamType[] };

function wordFindings(before: Record<Kind, Map<string, Description>>, after: Record<Kind, Map<string, Description>>): Finding[] {
  return (["function", "event", "error"] as const).flatMap((kind) =>
    [...before[kind]].flatMap(([signature, old]) => {
      const now = after[kind].get(signature);
      if (now === undefined) return [];
      return (["inputs", "outputs"] as const).flatMap((side): Finding[] => {
        const change = compareWords(old[side], now[side]);
        if (change === undefined) return [];
        const where = side === "outputs" ? "what it returns" : "its arguments";
        return change.kind === "moved"
          ? [
              {
                severity: "warning",
                code: "abi-words-moved",
                title: `The ${kind} ${signature} keeps its types and changes the order of ${where}.`,
                detail: `${change.words.join("; ")}. The selector is the same: callers take one value for another.`,
              },
            ]
          : [{ severity: "info", code: "abi-words-renamed", title: `The ${kind} ${signature} calls ${where} otherwise.`, detail: `${change.words.join("; ")}.` }];
      });
    }),
  );
}

function describeInterface(artifact: Artifact): Record<Kind, Map<string, Description>> {
  const described = { function: new Map<string, Description>(), event: new Map<string, Description>(), error: new Map<string, Description>() };
  for (const entry of artifact.abi) {
    if (entry.type !== "function" && entry.type !== "event" && entry.type !== "error") continue;
    const fragment = Fragment.from(entry as JsonFragment);
    const signature = (types: readonly ParamType[]): string => types.map((type) => type.format("sighash")).join(",");
    if (fragment instanceof FunctionFragment) {
      const { inputs, outputs, stateMutability } = fragment;
      const mutability = stateMutability === "nonpayable" ? "" : ` ${stateMutability}`;
      const form = `${fragment.format("sighash")}${mutability}${outputs.length === 0 ? "" : ` returns (${signature(outputs)})`}`;
      described.function.set(fragment.format("sighash"), { form, inputs, outputs });
    } else if (fragment instanceof EventFragment) {
      const inputs = fragment.inputs.map((input) => `${input.format("sighash")}${input.indexed === true ? " indexed" : ""}`);
      const form = `${fragment.name}(${inputs.join(",")})${fragment.anonymous ? " anonymous" : ""}`;
      described.event.set(fragment.format("sighash"), { form, inputs: fragment.inputs, outputs: [] });
    } else if (fragment instanceof ErrorFragment) {
      described.error.set(fragment.format("sighash"), { form: fragment.format("sighash"), inputs: fragment.inputs, outputs: [] });
    }
  }
  return described;
}
