import type { getStorageUpgradeReport } from "@openzeppelin/upgrades-core";
import type { Finding } from "../finding.ts";
import type { CompiledUnit } from "./compiled-unit.ts";

type Operation = ReturnType<typeof getStorageUpgradeReport>["ops"][number];
type Change = Extract<Operation, { kind: "typechange" }>["change"];
type Field = Extract<Operation, { kind: "typechange" }>["original"];
type MemberOperation = Extract<Change, { kind: "struct members" }>["ops"][number];

/** Turns what upgrades-core refuses into findings that name variable, slot, old and new type. */
export function layoutFindings(operations: readonly Operation[], from: CompiledUnit, to: CompiledUnit): Finding[] {
  return operations.map((operation): Finding => ({ severity: "refuse", ...describeOperation(operation, from, to) }));
}

function describeOperation(operation: Operation, from: CompiledUnit, to: CompiledUnit): Omit<Finding, "severity"> {
  switch (operation.kind) {
    case "delete": {
      const { original } = operation;
      const name = original.label;
      const became = to.facts.constants.some((one) => one.name === name)
        ? "It is a constant now"
        : to.facts.immutables.some((one) => one.name === name)
          ? "It is an immutable now"
          : undefined;
      return {
        code: "layout-variable-deleted",
        title: `${quote(original)} is deleted${became === undefined ? "" : ": it no longer lies in storage"}.`,
        detail: sentences(
          `in ${place(original)} lies ${typeOf(original)}, declared in ${original.contract}`,
          became,
          `Variables behind it would move into its place. Keep it, and rename it to ${name}DEPRECATED if nothing uses it any more`,
        ),
      };
    }
    case "insert":
    case "append": {
      const { updated } = operation;
      return {
        code: "layout-variable-inserted",
        title: `${quote(updated)} is inserted where stored values already lie.`,
        detail: sentences(
          `It takes ${place(updated)} as ${typeOf(updated)} (${updated.src})`,
          overlapped(updated, from),
          "Declare it after the last variable instead, or in place of a gap",
        ),
      };
    }
    case "rename": {
      const { original, updated } = operation;
      const moved = to.facts.layout.storage.find((one) => one.label === original.label);
      if (moved !== undefined) {
        return {
          code: "layout-variable-moved",
          title: `${quote(original)} moves away: ${quote(updated)} takes its place.`,
          detail: sentences(
            transition(original, updated),
            `${quote(original)} would be read from slot ${moved.slot ?? "?"}, where other values lie`,
            "Restore the order of declarations or of base contracts",
          ),
        };
      }
      return {
        code: "layout-variable-renamed",
        title: `${quote(original)} is renamed to ${quote(updated)}.`,
        detail: sentences(
          transition(original, updated),
          `If the value keeps its meaning, say so above the variable: /// @custom:oz-renamed-from ${original.label}`,
          `If it is out of use, call it ${original.label}DEPRECATED`,
        ),
      };
    }
    case "replace":
      return {
        code: "layout-variable-replaced",
        title: `${quote(operation.original)} is replaced by ${quote(operation.updated)}.`,
        detail: sentences(
          transition(operation.original, operation.updated),
          "The new variable would read the old one's bytes. Declare it after the last variable instead",
        ),
      };
    case "typechange":
    case "shrinkgap": {
      const { original, updated, change } = operation;
      return {
        code: codeOfChange(change),
        title: `The type of ${quote(updated)} changes in a way that misreads stored values.`,
        detail: sentences(transition(original, updated), ...explainChange(change)),
      };
    }
    case "layoutchange":
      return {
        code: "layout-variable-moved",
        title: `${quote(operation.updated)} moves to another place in storage.`,
        detail: sentences(transition(operation.original, operation.updated)),
      };
    case "finishgap":
      return {
        code: "layout-gap-misused",
        title: `${quote(operation.updated)} takes the place of ${quote(operation.original)} and does not fit it.`,
        detail: sentences(transition(operation.original, operation.updated)),
      };
    case "delete-namespace":
      return {
        code: "layout-namespace-deleted",
        title: `The storage namespace ${operation.namespace} is gone.`,
        detail: `It was declared in ${operation.original.contract}; its values would no longer be read.`,
      };
  }
}

function codeOfChange(change: Change): string {
  switch (change.kind) {
    case "mapping value":
    case "array value":
      return codeOfChange(change.inner);
    case "mapping key":
      return "layout-mapping-key-changed";
    case "struct members":
      return "layout-struct-changed";
    case "enum members":
      return "layout-enum-changed";
    case "array grow":
    case "array shrink":
    case "array dynamic":
      return "layout-array-resized";
    case "obvious mismatch":
    case "unknown":
    case "visibility change":
    case "type resize":
    case "missing members":
      return "layout-type-changed";
  }
}

/** The innermost reasons, as sentences. */
function explainChange(change: Change): string[] {
  switch (change.kind) {
    case "mapping value":
    case "array value":
      return explainChange(change.inner);
    case "mapping key":
      return [`The key changes from ${change.inner.original.item.label} to ${change.inner.updated.item.label}, so that every entry lies elsewhere`];
    case "struct members": {
      const reasons = change.ops.map((operation) => explainMember(operation, change.updated.item.label));
      return change.allowAppend ? reasons : [...reasons, `${change.updated.item.label} does not lie in a mapping here: it may not grow`];
    }
    case "enum members":
      return change.ops.map((operation) => {
        if (operation.kind === "replace") return `In ${change.updated.item.label} ${operation.original} becomes ${operation.updated}`;
        if (operation.kind === "delete") return `${change.updated.item.label} loses ${operation.original}, and the values behind it shift`;
        if (operation.kind === "delete-namespace") return "";
        return `${change.updated.item.label} gets ${operation.updated} before existing values, which shift`;
      });
    case "type resize":
      return [`${change.updated.item.label} takes another number of bytes now`];
    case "array grow":
      return ["A fixed array may not grow here: what follows it would move"];
    case "array shrink":
      return ["A fixed array may not shrink: what follows it would move"];
    case "array dynamic":
      return ["Fixed and dynamic arrays lie differently in storage"];
    case "missing members":
      return ["The members of the type are not known, so they cannot be compared"];
    case "visibility change":
      return ["Internal and external function types lie differently in storage"];
    case "obvious mismatch":
    case "unknown":
      return change.original.item.label === change.updated.item.label
        ? []
        : [`bytes of ${change.original.item.label} cannot be read as ${change.updated.item.label}`];
  }
}

function explainMember(operation: MemberOperation, struct: string): string {
  switch (operation.kind) {
    case "append":
    case "insert":
      return `${struct} gets the member ${quote(operation.updated)} (${operation.updated.type.item.label}) where other values lie`;
    case "delete":
      return `${struct} loses the member ${quote(operation.original)} (${operation.original.type.item.label})`;
    case "rename":
      return `In ${struct} the member ${quote(operation.original)} is renamed to ${quote(operation.updated)}`;
    case "replace":
      return `In ${struct} the member ${quote(operation.original)} (${operation.original.type.item.label}) is replaced by ${quote(operation.updated)} (${operation.updated.type.item.label})`;
    case "typechange":
    case "shrinkgap":
      return [
        `In ${struct} the member ${quote(operation.updated)} changes from ${operation.original.type.item.label} to ${operation.updated.type.item.label}`,
        ...explainChange(operation.change),
      ].join(". ");
    case "layoutchange":
    case "finishgap":
      return `In ${struct} the member ${quote(operation.updated)} moves`;
    case "delete-namespace":
      return "";
  }
}

/** Which old variables a new one would lie on. */
function overlapped(updated: Field, from: CompiledUnit): string | undefined {
  if (updated.slot === undefined || updated.offset === undefined) return undefined;
  const begin = 32n * BigInt(updated.slot) + BigInt(updated.offset);
  const end = begin + BigInt(updated.type.item.numberOfBytes ?? 32);
  const { storage, types } = from.facts.layout;
  const hit = storage.filter((old) => {
    const start = 32n * BigInt(old.slot ?? 0) + BigInt(old.offset ?? 0);
    return start < end && begin < start + BigInt(types[old.type]?.numberOfBytes ?? 32);
  });
  if (hit.length === 0) return undefined;
  return `There ${hit.length === 1 ? "lies" : "lie"} ${hit.map((old) => `${quote(old)} (${types[old.type]?.label ?? old.type})`).join(", ")}`;
}

function transition(original: Field, updated: Field): string {
  const oldType = typeOf(original);
  const newType = typeOf(updated);
  const was = place(original);
  const is = place(updated);
  const places = was === is ? was : `${was}, now in ${is}`;
  return `in ${places}: ${oldType === newType ? oldType : `was ${oldType}, becomes ${newType}`}`;
}

function typeOf(field: Field): string {
  return field.type.item.label;
}

function place(field: { slot?: string | undefined; offset?: number | undefined }): string {
  if (field.slot === undefined) return "a place in its namespace";
  return field.offset === undefined || field.offset === 0 ? `slot ${field.slot}` : `slot ${field.slot} byte ${field.offset}`;
}

function quote(field: { label: string }): string {
  return `\`${field.label}\``;
}

function sentences(...parts: (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== "")
    .map((part) => `${(part as string).charAt(0).toUpperCase()}${(part as string).slice(1)}.`)
    .join(" ");
}
