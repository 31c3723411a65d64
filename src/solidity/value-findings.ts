import type { Finding } from "../finding.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { CompiledUnit } from "./compiled-unit.ts";

/** What construction and linking put into code, as read from the chain: see `matchRuntimeBytecode`. */
export interface CodeValues {
  /** Where the code is. */
  address: Address;
  immutables: Readonly<Record<string, Hex>>;
  libraries: Readonly<Record<string, Address>>;
}

/** Immutables and library addresses of the new code beside those of the code it replaces. No storage layout shows them. */
export function valueFindings(before: CodeValues, after: CodeValues, to: CompiledUnit): Finding[] {
  const typeOf = (name: string): string => to.facts.immutables.find((one) => one.name === name || `${one.contract}.${one.name}` === name)?.type ?? "bytes32";
  const findings: Finding[] = [];
  for (const [name, value] of Object.entries(after.immutables)) {
    const type = typeOf(name);
    const old = before.immutables[name];
    // Logic of UUPS proxies keeps its own address, which is another one with every deployment.
    const isOwn = old !== undefined && holds(old, before.address) && holds(value, after.address);
    if (old !== undefined && old !== value && !isOwn) {
      findings.push({
        severity: "warning",
        code: "immutable-changed",
        title: `\`${name}\`, fixed at construction, is another one in the new code.`,
        detail: `${type}: was ${show(old, type)}, becomes ${show(value, type)}. It comes from the constructor's arguments.`,
      });
    }
    if (BigInt(value) === 0n && /^(address|contract )/.test(type)) {
      findings.push({
        severity: "warning",
        code: "immutable-zero",
        title: `\`${name}\` of the new code is the null address, for good.`,
        detail: `${type}, fixed at construction; no setter can change it.`,
      });
    }
  }
  for (const [name, address] of Object.entries(after.libraries)) {
    const old = before.libraries[name];
    if (old === undefined || old === address) continue;
    findings.push({
      severity: "warning",
      code: "library-changed",
      title: `The new code runs the library ${name} from another address.`,
      detail: `Was ${old}, becomes ${address}. Its code runs on the proxy's storage.`,
    });
  }
  return findings;
}

function holds(word: Hex, address: Address): boolean {
  return BigInt(word) === BigInt(address);
}

function show(word: Hex, type: string): string {
  if (/^(address|contract )/.test(type)) return `0x${word.slice(-40)}`;
  if (/^uint\d*$/.test(type)) return BigInt(word).toString();
  return /^int\d*$/.test(type) ? BigInt.asIntN(256, BigInt(word)).toString() : word;
}
