import { readRegistry } from "../chain/registry.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Address } from "../protocol/hex.ts";

/** Where votes of a network are looked for. */
export interface VoteSources {
  pollCreators: Address[];
  governors: Address[];
  /** Those of the poll creators that a person named and the registry does not know: their polls are foreign. */
  foreign?: readonly Address[];
}

export interface NamedSources {
  pollCreators?: readonly Address[];
  governors?: readonly Address[];
}

const REGISTERED_CREATOR = "PollCreator";
const REGISTERED_GOVERNORS = ["LivepeerGovernor", "StakeGovernor"];

/**
 * What a Controller registers as PollCreator, LivepeerGovernor and StakeGovernor, and what was named besides. Contracts that were
 * registered once and are no longer are not found: name them.
 * @throws what `readRegistry` throws
 */
export async function readVoteSources(rpc: Rpc, controller: Address | undefined, named: NamedSources = {}): Promise<VoteSources> {
  const registry = controller === undefined ? [] : await readRegistry(rpc, controller);
  const registered = (names: readonly string[]): Address[] => registry.filter(({ name }) => name !== undefined && names.includes(name)).map(({ address }) => address);
  const creators = registered([REGISTERED_CREATOR]);
  const foreign = (named.pollCreators ?? []).filter((address) => !creators.includes(address));
  return {
    pollCreators: [...new Set([...creators, ...foreign])],
    governors: [...new Set([...registered(REGISTERED_GOVERNORS), ...(named.governors ?? [])])],
    foreign: [...new Set(foreign)],
  };
}
