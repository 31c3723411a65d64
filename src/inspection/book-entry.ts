import { Interface, type InterfaceAbi } from "ethers";
import type { Layout } from "../protocol/layout.ts";
import type { LayoutSource } from "../simulation/contract-book.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import { layoutOfUnit } from "../solidity/layout-of-unit.ts";

/** What a book knows of one account. */
export interface BookEntry {
  name: string | undefined;
  layout?: Layout | undefined;
  layoutSource?: LayoutSource | undefined;
  /** Made when it is asked for: a book knows many contracts, and a route touches few. */
  abi?: (() => Interface) | undefined;
  /** The contract in the protocol's terms, for the units of its variables; only where a registry, a kind or its own source says so. */
  contract?: string | undefined;
  /** What 100% is in its rates, where it tells. */
  percentScale?: bigint | undefined;
}

export function entryOfUnit(name: string | undefined, unit: CompiledUnit): BookEntry {
  return { name, contract: unit.artifact.name, layout: layoutOfUnit(unit), layoutSource: "source", abi: () => interfaceOfUnit(unit) };
}

const interfaces = new WeakMap<CompiledUnit, Interface>();

function interfaceOfUnit(unit: CompiledUnit): Interface {
  const made = interfaces.get(unit) ?? new Interface(unit.artifact.abi as InterfaceAbi);
  interfaces.set(unit, made);
  return made;
}
