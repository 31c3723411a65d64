import { getAddress, id as keccakOfText } from "ethers";
import { readLogs } from "../chain/logs.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";

const ROLE_GRANTED = keccakOfText("RoleGranted(bytes32,address,address)") as Hex;
/** Where a contract keeps its first variables; whoever it obeys is usually among them. */
const SLOTS_SEARCHED = 24n;
const MOST_CANDIDATES = 64;

/**
 * Accounts that a contract may obey although it has no `owner()`: those it ever gave a role to (OpenZeppelin
 * AccessControl), and every address in its first slots. Guesses, worth something only once the contract itself
 * has accepted a call in their name.
 */
export async function readCandidates(rpc: Rpc, contract: Address): Promise<Address[]> {
  const slots = Array.from({ length: Number(SLOTS_SEARCHED) }, (_, index) => BigInt(index));
  const [grants, words] = await Promise.all([
    readLogs(rpc, { address: contract, topics: [[ROLE_GRANTED]], fromBlock: 0n, toBlock: "latest" }),
    Promise.all(slots.map((slot) => rpc.storage(contract, slot))),
  ]);
  const holders = grants.flatMap((log) => (log.topics[2] === undefined ? [] : addressesIn(log.topics[2]).slice(0, 1)));
  return [...new Set([...holders, ...words.flatMap(addressesIn)])].slice(0, MOST_CANDIDATES);
}

/** An address may share its slot with small variables on either side, so it can begin at any byte. */
function addressesIn(word: Hex): Address[] {
  const digits = word.slice(2).padStart(64, "0");
  const found: Address[] = [];
  for (let end = 64; end >= 40; end -= 2) {
    const address = digits.slice(end - 40, end);
    // Numbers are short: an account's address does not begin with four zero bytes.
    if (!address.startsWith("00000000")) found.push(getAddress(`0x${address}`) as Address);
  }
  return found;
}
