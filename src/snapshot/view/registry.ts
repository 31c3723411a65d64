import { contractId, KNOWN_CONTRACT_NAMES, targetIdName } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import type { StateView } from "./state-view.ts";

export interface Registration {
  name: string;
  address: Address;
}

/** What the Controller has registered under the names that are known, in their order; the null address is nothing. */
export function registrationsOf(view: StateView): Registration[] {
  const registry = view.find("Controller")?.cell("registry");
  if (registry === undefined) return [];
  return KNOWN_CONTRACT_NAMES.flatMap((name) => [name, targetIdName(name)]).flatMap((name): Registration[] => {
    const address = registry.at(contractId(name)).member("contractAddress").address();
    return address === ZERO_ADDRESS ? [] : [{ name, address }];
  });
}

/** Who owns the protocol, and whether it stands still. */
export function controlOf(view: StateView): { owner: Address; isPaused: boolean } {
  const controller = view.contract("Controller");
  return { owner: controller.cell("owner").address(), isPaused: controller.cell("paused").flag() };
}
