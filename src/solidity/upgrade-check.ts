import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { CompiledUnit, RuleField, RuleLayout } from "./compiled-unit.ts";
import { acceptDeprecations } from "./deprecated-names.ts";
import { interfaceFindings } from "./interface-findings.ts";
import { layoutFindings } from "./layout-findings.ts";
import { logicFindings } from "./logic-findings.ts";
import { movedConstants, positionFindings } from "./position-findings.ts";
import { MANAGER_PROXY_FUNCTIONS, MANAGER_PROXY_VARIABLES, proxyFindings, transparentFindings, type ProxyVariable } from "./proxy-findings.ts";
import { isGap, mapSlots, type SlotChange } from "./slot-map.ts";

export interface UpgradeQuestion {
  from: CompiledUnit;
  to: CompiledUnit;
  proxy: "controller-registry" | "erc1967";
  /** The ERC-1967 proxy answers its admin itself. */
  isTransparent?: boolean | undefined;
  /** Where a registry proxy keeps its own state; default: a `ManagerProxy`'s slots 0 and 1. */
  proxyVariables?: readonly ProxyVariable[] | undefined;
  /** Signatures a registry proxy answers itself; default: those of a `ManagerProxy`. */
  proxyFunctions?: readonly string[] | undefined;
}

export interface UpgradeVerdict {
  /** True when no finding refuses. */
  ok: boolean;
  /** Refusals first, then warnings, then facts. */
  findings: Finding[];
  /** The new logic's variables in the order of their slots, beside what was there before. */
  slots: SlotChange[];
}

/**
 * Compares the logic that runs behind a proxy with the logic that shall replace it: storage first, by the rules of
 * `@openzeppelin/upgrades-core`, then what those rules leave out. Reads nothing but the two compiled units.
 *
 * A layout change that upgrades-core rejects is refused, save one: a variable that keeps its place and is renamed
 * to say that it is out of use (`xDEPRECATED`).
 *
 * Errors: LPCTL_SOLIDITY_NOT_COMPARABLE, when a storage type cannot be modelled (a recursive struct).
 */
export async function checkStorageUpgrade(question: UpgradeQuestion): Promise<UpgradeVerdict> {
  const { from, to, proxy } = question;
  const { layout, renamed } = acceptDeprecations(from.facts.layout, to.facts.layout);
  const operations = await compareLayouts(from, to.artifact.name, layout);
  const slots = mapSlots(from.facts.layout, layout, new Set(renamed.map((one) => one.to)));

  const findings = [
    ...layoutFindings(operations, from, to),
    ...(proxy === "controller-registry"
      ? proxyFindings(from, to, question.proxyVariables ?? MANAGER_PROXY_VARIABLES, question.proxyFunctions ?? MANAGER_PROXY_FUNCTIONS)
      : []),
    ...(question.isTransparent === true ? transparentFindings(from, to) : []),
    ...logicFindings(from, to, proxy),
    ...positionFindings(from, to),
    ...storednessFindings(from, to),
    ...interfaceFindings(from.artifact, to.artifact),
    ...renamed.map(({ from: before, to: after, where }): Finding => ({
      severity: "info",
      code: "layout-variable-deprecated",
      title: `\`${before}\` is out of use: it is now called \`${after}\`.`,
      detail: where === "" ? "It keeps its place, and its value stays in storage." : `In ${where}; its values stay in storage.`,
    })),
    ...additions(from.facts.layout, layout, slots),
  ];
  const weight = { refuse: 0, warning: 1, info: 2 };
  return {
    ok: findings.every((finding) => finding.severity !== "refuse"),
    findings: findings.toSorted((left, right) => weight[left.severity] - weight[right.severity]),
    slots,
  };
}

async function compareLayouts(from: CompiledUnit, name: string, after: RuleLayout) {
  const { getStorageUpgradeReport, withValidationDefaults } = await import("@openzeppelin/upgrades-core");
  type Layout = Parameters<typeof getStorageUpgradeReport>[0];
  try {
    return getStorageUpgradeReport(from.facts.layout as Layout, after as Layout, withValidationDefaults({})).ops;
  } catch (error) {
    throw new LpctlError({
      code: "LPCTL_SOLIDITY_NOT_COMPARABLE",
      exit: Exit.refused,
      message: `The storage of ${name} cannot be compared with ${from.artifact.name}'s.`,
      why: error instanceof Error ? error.message : String(error),
      details: { from: from.artifact.name, to: name },
      cause: error,
    });
  }
}

/** Variables that change between storage, constant and immutable, and constants that may name a storage position. */
function storednessFindings(from: CompiledUnit, to: CompiledUnit): Finding[] {
  const findings: Finding[] = [];
  const wasStored = new Set(from.facts.layout.storage.map((one) => one.label));
  const unstored = new Map([
    ...from.facts.constants.map((one) => [one.name, "a constant"] as const),
    ...from.facts.immutables.map((one) => [one.name, "an immutable"] as const),
  ]);
  for (const { label, slot, src } of to.facts.layout.storage) {
    const was = unstored.get(label);
    if (was === undefined || wasStored.has(label)) continue;
    findings.push({
      severity: "warning",
      code: "value-moved-to-storage",
      title: `\`${label}\` was ${was} and lies in storage now: it starts as zero.`,
      detail: `Slot ${slot ?? "?"}, ${src}. Set it in the same batch as the upgrade.`,
    });
  }
  const moved = movedConstants(from, to);
  for (const constant of to.facts.constants) {
    if (moved.has(constant.name)) continue;
    const before = from.facts.constants.find((one) => one.name === constant.name && one.contract === constant.contract);
    if (before === undefined || before.value === constant.value) continue;
    const mayBePosition = constant.type === "bytes32";
    findings.push({
      severity: mayBePosition ? "warning" : "info",
      code: "constant-changed",
      title: `The constant \`${constant.name}\` changes.`,
      detail: `Was ${before.value}, becomes ${constant.value}.${mayBePosition ? " If it is a position in storage or a role, what was kept under it is no longer found." : ""}`,
    });
  }
  return findings;
}

/** What is new and safe: it starts empty, which somebody has to know. */
function additions(before: RuleLayout, after: RuleLayout, slots: readonly SlotChange[]): Finding[] {
  const findings: Finding[] = slots
    .filter((slot) => slot.state === "new" && !isGap(slot))
    .map((slot) => ({
      severity: "info",
      code: "layout-variable-added",
      title: `\`${slot.label}\` is new and starts as zero.`,
      detail: `Slot ${slot.slot}${slot.offsetBytes === 0 ? "" : ` byte ${slot.offsetBytes}`}: ${slot.type}. Nothing initialises it unless the batch sets it.`,
    }));
  for (const [namespace, fields] of Object.entries(after.namespaces ?? {})) {
    const known = before.namespaces?.[namespace] ?? [];
    const added = fields.slice(known.length).map((field) => `\`${field.label}\``);
    if (added.length === 0) continue;
    findings.push({
      severity: "info",
      code: "layout-variable-added",
      title: `${added.join(", ")} ${added.length === 1 ? "is" : "are"} new in the namespace ${namespace} and ${added.length === 1 ? "starts" : "start"} as zero.`,
      detail: "Nothing initialises them unless the batch sets them.",
    });
  }
  const membersBefore = new Map(Object.values(before.types).map((type) => [type.label, type.members ?? []]));
  for (const type of Object.values(after.types)) {
    const known = membersBefore.get(type.label);
    const members = type.members ?? [];
    if (known === undefined || members.length <= known.length) continue;
    const added = members.slice(known.length).map((member: string | RuleField) => (typeof member === "string" ? member : member.label));
    const isEnum = type.label.startsWith("enum ");
    findings.push({
      severity: "info",
      code: isEnum ? "layout-enum-extended" : "layout-struct-extended",
      title: `${type.label} gets ${added.map((name) => `\`${name}\``).join(", ")} at its end.`,
      detail: isEnum ? "Values stored before keep their meaning." : "Entries written before read zero there.",
    });
  }
  return findings;
}
