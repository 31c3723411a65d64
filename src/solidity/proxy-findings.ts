import { id } from "ethers";
import type { Finding } from "../finding.ts";
import type { CompiledUnit, RuleVariable } from "./compiled-unit.ts";
import { sizeOf, typeLabel } from "./slot-map.ts";

/** A variable that the proxy itself keeps in storage the logic shares. */
export interface ProxyVariable {
  name: string;
  slot: bigint;
  offsetBytes: number;
  sizeBytes: number;
  kind: "address" | "bytes32";
}

/** `ManagerProxy`: where the registry is, and which entry of it is the logic. */
export const MANAGER_PROXY_VARIABLES: readonly ProxyVariable[] = [
  { name: "controller", slot: 0n, offsetBytes: 0, sizeBytes: 20, kind: "address" },
  { name: "targetContractId", slot: 1n, offsetBytes: 0, sizeBytes: 32, kind: "bytes32" },
];

/** Functions a `ManagerProxy` answers itself, so that the logic's are never reached through it. */
export const MANAGER_PROXY_FUNCTIONS: readonly string[] = ["controller()", "setController(address)", "targetContractId()"];

/** Functions a transparent proxy keeps for its admin (EIP-1967; OpenZeppelin 4, of which 5 has only the last). */
const TRANSPARENT_PROXY_FUNCTIONS: readonly string[] = [
  "admin()",
  "implementation()",
  "changeAdmin(address)",
  "upgradeTo(address)",
  "upgradeToAndCall(address,bytes)",
];

/** What in the new logic a transparent proxy answers itself where its admin asks. */
export function transparentFindings(from: CompiledUnit, to: CompiledUnit): Finding[] {
  return TRANSPARENT_PROXY_FUNCTIONS.flatMap((signature): Finding[] => {
    const selector = id(signature).slice(2, 10);
    const clash = Object.entries(to.artifact.methodIdentifiers).find(([, used]) => used === selector)?.[0];
    if (clash === undefined) return [];
    const isOld = Object.values(from.artifact.methodIdentifiers).includes(selector);
    return [
      {
        severity: isOld ? "info" : "warning",
        code: "proxy-admin-function-shadowed",
        title: `${clash} of the new logic is not what the proxy's admin reaches: there the proxy's own ${clash === signature ? "" : `${signature} `}answers.`,
        detail: `Selector 0x${selector}, defined in ${to.facts.definedIn[selector] ?? to.artifact.name}; everybody else reaches the logic's${isOld ? ", as in the running one" : ""}.`,
      },
    ];
  });
}

/** What in the new logic collides with a proxy that looks its logic up in a registry. */
export function proxyFindings(
  from: CompiledUnit,
  to: CompiledUnit,
  variables: readonly ProxyVariable[],
  functions: readonly string[],
): Finding[] {
  return [...variables.flatMap((variable) => slotFindings(from, to, variable)), ...shadowFindings(to, variables, functions)];
}

function slotFindings(from: CompiledUnit, to: CompiledUnit, reserved: ProxyVariable): Finding[] {
  const { layout } = to.facts;
  return layout.storage.filter((variable) => overlaps(to, variable, reserved) && !respects(to, variable, reserved)).map((variable) => {
    const type = typeLabel(layout, variable);
    const isOld = from.facts.layout.storage.some(
      (old) =>
        old.label === variable.label &&
        old.slot === variable.slot &&
        old.offset === variable.offset &&
        typeLabel(from.facts.layout, old) === type,
    );
    return {
      // The running logic proves that this proxy keeps something else there, or that it is harmless.
      severity: isOld ? "warning" : "refuse",
      code: "proxy-slot-overlapped",
      title: `\`${variable.label}\` lies on slot ${reserved.slot}, where the proxy keeps its \`${reserved.name}\`.`,
      detail: `Slot ${variable.slot ?? "?"} byte ${variable.offset ?? 0}: ${type}, declared in ${variable.contract} (${variable.src}); the proxy holds ${reserved.kind === "address" ? "an address" : "bytes32"} there. ${
        isOld ? "The running logic has the same." : "Writing it would cut the proxy off from its registry: inherit the proxy's target contract first."
      }`,
    };
  });
}

function overlaps(unit: CompiledUnit, variable: RuleVariable, reserved: ProxyVariable): boolean {
  const begin = 32n * BigInt(variable.slot ?? 0) + BigInt(variable.offset ?? 0);
  const end = begin + BigInt(sizeOf(unit.facts.layout, variable));
  const start = 32n * reserved.slot + BigInt(reserved.offsetBytes);
  return begin < start + BigInt(reserved.sizeBytes) && start < end;
}

/** Same place, same size, same kind of value; the name is compared with the old logic's, not here. */
function respects(unit: CompiledUnit, variable: RuleVariable, reserved: ProxyVariable): boolean {
  const type = typeLabel(unit.facts.layout, variable);
  const isKind = reserved.kind === "address" ? /^(address|contract )/.test(type) : type === "bytes32";
  return isKind && BigInt(variable.slot ?? 0) === reserved.slot && (variable.offset ?? 0) === reserved.offsetBytes;
}

function shadowFindings(to: CompiledUnit, variables: readonly ProxyVariable[], functions: readonly string[]): Finding[] {
  const { methodIdentifiers } = to.artifact;
  const { definedIn, linearization, layout } = to.facts;
  // Whatever is as basic as the contract that declares the proxy's variables came with it, to every logic alike.
  const declarers = layout.storage
    .filter((one) => variables.some((reserved) => respects(to, one, reserved)))
    .map((one) => linearization.indexOf(one.contract))
    .filter((index) => index >= 0);
  const firstBase = declarers.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...declarers);

  const findings: Finding[] = [];
  const inherited: string[] = [];
  for (const signature of functions) {
    const selector = id(signature).slice(2, 10);
    const clash = Object.entries(methodIdentifiers).find(([, used]) => used === selector)?.[0];
    if (clash === undefined) continue;
    const definer = definedIn[selector];
    if (clash !== signature) {
      findings.push({
        severity: "warning",
        code: "proxy-selector-clash",
        title: `${clash} has the selector of the proxy's ${signature} and is never reached through it.`,
        detail: `Selector 0x${selector}, defined in ${definer ?? to.artifact.name}. Rename the function.`,
      });
    } else if (definer !== undefined && linearization.indexOf(definer) < firstBase) {
      findings.push({
        severity: "warning",
        code: "proxy-function-overridden",
        title: `${signature} of the new logic is never reached: the proxy answers it itself.`,
        detail: `${definer} gives it a meaning of its own (selector 0x${selector}); through the proxy the inherited one runs.`,
      });
    } else inherited.push(signature);
  }
  if (inherited.length > 0) {
    findings.push({
      severity: "info",
      code: "proxy-functions-shadowed",
      title: `The proxy answers ${inherited.join(", ")} itself.`,
      detail: "The logic inherits them too, as every logic behind such a proxy does; those are not reached.",
    });
  }
  return findings;
}
