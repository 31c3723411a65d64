import { readErc1967Proxy } from "../chain/proxies.ts";
import { readProxyShape } from "../chain/proxy-shape.ts";
import { contractNames, findByName, type RegistryEntry } from "../chain/registry.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Proxy } from "../proposal/intent.ts";
import { targetIdName } from "../protocol/contract-id.ts";
import { parseGivenAddress, requireAddressOn } from "../protocol/given-address.ts";
import type { Address } from "../protocol/hex.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { requireController, type Project } from "./project.ts";
import { readProjectRegistry } from "./read-registry.ts";

/** A contract a person named, as it stands on chain. */
export interface Contract {
  name: string;
  address: Address;
  /** How its code is looked up; undefined when it is no proxy and can only be replaced, not upgraded. */
  proxy: Proxy | undefined;
  /** The code behind the proxy, or the contract itself. */
  implementation: Address;
  /** What the contract is instead, where it is a proxy of a kind that lpctl cannot upgrade: `a diamond (ERC-2535) of 3 facets`. */
  foreign?: string | undefined;
}

/** With or without the prefix of a chain, or a name that somebody else resolves; none of these is a name in a registry. */
const LIKE_AN_ADDRESS = /^0x|:|\./i;

/**
 * Finds a contract by its registered name or by address.
 * @throws LPCTL_CONTRACT_UNKNOWN with the nearest name; LPCTL_CONTRACT_WITHOUT_CODE; what parseGivenAddress and requireAddressOn throw
 */
export async function findContract(project: Project, reference: string): Promise<Contract> {
  if (!LIKE_AN_ADDRESS.test(reference)) return contractNamed(project, reference);
  return contractAt(project, requireAddressOn(project.chainId, parseGivenAddress(reference, "The contract"), "The contract"));
}

async function contractNamed(project: Project, reference: string): Promise<Contract> {
  const controller = requireController(project);
  if (reference === "Controller") {
    return { name: "Controller", address: controller, proxy: undefined, implementation: controller };
  }
  const registry = await readProjectRegistry(project, [reference]);
  const entry = findByName(registry, reference);
  if (entry === undefined) {
    const names = ["Controller", ...contractNames(registry)];
    const near = nearestName(reference, names);
    throw new LpctlError({
      code: "LPCTL_CONTRACT_UNKNOWN",
      exit: Exit.usage,
      message: `No contract named ${reference} is registered on network ${project.network}`,
      why: `registered: ${names.join(", ")}`,
      next: near === undefined ? "Name one of these, or give an address" : `Did you mean ${near}?`,
    });
  }
  return ofEntry(controller, entry, reference);
}

function ofEntry(controller: Address, entry: RegistryEntry, name: string): Contract {
  return {
    name,
    address: entry.address,
    proxy:
      entry.proxy === undefined
        ? undefined
        : {
            kind: "controller-registry",
            address: entry.address,
            controller,
            targetId: entry.proxy.targetId,
          },
    implementation: entry.proxy?.implementation ?? entry.address,
  };
}

async function contractAt(project: Project, address: Address): Promise<Contract> {
  if ((await project.rpc.code(address)) === "0x") {
    throw new LpctlError({
      code: "LPCTL_CONTRACT_WITHOUT_CODE",
      exit: Exit.usage,
      message: `There is no contract at ${address} on network ${project.network}`,
      next: "Check the address and the network: lpctl config explain",
    });
  }
  const erc1967 = await readErc1967Proxy(project.rpc, address);
  if (erc1967 !== undefined) {
    const { implementation, ...proxy } = erc1967;
    return { name: address, address, proxy, implementation };
  }
  const { controller } = project;
  const registry = await readProjectRegistry(project);
  const entry = registry.find((candidate) => candidate.address === address);
  if (entry !== undefined && controller !== undefined) return ofEntry(controller, entry, entry.name ?? address);
  const foreign = (await readProxyShape(project.rpc, address))?.words;
  return { name: address, address, proxy: undefined, implementation: address, ...(foreign === undefined ? {} : { foreign }) };
}

/** Refuses what cannot be upgraded, saying what can be done instead. */
export function requireProxy(contract: Contract): Proxy {
  if (contract.proxy !== undefined) return contract.proxy;
  throw new LpctlError({
    code: "LPCTL_CONTRACT_NOT_UPGRADEABLE",
    exit: Exit.usage,
    message: `${contract.name} is not behind a proxy, so its code cannot be replaced at ${contract.address}`,
    why:
      contract.foreign === undefined
        ? `it is neither a registry proxy (no ${targetIdName(contract.name)}) nor an ERC-1967 proxy`
        : `it is ${contract.foreign}, which lpctl has no way to upgrade`,
    next: contract.foreign === undefined ? "Deploy a new contract and register it instead of this one" : "Name what it points to by its own address, where that can be upgraded",
  });
}
