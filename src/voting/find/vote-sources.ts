import { tryReadFunction } from "../../chain/read-function.ts";
import { readRegistry } from "../../chain/registry.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { contractId } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";

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

const GET_CONTRACT = "function getContract(bytes32 id) view returns (address)";

/**
 * What a Controller registers as PollCreator, LivepeerGovernor and StakeGovernor, and what was named besides. The Controller is asked
 * itself: logs that a provider leaves out hide no source. Contracts that were registered once and are no longer are not found: name
 * them.
 * @throws LPCTL_VOTE_NOT_A_POLL_CREATOR; LPCTL_REGISTRY_EMPTY where the Controller is none
 */
export async function readVoteSources(rpc: Rpc, controller: Address | undefined, named: NamedSources = {}): Promise<VoteSources> {
  const [creators, governors] = await Promise.all([readRegistered(rpc, controller, [REGISTERED_CREATOR]), readRegistered(rpc, controller, REGISTERED_GOVERNORS)]);
  if (controller !== undefined && creators.length + governors.length === 0) await readRegistry(rpc, controller);
  const foreign = (named.pollCreators ?? []).filter((address) => !creators.includes(address));
  await Promise.all(foreign.map((address) => requireCode(rpc, address)));
  return {
    pollCreators: [...new Set([...creators, ...foreign])],
    governors: [...new Set([...governors, ...(named.governors ?? [])])],
    foreign: [...new Set(foreign)],
  };
}

async function readRegistered(rpc: Rpc, controller: Address | undefined, names: readonly string[]): Promise<Address[]> {
  if (controller === undefined) return [];
  const answers = await Promise.all(names.map((name) => tryReadFunction(rpc, controller, GET_CONTRACT, [contractId(name)])));
  return answers.flatMap((answer) => (answer === undefined || answer[0] === ZERO_ADDRESS ? [] : [answer[0] as Address]));
}

/** There are no two functions by which every creator of polls could be told, but one without code has created none. */
async function requireCode(rpc: Rpc, address: Address): Promise<void> {
  if ((await rpc.code(address)) !== "0x") return;
  throw new LpctlError({
    code: "LPCTL_VOTE_NOT_A_POLL_CREATOR",
    exit: Exit.usage,
    message: `${address} is no creator of polls`,
    why: "there is no contract at this address",
    next: "Check the address and the network; the polls of the registered PollCreator are found without it",
    details: { address },
  });
}
