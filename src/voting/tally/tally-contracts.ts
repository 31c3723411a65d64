import { contractId } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import type { VoteFacts } from "../vote.ts";
import { addressAt, countWords, selectorOf } from "../../chain/hand-codec.ts";
import type { PinnedReader } from "./pinned-reader.ts";
import { unreadable } from "./tally-errors.ts";

/** Whose state a tally is made from. */
export interface TallyContracts {
  /** Undefined for a Governor whose token is no BondingVotes. */
  bondingManager: Address | undefined;
  roundsManager: Address | undefined;
  controller: Address | undefined;
}

const CONTROLLER = selectorOf("controller()");
const BONDING_MANAGER = selectorOf("bondingManager()");
const GET_CONTRACT = selectorOf("getContract(bytes32)");

/**
 * Found from the vote itself where it says so, else through the Controller of the network: a poll's creator knows the
 * BondingManager, BondingVotes knows its Controller.
 * @throws LPCTL_TALLY_STATE_UNREADABLE for a poll whose stake is nowhere to be found
 */
export async function readTallyContracts(reader: PinnedReader, vote: VoteFacts, controller: Address | undefined): Promise<TallyContracts> {
  const named = vote.kind === "poll" ? await askAddress(reader, vote.foreign ? undefined : vote.creator, BONDING_MANAGER) : undefined;
  const registry = controller ?? (await askAddress(reader, vote.kind === "poll" ? named : vote.token, CONTROLLER));
  const registered = (name: string): Promise<Address | undefined> => askAddress(reader, registry, `${GET_CONTRACT}${contractId(name).slice(2)}`);
  const [bondingManager, roundsManager] = await Promise.all([registered("BondingManager"), registered("RoundsManager")]);
  const found = { bondingManager: named ?? bondingManager, roundsManager, controller: registry };
  if (vote.kind === "poll" && (found.bondingManager === undefined || roundsManager === undefined)) {
    throw unreadable(vote.address, "whose stake counts", "Neither its creator nor the Controller of the network names a BondingManager and a RoundsManager.");
  }
  return found;
}

async function askAddress(reader: PinnedReader, to: Address | undefined, data: `0x${string}`): Promise<Address | undefined> {
  if (to === undefined) return undefined;
  const answer = await reader.call(to, data).catch(() => "0x");
  if (countWords(answer) !== 1) return undefined;
  const address = addressAt(answer, 0);
  return address === ZERO_ADDRESS ? undefined : address;
}
