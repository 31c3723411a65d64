import { keccak256 } from "ethers/crypto";
import { z } from "zod";
import type { Rpc } from "../../chain/rpc.ts";
import { formatTag } from "../../chain/rpc.ts";
import { hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { blockFieldsSchema, hashHeader } from "../../snapshot/trie/block-header.ts";
import { readAccountLeaf, readSlot } from "../../snapshot/trie/account-proof.ts";
import { BrokenProof, TrieNodes } from "../../snapshot/trie/trie-proof.ts";
import { receiptFalse, type Receipt, type StakeProof } from "../../voting/tally/file/receipt.ts";
import { addressOfWord, wordOfAddress, wordOfNumber } from "../../chain/hand-codec.ts";
import type { TallyRow } from "../../voting/tally/tally-result.ts";

/** Where BondingManagers of the protocol have their mapping of delegators: on Arbitrum, and before. */
const MAPPING_SLOTS = [3n, 5n] as const;

const proofSchema = z.object({ accountProof: z.array(hexSchema), storageProof: z.array(z.object({ proof: z.array(hexSchema) })) });

/** What a storage proof says of an account. */
export interface ProvenStake {
  bondedWei: bigint;
  delegate: Address;
  delegatedWei: bigint;
}

/**
 * The way from a block's state root to `delegators[account]` of the BondingManager.
 * @returns undefined where the RPC gives no proofs of that block, or they do not lead to its header
 */
export async function readStakeProof(rpc: Rpc, bondingManager: Address, row: TallyRow, header: Record<string, string>): Promise<StakeProof | undefined> {
  const block = blockFieldsSchema.safeParse(header);
  if (!block.success) return undefined;
  for (const mappingSlot of MAPPING_SLOTS) {
    const slots = slotsOf(mappingSlot, row.voter);
    const answer = await rpc.request("eth_getProof", [bondingManager, slots, formatTag(BigInt(block.data.number))], proofSchema).catch(() => undefined);
    if (answer === undefined) return undefined;
    const nodes = [...new Set([...answer.accountProof, ...answer.storageProof.flatMap(({ proof }) => proof)])].toSorted();
    const proof: StakeProof = { bondingManager, mappingSlot, nodes };
    const proven = tryReadProof(proof, row.voter, block.data.stateRoot);
    if (proven !== undefined && fits(proven, row)) return proof;
  }
  return undefined;
}

/**
 * Checks a receipt's header and, where it has one, its proof of stake: whom the account delegates to, and, of a
 * transcoder, with how much it votes. What a delegator has earned since its last claim is not in one slot, so of a
 * delegator it is shown that it has a stake, and with whom.
 * @throws LPCTL_TALLY_RECEIPT_FALSE
 */
export function checkStakeProof({ header, domain, row, stake }: Receipt): ProvenStake | undefined {
  const block = blockFieldsSchema.safeParse(header);
  if (!block.success) {
    if (Object.keys(header).length === 0 && stake === undefined) return undefined;
    throw receiptFalse("its header is no header", { voter: row.voter });
  }
  if (hashHeader(block.data) !== domain.blockHash || (header["hash"] ?? domain.blockHash) !== domain.blockHash) throw receiptFalse(`its header is not that of the block ${domain.blockHash}`, { voter: row.voter });
  if (stake === undefined) return undefined;
  const proven = tryReadProof(stake, row.voter, block.data.stateRoot);
  if (proven === undefined) throw receiptFalse("its storage proof does not lead from the block's state root to the account", { voter: row.voter });
  if (fits(proven, row)) return proven;
  throw receiptFalse(`the state of the block has ${proven.delegatedWei} delegated to the account, which delegates to ${proven.delegate}`, { voter: row.voter, proven });
}

function fits({ delegate, bondedWei, delegatedWei }: ProvenStake, { voter, delegate: claimed, weightWei }: TallyRow): boolean {
  if (delegate !== claimed) return false;
  return delegate === voter && bondedWei > 0n ? delegatedWei === weightWei : (bondedWei > 0n || weightWei === 0n);
}

/** Slots of bondedAmount, delegateAddress and delegatedAmount. */
function slotsOf(mappingSlot: bigint, account: Address): [Hex, Hex, Hex] {
  const first = BigInt(keccak256(`0x${wordOfAddress(account)}${wordOfNumber(mappingSlot)}`));
  const slot = (offset: bigint): Hex => `0x${wordOfNumber(first + offset)}`;
  return [slot(0n), slot(2n), slot(3n)];
}

function tryReadProof({ bondingManager, mappingSlot, nodes: given }: StakeProof, account: Address, stateRoot: Hex): ProvenStake | undefined {
  try {
    const nodes = new TrieNodes(given);
    const { storageHash } = readAccountLeaf(stateRoot, bondingManager, nodes);
    const [bonded, delegate, delegated] = slotsOf(mappingSlot, account).map((slot) => readSlot(storageHash, slot, nodes));
    if (bonded === undefined || delegate === undefined || delegated === undefined) return undefined;
    return { bondedWei: BigInt(bonded), delegate: addressOfWord(delegate.slice(2)), delegatedWei: BigInt(delegated) };
  } catch (error) {
    if (error instanceof BrokenProof) return undefined;
    throw error;
  }
}
