import type { Rpc } from "../../chain/rpc.ts";
import { contractId, KNOWN_CONTRACT_NAMES, targetIdName } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { readMany } from "./read-many.ts";

/** A registry protocol that lives: has stake and rounds. */
export interface LivingProtocol {
  controller: Address;
  /** By registered name; targets are under `…Target`. */
  contracts: ReadonlyMap<string, Address>;
  bondingManager: Address;
  roundsManager: Address;
  minter: Address;
  token: Address;
  /** What pays for work: jobs at the launch, tickets today. */
  jobsManager: Address | undefined;
  ticketBroker: Address | undefined;
}

/** The protocol as its registry says now; undefined where stake, rounds, Minter or token are missing. */
export async function readLivingProtocol(rpc: Rpc, controller: Address): Promise<LivingProtocol | undefined> {
  const names = KNOWN_CONTRACT_NAMES.flatMap((name) => [name, targetIdName(name)]);
  const found = await readMany(
    rpc,
    names.map((name) => ({ kind: "call", to: controller, signature: "function getContract(bytes32) view returns (address)", args: [contractId(name)] })),
  );
  const contracts = new Map(
    names.flatMap((name, at): [string, Address][] => {
      const address = found[at]?.[0] as Address | undefined;
      return address === undefined || address === ZERO_ADDRESS ? [] : [[name, address]];
    }),
  );
  return protocolOf(controller, contracts);
}

/** @param contracts by registered name, of whatever `readLivingProtocol` looks for */
export function protocolOf(controller: Address, contracts: ReadonlyMap<string, Address>): LivingProtocol | undefined {
  const [bondingManager, roundsManager, minter, token] = ["BondingManager", "RoundsManager", "Minter", "LivepeerToken"].map((name) => contracts.get(name));
  if (bondingManager === undefined || roundsManager === undefined || minter === undefined || token === undefined) return undefined;
  const ticketBroker = contracts.get("TicketBroker");
  // The TicketBroker is registered under both names: the Minter knows only the older one.
  return { controller, contracts, bondingManager, roundsManager, minter, token, ticketBroker, jobsManager: ticketBroker === undefined ? contracts.get("JobsManager") : undefined };
}
