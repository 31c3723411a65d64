import type { Layout, LayoutItem, LayoutType } from "../protocol/layout.ts";
import { erc7201Slot } from "../protocol/openzeppelin-namespaces.ts";
import { WELL_KNOWN_SLOTS } from "../protocol/storage-slots.ts";
import type { CompiledUnit, RuleField, RuleLayout } from "./compiled-unit.ts";

const PREFIX = "erc7201:";
const POSITION_TYPE = "t_bytes32";

const layouts = new WeakMap<CompiledUnit, Layout>();

/**
 * Everything a source says of where its storage lies: solc's layout, the structs of ERC-7201 namespaces at their hashed
 * slots (solc leaves them out), positions that inline assembly fixes, and the names of enum values.
 */
export function layoutOfUnit(unit: CompiledUnit): Layout {
  let layout = layouts.get(unit);
  if (layout === undefined) layouts.set(unit, (layout = buildLayout(unit)));
  return layout;
}

function buildLayout({ artifact, facts }: CompiledUnit): Layout {
  const storage: LayoutItem[] = artifact.storageLayout.storage.map(({ label, slot, offset, type }) => ({ label, slot, offset, type }));
  const enums = enumsOf(facts.layout);
  const types: Record<string, LayoutType> = {};
  for (const [id, type] of Object.entries(artifact.storageLayout.types)) types[id] = withEnum(type, enums);
  for (const [namespace, fields] of Object.entries(facts.layout.namespaces ?? {})) {
    const type = addNamespace(namespace, fields, facts.layout, types, enums);
    if (type !== undefined) storage.push({ label: nameOfNamespace(namespace).replace(/^openzeppelin\.storage\./, "openzeppelin."), slot: erc7201Slot(nameOfNamespace(namespace)).toString(), offset: 0, type });
  }
  const taken = new Set([...storage.map((item) => BigInt(item.slot)), ...WELL_KNOWN_SLOTS.map(({ slot }) => BigInt(slot))]);
  for (const { slot, name } of facts.slotUses) {
    const position = BigInt(slot);
    // Low slots are those of declared variables: a name for them there would hide what the layout says.
    if (position < 1n << 64n || taken.has(position)) continue;
    taken.add(position);
    types[POSITION_TYPE] ??= { encoding: "inplace", label: "bytes32", numberOfBytes: "32" };
    storage.push({ label: name ?? `position ${slot}`, slot: position.toString(), offset: 0, type: POSITION_TYPE });
  }
  return { storage, types };
}

function nameOfNamespace(namespace: string): string {
  return namespace.startsWith(PREFIX) ? namespace.slice(PREFIX.length) : namespace;
}

function enumsOf(layout: RuleLayout): ReadonlyMap<string, readonly string[]> {
  const enums = new Map<string, readonly string[]>();
  for (const { label, members } of Object.values(layout.types)) {
    const names = (members ?? []).filter((member) => typeof member === "string");
    if (label.startsWith("enum ") && names.length > 0) enums.set(label, names);
  }
  return enums;
}

function withEnum(type: LayoutType, enums: ReadonlyMap<string, readonly string[]>): LayoutType {
  const enumValues = enums.get(type.label);
  return enumValues === undefined ? type : { ...type, enumValues };
}

/** The namespace as one struct; undefined where its members' places are not known. */
function addNamespace(
  namespace: string,
  fields: readonly RuleField[],
  layout: RuleLayout,
  types: Record<string, LayoutType>,
  enums: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  // Ids of both layouts may be equal and mean different types: those that come from here say so.
  const own = (id: string): string => `${id}@${namespace}`;
  const add = (id: string): boolean => {
    if (own(id) in types) return true;
    const rule = layout.types[id];
    if (rule?.numberOfBytes === undefined) return false;
    const type: LayoutType = { encoding: encodingOf(id), label: rule.label, numberOfBytes: rule.numberOfBytes };
    types[own(id)] = withEnum(type, enums);
    const inside = partsOf(id);
    const members = fieldsOf(rule.members);
    if (members === undefined) return false;
    if (members.length > 0) type.members = members.map((member) => ({ ...member, type: own(member.type) }));
    if (inside.base !== undefined) type.base = own(inside.base);
    if (inside.key !== undefined) type.key = own(inside.key);
    if (inside.value !== undefined) type.value = own(inside.value);
    return [...members.map((member) => member.type), ...Object.values(inside)].every(add);
  };
  const members = fieldsOf(fields);
  const last = members?.at(-1);
  if (members === undefined || last === undefined || !members.map((member) => member.type).every(add)) return undefined;
  const bytes = Number(types[own(last.type)]?.numberOfBytes ?? 32);
  const slots = BigInt(last.slot) + BigInt(Math.max(1, Math.ceil(bytes / 32)));
  const id = own("t_struct");
  types[id] = {
    encoding: "inplace",
    label: `struct ${nameOfNamespace(namespace)}`,
    numberOfBytes: String(slots * 32n),
    members: members.map((member) => ({ ...member, type: own(member.type) })),
  };
  return id;
}

/** Undefined where a member's place is missing. */
function fieldsOf(members: readonly (string | RuleField)[] | undefined): LayoutItem[] | undefined {
  const fields = (members ?? []).flatMap((member) => (typeof member === "string" ? [] : [member]));
  const placed = fields.flatMap(({ label, slot, offset, type }) => (slot === undefined || offset === undefined ? [] : [{ label, slot, offset, type }]));
  return placed.length === fields.length ? placed : undefined;
}

function encodingOf(id: string): LayoutType["encoding"] {
  if (id.startsWith("t_mapping(")) return "mapping";
  if (/^t_(bytes|string)_storage/.test(id)) return "bytes";
  return id.startsWith("t_array(") && id.endsWith(")dyn_storage") ? "dynamic_array" : "inplace";
}

/** Ids spell out what they are made of: `t_mapping(K,V)`, `t_array(T)dyn_storage`, `t_array(T)5_storage`. */
function partsOf(id: string): { base?: string; key?: string; value?: string } {
  const open = id.indexOf("(");
  const kind = id.slice(0, open);
  if (kind !== "t_mapping" && kind !== "t_array") return {};
  let depth = 0;
  let comma = -1;
  for (let at = open; at < id.length; at += 1) {
    if (id[at] === "(") depth += 1;
    if (id[at] === ")") depth -= 1;
    if (id[at] === "," && depth === 1 && comma < 0) comma = at;
    if (depth > 0) continue;
    if (kind === "t_array") return { base: id.slice(open + 1, at) };
    return { key: id.slice(open + 1, comma), value: id.slice(comma + 1, at) };
  }
  return {};
}
