import type { Hex } from "../protocol/hex.ts";
import type { Initializer, UpgradeTraits } from "../protocol/upgrade-traits.ts";
import type { CompiledUnit, UpgradeFacts } from "./compiled-unit.ts";
import { isInitializerModifier } from "./entry-points.ts";
import type { SlotChange } from "./slot-map.ts";

/** Held by one value, so that zero is a value too; a mapping or an array begins empty, as it should. */
const PLAIN = /^(u?int\d*|bool|address( payable)?|bytes\d+|string|contract .+|enum .+)$/;
/** Modifiers that look at no caller. */
const NOT_ABOUT_CALLERS = /^(initializer|reinitializer|nonReentrant|onlyInitializing|onlyProxy|notDelegated)$|[pP]aused?$/;

/** What the batch around an upgrade has to do. */
export function traitsOfUpgrade(from: CompiledUnit, to: CompiledUnit, slots: readonly SlotChange[]): UpgradeTraits {
  const { setters, zeroAware, initializers } = to.facts;
  const known = new Set(from.facts.initializers.map(({ selector }) => selector));
  return {
    newVariables: slots
      .filter(({ state, type }) => state === "new" && PLAIN.test(type))
      .map(({ label, type }) => ({
        label,
        type,
        setters: setters.filter(({ variable }) => variable === label).map(({ setter, selector }) => ({ name: setter, selector: `0x${selector}` as Hex })),
        isZeroAware: zeroAware.includes(label),
      })),
    initializers: initializers.map((one) => ({ name: one.name, selector: `0x${one.selector}` as Hex, isOld: known.has(one.selector), guard: guardOf(one) })),
  };
}

function guardOf({ modifiers, checksCaller }: UpgradeFacts["initializers"][number]): Initializer["guard"] {
  if (checksCaller || modifiers.some((name) => !NOT_ABOUT_CALLERS.test(name))) return "restricted";
  return modifiers.some(isInitializerModifier) ? "once" : "open";
}
