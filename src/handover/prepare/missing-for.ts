import { Exit, LpctlError } from "../../errors.ts";
import { findByName } from "../../chain/registry.ts";
import type { Project } from "../../inspection/project.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import { printable } from "../../protocol/printable.ts";
import { existsSync } from "node:fs";
import { loadTarget } from "../target/load-target.ts";
import type { PrepareSettings } from "../target/target-schema.ts";
import { loadPrepared } from "./prepared-file.ts";
import { neededBy, PREPARATIONS, type PreparationKind } from "./preparation.ts";

/**
 * What has to be deployed for a target, by its file or by name, and how. What is given to the command goes before the file.
 * @throws LPCTL_HANDOVER_TARGET_UNKNOWN with the nearest name, _PREPARED_ALREADY, _NOTHING_TO_PREPARE, what `loadTarget` throws
 */
export async function missingFor(project: Project, reference: string, given: PrepareSettings): Promise<{ kinds: PreparationKind[]; settings: PrepareSettings }> {
  const named = PREPARATIONS.find((kind) => kind === reference);
  if (named !== undefined) return { kinds: [named], settings: given };
  if (!existsSync(reference)) throw unknownPreparation(reference);
  const { file } = await loadTarget(reference, undefined);
  const needed = neededBy(file);
  const [registry, prepared] = await Promise.all([readProjectRegistry(project), Promise.all(needed.map((kind) => loadPrepared(project, kind)))]);
  const isRegistered = { governor: findByName(registry, "Governor"), stake: findByName(registry, "StakeTimelock"), divided: undefined };
  const kinds = needed.filter((kind, index) => isRegistered[kind] === undefined && (prepared[index]?.transactions ?? null) === null);
  if (needed.length === 0) {
    throw new LpctlError({
      code: "LPCTL_HANDOVER_NOTHING_TO_PREPARE",
      exit: Exit.usage,
      message: "The target needs nothing that could be deployed for it",
      why: "it names everybody by address. Governor, StakeTimelock and DividedOwner can be named instead of an address",
      next: `lpctl handover plan ${printable(reference)}`,
    });
  }
  if (kinds.length === 0) {
    throw new LpctlError({
      code: "LPCTL_HANDOVER_PREPARED_ALREADY",
      exit: Exit.refused,
      message: `All that the target needs is deployed already: ${needed.join(", ")}`,
      why: "it is registered, or recorded under handovers/",
      next: `lpctl handover plan ${printable(reference)}`,
    });
  }
  const { prepare } = file;
  const flags = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { kinds, settings: { ...prepare, ...flags, rules: { ...prepare?.rules, ...given.rules } } };
}

function unknownPreparation(reference: string): LpctlError {
  const near = nearestName(reference, PREPARATIONS);
  return new LpctlError({
    code: "LPCTL_HANDOVER_TARGET_UNKNOWN",
    exit: Exit.usage,
    message: `${printable(reference)} is neither a file nor something that can be prepared`,
    why: `known: ${PREPARATIONS.join(", ")}${reference === "safe" ? "; a Safe is made with lpctl safe create" : ""}`,
    next: reference === "safe" ? "lpctl safe create" : near === undefined ? "Name one of these, or a file: lpctl handover prepare handover.yaml" : `Did you mean lpctl handover prepare ${near}?`,
  });
}
