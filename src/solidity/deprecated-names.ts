import type { RuleField, RuleLayout } from "./compiled-unit.ts";

/** Whether `name` is `before`, marked as out of use: `xDEPRECATED`, `__deprecated_x`, `DEPRECATED_x`, `deprecatedX`. */
export function isDeprecationOf(name: string, before: string): boolean {
  if (name === before) return false;
  const rest = /^_*deprecated_*(.+)$/i.exec(name)?.[1] ?? /^(.+?)_*deprecated_*$/i.exec(name)?.[1];
  return rest !== undefined && plain(rest) === plain(before);
}

function plain(name: string): string {
  return name.replace(/^_+|_+$/g, "").toLowerCase();
}

/**
 * The new layout with each deprecating rename annotated as if the source had said `@custom:oz-renamed-from`: the
 * variable keeps its place and its type is still compared, only its new name is accepted. Returns the pairs found.
 */
export function acceptDeprecations(
  before: RuleLayout,
  after: RuleLayout,
): { layout: RuleLayout; renamed: { from: string; to: string; where: string }[] } {
  const renamed: { from: string; to: string; where: string }[] = [];
  const annotate = <Field extends RuleField>(old: readonly RuleField[], fields: readonly Field[], where: string): Field[] =>
    fields.map((field, index) => {
      const previous = old.find((one) => isSamePlace(one, field)) ?? (field.slot === undefined ? old[index] : undefined);
      if (previous === undefined || field.renamedFrom !== undefined) return field;
      if (!isDeprecationOf(field.label, previous.label)) return field;
      renamed.push({ from: previous.label, to: field.label, where });
      return { ...field, renamedFrom: previous.label };
    });

  const structsBefore = new Map(
    Object.values(before.types).flatMap((type) => (isStruct(type.members) ? [[type.label, type.members] as const] : [])),
  );
  const types = Object.fromEntries(
    Object.entries(after.types).map(([id, type]) => {
      const old = structsBefore.get(type.label);
      if (old === undefined || !isStruct(type.members)) return [id, type];
      return [id, { ...type, members: annotate(old, type.members, type.label) }];
    }),
  );
  const namespaces = Object.fromEntries(
    Object.entries(after.namespaces ?? {}).map(([id, fields]) => [id, annotate(before.namespaces?.[id] ?? [], fields, id)]),
  );
  return { layout: { ...after, storage: annotate(before.storage, after.storage, ""), types, namespaces }, renamed };
}

function isSamePlace(left: RuleField, right: RuleField): boolean {
  return left.slot !== undefined && left.slot === right.slot && left.offset === right.offset;
}

function isStruct(members: string[] | RuleField[] | undefined): members is RuleField[] {
  return typeof members?.[0] === "object";
}
