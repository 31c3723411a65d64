import type { CallersOfChanged } from "../../checks/check.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { changedFunctions } from "../../solidity/interface-findings.ts";
import type { UpgradeComparison } from "../compare-upgrade.ts";
import type { ProtocolReading } from "./read-protocol-state.ts";

/**
 * Which contracts of the registry call functions that upgrades take away or change, by the selectors in their code. The
 * code behind a proxy is an entry of its own, and goes by the proxy's name.
 */
export function findCallers(comparisons: ReadonlyMap<Address, UpgradeComparison>, protocol: ProtocolReading | undefined): CallersOfChanged[] {
  if (protocol === undefined) return [];
  return [...comparisons.values()].flatMap(({ contract, from, to }) => {
    if (from === undefined) return [];
    const others = protocol.registry.filter(({ address, proxy }) => proxy === undefined && address !== contract.implementation && address !== contract.address);
    return changedFunctions(from.artifact, to.artifact).flatMap(({ signature, selector, what }): CallersOfChanged[] => {
      const callers = others.filter(({ address }) => callsSelector(protocol.codes.get(address) ?? "0x", selector));
      const names = callers.map(({ id, name, address }) => protocol.registry.find(({ proxy }) => proxy?.targetId === id)?.name ?? name ?? address);
      return names.length === 0 ? [] : [{ contract: contract.name, signature, what, callers: [...new Set(names)].toSorted() }];
    });
  });
}

/**
 * Whether code pushes a selector to call with it. A contract's own dispatcher pushes selectors too, and compares them
 * right away (EQ, GT, LT): those do not count.
 */
export function callsSelector(code: Hex, selector: Hex): boolean {
  const text = code.slice(2).toLowerCase();
  const digits = selector.slice(2).toLowerCase();
  const pushed = new RegExp(`63${digits}(?!14|11|10|8114|8111|8110|9014)|7f${digits}0{56}`, "g");
  // A match at an odd digit lies across two bytes.
  return [...text.matchAll(pushed)].some(({ index }) => index % 2 === 0);
}
