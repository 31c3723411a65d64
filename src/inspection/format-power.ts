import { printable } from "../protocol/printable.ts";
import type { SmallestSet } from "../safe/smallest-set.ts";
import type { Power } from "./read-power.ts";

/** In the order in which an operator has to worry: what gets past the signatures, whom it takes, what can break. */
export function formatPower(power: Power): string[] {
  const warnings = [...modules(power), ...power.alone.map((key) => `${key} alone can do all of this.`)];
  const danger = [...singlePoints(power), ...stuck(power), ...power.nobody.map(({ safe, owner, why }) => `${owner} owns the Safe ${safe}, and ${why}.`)];
  const remarks = [...guards(power), ...handlers(power), ...contracts(power), ...pairs(power)];
  return [
    ...section("Past the signatures", warnings),
    ...section("Whom it takes", people(power)),
    ...section("What it hangs on", danger),
    ...section("To know", remarks),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${printable(line)}`)];
}

function modules({ modules: found, smallestThroughModules }: Power): string[] {
  const kinds = { key: "a key that needs nobody else", safe: "a Safe with owners of its own", contract: "a contract; whoever commands it commands the Safe", nobody: "which nobody can use" };
  return [
    ...found.map(({ safe, module, kind }) => `The module ${module} (${kinds[kind]}) acts in the name of the Safe ${safe} without any signature.`),
    ...(smallestThroughModules === null ? [] : [`Through modules, ${formatSet(smallestThroughModules)}.`]),
  ];
}

function people({ canAct, smallest }: Power): string[] {
  if (smallest !== null) return [`By signing, ${formatSet(smallest)}.`];
  return [canAct === "perhaps" ? "No set of keys is enough: a contract that lpctl cannot look into has to take part." : "Nobody: no set of keys is enough."];
}

function formatSet({ people: keys, atLeast }: SmallestSet): string {
  const count = keys.length;
  const fewest = atLeast === count ? `${count} ${count === 1 ? "person is" : "people are"} enough, and no fewer` : `${count} people are enough, and fewer than ${atLeast} are not (too many Safes share people to say exactly)`;
  return `${fewest}; for example ${keys.join(", ")}`;
}

function singlePoints({ indispensable, indispensableSafes }: Power): string[] {
  return [
    ...indispensable.map((key) => `Without ${key} nothing can be signed any more.`),
    ...indispensableSafes.map((safe) => `Without the Safe ${safe} nothing can be signed any more.`),
  ];
}

function stuck(power: Power): string[] {
  return power.stuck.map(({ safe, threshold, possible, unknown }) =>
    possible + unknown >= threshold
      ? `The Safe ${safe} asks for ${threshold}, and only ${possible} of its owners are known to be able to sign; the rest is up to a contract.`
      : `The Safe ${safe} cannot act any more: it asks for ${threshold}, and only ${possible + unknown} of its owners can ever sign.`,
  );
}

function guards({ safes }: Power): string[] {
  return safes.flatMap(({ address, guard }) => (guard === null ? [] : [`The guard ${guard} looks at every transaction of the Safe ${address}, and may refuse any.`]));
}

function handlers({ safes }: Power): string[] {
  return safes.flatMap(({ address, handler }) => (handler.kind === "foreign" ? [`The Safe ${address} passes calls it does not know to ${handler.address}, code that Safe never released.`] : []));
}

function contracts({ contracts: found }: Power): string[] {
  return found.map(({ address, why }) => `${address}: ${why}. It is not counted among the people.`);
}

function pairs({ pairs: found }: Power): string[] {
  return found.map(({ parent, child, contractSignature, why }) =>
    contractSignature
      ? `The Safe ${child} owns the Safe ${parent}: it approves on chain, or signs.`
      : `The Safe ${child} owns the Safe ${parent}, and can only approve on chain: ${why ?? ""}.`,
  );
}
