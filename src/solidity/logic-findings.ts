import type { Finding } from "../finding.ts";
import type { CompiledUnit, UpgradeFacts } from "./compiled-unit.ts";
import { isInitializerModifier } from "./entry-points.ts";

type RuleError = UpgradeFacts["errors"][number];

/**
 * Rules on the new logic alone. upgrades-core rejects any constructor, immutable or linked library that is not
 * annotated for it. Logic behind a registry proxy is built with all three, and most logic behind other proxies has a
 * constructor too: they are reported, and held against the logic only where a constructor sets a stored variable.
 */
export function logicFindings(from: CompiledUnit, to: CompiledUnit, proxy: "controller-registry" | "erc1967"): Finding[] {
  const { errors } = to.facts;
  const isRegistry = proxy === "controller-registry";
  const findings: Finding[] = [];
  const ofKind = (kind: string): RuleError[] => errors.filter((error) => error.kind === kind);

  for (const kind of ["delegatecall", "selfdestruct"] as const) {
    for (const error of ofKind(kind)) {
      findings.push({
        severity: "refuse",
        code: `unsafe-${kind}`,
        title: `The new logic can reach a ${kind}.`,
        detail: `At ${error.src}. ${kind === "selfdestruct" ? "It could end the contract the proxy stands on." : "Code it does not contain could change or end the contract the proxy stands on."}`,
      });
    }
  }
  findings.push(...assemblyFindings(from, to));
  for (const error of ofKind("state-variable-assignment")) {
    findings.push({
      severity: "refuse",
      code: "unsafe-initial-value",
      title: `\`${error.name ?? "?"}\` is given a value where it is declared, and the proxy never sees it.`,
      detail: `At ${error.src}. The value is set in the logic's own storage at construction. Make it a constant, or set it in the batch after the upgrade.`,
    });
  }
  for (const error of ofKind("internal-function-storage")) {
    findings.push({
      severity: "refuse",
      code: "unsafe-stored-function",
      title: `\`${error.name ?? "?"}\` stores an internal function, a position in code that is no longer there after an upgrade.`,
      detail: `At ${error.src}.`,
    });
  }
  findings.push(...constructorFindings(to, isRegistry), ...immutableFindings(to, isRegistry), ...libraryFindings(to, isRegistry));
  findings.push(...initializerFindings(errors, isRegistry), ...lockFindings(to));

  const upgradeFunctions = ["upgradeTo(address)", "upgradeToAndCall(address,bytes)"];
  const canUpgrade = (unit: CompiledUnit): boolean => upgradeFunctions.some((one) => unit.facts.methods.includes(one));
  if (!isRegistry && canUpgrade(from) && !canUpgrade(to)) {
    findings.push({
      severity: "refuse",
      code: "upgrade-function-missing",
      title: "The new logic has no upgradeToAndCall: the proxy could never be upgraded again.",
      detail: "The running logic carries the upgrade function itself (UUPS, ERC-1822). Inherit UUPSUpgradeable.",
    });
  }
  return findings;
}

function assemblyFindings(from: CompiledUnit, to: CompiledUnit): Finding[] {
  return to.facts.assembly.map((use) => {
    const isNew = !from.facts.assembly.some((old) => old.opcode === use.opcode && old.contract === use.contract);
    const isStore = use.opcode === "sstore";
    return {
      severity: (isStore || use.opcode === "delegatecall") && !isNew ? "info" : "warning",
      code: isStore ? "assembly-storage-write" : `assembly-${use.opcode}`,
      title: isStore
        ? "Inline assembly writes storage past the layout, where no comparison sees it."
        : `Inline assembly uses ${use.opcode}.`,
      detail: `In ${use.contract}, ${use.src}${isNew ? "; the running logic has none there" : "; the running logic has it too"}.`,
    };
  });
}

function constructorFindings(to: CompiledUnit, isRegistry: boolean): Finding[] {
  const found = to.facts.errors.filter((error) => error.kind === "constructor");
  const findings: Finding[] = [];
  if (found.length > 0) {
    findings.push({
      severity: "info",
      code: "constructor-in-logic",
      title: `The new logic has ${found.length === 1 ? "a constructor" : "constructors"}: what they write stays in its own storage.`,
      detail: `${found.map((error) => `${error.contract ?? "?"} (${error.src})`).join(", ")}.`,
    });
  }
  // A registry proxy has its own controller and target id, so a logic may well set those for itself.
  const own = to.facts.layout.storage.filter((one) => isRegistry && (one.slot === "0" || one.slot === "1")).map((one) => one.label);
  // Without the finding the source has allowed it, by annotation. Locking the logic itself is what a constructor is for.
  const writes = found.length === 0 ? [] : to.facts.constructorWrites.filter((write) => !own.includes(write.name) && !isInitializerLock(write));
  for (const name of new Set(writes.map((write) => write.name))) {
    findings.push({
      severity: isRegistry ? "warning" : "refuse",
      code: "constructor-writes-storage",
      title: `A constructor sets \`${name}\`, and the proxy never sees it.`,
      detail: `At ${writes.filter((write) => write.name === name).map((write) => write.src).join(", ")}. Through the proxy it keeps its present value, or zero when it is new.`,
    });
  }
  return findings;
}

/** `_disableInitializers()`: the flag it sets was a plain variable before OpenZeppelin 5. */
function isInitializerLock(write: { name: string; contract: string }): boolean {
  return write.contract === "Initializable" && write.name === "_initialized";
}

function immutableFindings(to: CompiledUnit, isRegistry: boolean): Finding[] {
  const { errors, immutables } = to.facts;
  // For ERC-1967 the rule counts, which annotations can lift; for a registry proxy the fact does.
  const names = isRegistry
    ? immutables.map((one) => `\`${one.name}\` (${one.type})`)
    : errors.filter((error) => error.kind === "state-variable-immutable").map((error) => `\`${error.name ?? "?"}\` (${error.src})`);
  if (names.length === 0) return [];
  return [
    {
      severity: isRegistry ? "info" : "warning",
      code: "immutable-in-logic",
      title: `The new logic fixes ${names.join(", ")} at construction.`,
      detail: isRegistry
        ? "Such a value is part of the code, the same for every proxy, and comes from the constructor's arguments: check them, the controller's address first."
        : "Such a value is part of the code, the same for every proxy. If that is meant: /// @custom:oz-upgrades-unsafe-allow state-variable-immutable",
    },
  ];
}

function libraryFindings(to: CompiledUnit, isRegistry: boolean): Finding[] {
  const linked = isRegistry
    ? Object.values(to.artifact.linkReferences.creation).flatMap((libraries) => Object.keys(libraries))
    : to.facts.errors.filter((error) => error.kind === "external-library-linking").map((error) => error.name ?? "?");
  if (linked.length === 0) return [];
  return [
    {
      severity: isRegistry ? "info" : "warning",
      code: "library-linked",
      title: `The new logic runs code of ${linked.join(", ")}, linked by address.`,
      detail: "A library's code runs on the proxy's storage: its address is as much part of the upgrade as the logic's.",
    },
  ];
}

/** Without storage of its own worth anything, logic that a stranger initialises is a nuisance, not a loss. */
function lockFindings(to: CompiledUnit): Finding[] {
  const open = to.facts.initializers.filter(({ modifiers }) => modifiers.some(isInitializerModifier));
  if (open.length === 0 || to.facts.locksInitializers) return [];
  return [
    {
      severity: "info",
      code: "logic-unlocked",
      title: "Anybody can initialise the logic itself, beside the proxy.",
      detail: `${open.map(({ name }) => `${name}()`).join(", ")}; it changes nothing behind the proxy. _disableInitializers() in the constructor closes it.`,
    },
  ];
}

function initializerFindings(errors: readonly RuleError[], isRegistry: boolean): Finding[] {
  // A map, since one of the other kinds is called "constructor".
  const titles = new Map([
    ["missing-initializer", "The new logic has no initializer of its own, though its bases need one."],
    ["missing-initializer-call", "The initializer does not call all initializers of its bases."],
    ["duplicate-initializer-call", "The initializer calls the initializer of a base twice."],
    ["incorrect-initializer-order", "The initializers of the bases are called out of order."],
  ]);
  return errors.flatMap((error): Finding[] => {
    const title = titles.get(error.kind);
    if (title === undefined) return [];
    const isWarning = isRegistry || error.kind === "incorrect-initializer-order";
    return [{ severity: isWarning ? "warning" : "refuse", code: error.kind, title, detail: `At ${error.src}.` }];
  });
}
