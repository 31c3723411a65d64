import type { Layout, LayoutType } from "../../protocol/layout.ts";
import { WELL_KNOWN_SLOTS } from "../../protocol/storage-slots.ts";

const wholes = new WeakMap<Layout, Layout>();

/** A layout, and the slots that standards and Safe's contracts fix, whatever a layout says of them. */
export function wholeLayout(layout: Layout): Layout {
  const known = wholes.get(layout);
  if (known !== undefined) return known;
  const taken = new Set(layout.storage.map(({ slot }) => BigInt(slot)));
  const types: Record<string, LayoutType> = { ...layout.types };
  const storage = [...layout.storage];
  for (const { slot, name, type } of WELL_KNOWN_SLOTS) {
    if (taken.has(BigInt(slot))) continue;
    const id = `t_${type}@well-known`;
    types[id] = { encoding: "inplace", label: type, numberOfBytes: type === "address" ? "20" : "1" };
    storage.push({ label: name, slot: BigInt(slot).toString(), offset: 0, type: id });
  }
  const whole: Layout = { storage, types };
  wholes.set(layout, whole);
  return whole;
}
