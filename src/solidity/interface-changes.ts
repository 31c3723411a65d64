import { ErrorFragment, EventFragment, Fragment, FunctionFragment, type JsonFragment } from "ethers";
import type { Artifact } from "./artifact.ts";

/** One difference between two ABIs: a signature with outputs and mutability, or with indexed marks. */
export interface AbiChange {
  kind: "function" | "event" | "error";
  change: "added" | "removed" | "changed";
  before?: string | undefined;
  after?: string | undefined;
}

const KINDS = ["function", "event", "error"] as const;
const CHANGES = ["removed", "changed", "added"] as const;

/** What is removed, answers otherwise, or is new: functions first, then events and errors, each in the order of their signatures. */
export function interfaceChanges(from: Pick<Artifact, "abi">, to: Pick<Artifact, "abi">): AbiChange[] {
  const before = describe(from);
  const after = describe(to);
  const changes = [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((key): AbiChange[] => {
    const [old, now] = [before.get(key), after.get(key)];
    const kind = old?.kind ?? now?.kind;
    if (kind === undefined || old?.form === now?.form) return [];
    return [{ kind, change: old === undefined ? "added" : now === undefined ? "removed" : "changed", before: old?.form, after: now?.form }];
  });
  return changes.toSorted((left, right) => KINDS.indexOf(left.kind) - KINDS.indexOf(right.kind) || CHANGES.indexOf(left.change) - CHANGES.indexOf(right.change));
}

/** By kind and selector: what has the same selector is the same entry, however it answers. */
function describe({ abi }: Pick<Artifact, "abi">): Map<string, { kind: AbiChange["kind"]; form: string }> {
  const described = new Map<string, { kind: AbiChange["kind"]; form: string }>();
  for (const entry of abi) {
    if (entry.type !== "function" && entry.type !== "event" && entry.type !== "error") continue;
    const fragment = Fragment.from(entry as JsonFragment);
    if (fragment instanceof FunctionFragment || fragment instanceof EventFragment || fragment instanceof ErrorFragment) {
      // `function setRate(uint64 rate) view returns (bool)` without its first word.
      const form = fragment.format("full").replace(/^\w+ /, "");
      described.set(`${entry.type} ${fragment.format("sighash")}`, { kind: entry.type, form });
    }
  }
  return described;
}
