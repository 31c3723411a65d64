import type { Finding } from "../finding.ts";
import type { CompiledUnit } from "./compiled-unit.ts";

export type ProxyModel = "controller-registry" | "erc1967";

/** One variable of the new layout, and what became of the old one in its place. */
export interface SlotChange {
  /** Decimal slot, and offset in bytes from its low end. */
  slot: string;
  offsetBytes: number;
  sizeBytes: number;
  label: string;
  type: string;
  state: "kept" | "new" | "renamed" | "deprecated" | "changed";
  /** The variable that began at this place before, where its name or type differs. */
  before?: { label: string; type: string };
}

export interface UpgradeVerdict {
  /** No finding refuses. */
  ok: boolean;
  findings: Finding[];
  /** The new logic's variables in the order of their slots. */
  slots: SlotChange[];
}

export interface UpgradeQuestion {
  from: CompiledUnit;
  to: CompiledUnit;
  proxy: ProxyModel;
  /** Signatures the proxy answers itself, when they are known; default: those of a `ManagerProxy`. */
  shadowed?: readonly string[];
}

export async function checkStorageUpgrade(_question: UpgradeQuestion): Promise<UpgradeVerdict> {
  throw new Error("not built yet");
}
