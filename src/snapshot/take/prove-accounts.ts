import { z } from "zod";
import type { BlockReader } from "../../chain/block-reader.ts";
import { LpctlError } from "../../errors.ts";
import { hash32Schema, hexSchema, quantitySchema, type Address, type Hex } from "../../protocol/hex.ts";
import { readAccountLeaf, type AccountState } from "../trie/account-proof.ts";
import { BrokenProof, hashBytes, TrieNodes } from "../trie/trie-proof.ts";
import type { PinnedBlock } from "./pin-block.ts";
import { changedByHand, noProofs, proofFalse } from "./take-errors.ts";

/** An account as the state root of the block proves it. */
export interface ProvenAccount {
  account: AccountState;
  /** Has the proven hash. */
  code: Hex;
  /** The nodes from the state root to the account, in this order. */
  proof: readonly Hex[];
}

const accountProofSchema = z.object({ balance: quantitySchema, nonce: quantitySchema, codeHash: hash32Schema, storageHash: hash32Schema, accountProof: z.array(hexSchema) });
const accountNodesSchema = z.object({ accountProof: z.array(hexSchema) });
const storageProofSchema = z.object({ storageProof: z.array(z.object({ key: z.string(), proof: z.array(hexSchema) })) });

/** Nodes refuse more keys in one request (geth: 1024), and some answer slowly. */
const SLOTS_PER_PROOF = 128;

/**
 * Accounts of contracts, proven against the header of the pinned block. Whatever the RPC says beside its proof must be what the
 * proof says.
 * @throws LPCTL_SNAPSHOT_NO_PROOFS, LPCTL_SNAPSHOT_PROOF_FALSE, LPCTL_SNAPSHOT_CHANGED_BY_HAND, and what the reader throws
 */
export async function proveAccounts(reader: BlockReader, block: PinnedBlock, contracts: readonly Address[]): Promise<Map<Address, ProvenAccount>> {
  const proven = await Promise.all(contracts.map(async (address): Promise<[Address, ProvenAccount]> => [address, await proveAccount(reader, block, address)]));
  return new Map(proven);
}

async function proveAccount(reader: BlockReader, block: PinnedBlock, address: Address): Promise<ProvenAccount> {
  const { origin } = reader.rpc;
  const [said, code] = await Promise.all([
    reader.ask({ method: "eth_getProof", params: (at) => [address, [], at], schema: accountProofSchema }).catch(orNoProofs(origin, block)),
    reader.code(address),
  ]);
  const { stateRoot } = block.header;
  const nodes = new TrieNodes(said.accountProof);
  if (block.isLocal && !nodes.has(stateRoot)) throw changedByHand(block.number);
  const account = leafOf(origin, stateRoot, address, nodes);
  const claims: [what: string, said: unknown, proven: unknown][] = [
    ["balance in wei", said.balance, account.balanceWei],
    ["nonce", said.nonce, account.nonce],
    ["storage root", said.storageHash, account.storageHash],
    ["code hash", said.codeHash, account.codeHash],
    ["code hash (of the code that it gave)", hashBytes(code), account.codeHash],
  ];
  const lie = claims.find(([, claimed, fact]) => claimed !== fact);
  if (lie !== undefined) throw proofFalse(origin, address, `Its ${lie[0]} is given as ${String(lie[1])}, and the proof says ${String(lie[2])}.`);
  return { account, code, proof: said.accountProof };
}

/** What the state root of the block says of any account; one that is not there has nothing. @throws LPCTL_SNAPSHOT_NO_PROOFS, LPCTL_SNAPSHOT_PROOF_FALSE */
export async function readProvenState(reader: BlockReader, block: PinnedBlock, address: Address): Promise<AccountState> {
  const { accountProof } = await reader.ask({ method: "eth_getProof", params: (at) => [address, [], at], schema: accountNodesSchema }).catch(orNoProofs(reader.rpc.origin, block));
  return leafOf(reader.rpc.origin, block.header.stateRoot, address, new TrieNodes(accountProof));
}

/**
 * Nodes of a contract's storage trie on the way to slots.
 * @throws LPCTL_SNAPSHOT_NO_PROOFS, and what the reader throws
 */
export async function readStorageNodes(reader: BlockReader, block: PinnedBlock, contract: Address, slots: readonly Hex[]): Promise<Hex[]> {
  const nodes = new Set<Hex>();
  for (let from = 0; from < slots.length; from += SLOTS_PER_PROOF) {
    const part = slots.slice(from, from + SLOTS_PER_PROOF);
    const { storageProof } = await reader.ask({ method: "eth_getProof", params: (at) => [contract, part, at], schema: storageProofSchema }).catch(orNoProofs(reader.rpc.origin, block));
    for (const { proof } of storageProof) for (const node of proof) nodes.add(node);
  }
  return [...nodes];
}

function leafOf(origin: string, stateRoot: Hex, address: Address, nodes: TrieNodes): AccountState {
  try {
    return readAccountLeaf(stateRoot, address, nodes);
  } catch (error) {
    if (!(error instanceof BrokenProof)) throw error;
    throw proofFalse(origin, address, `Its proof does not lead from the state root ${stateRoot} to the account: ${error.message}.`);
  }
}

function orNoProofs(origin: string, block: PinnedBlock): (error: unknown) => never {
  return (error) => {
    const said = error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR" ? error.details?.["rpcMessage"] : undefined;
    if (typeof said !== "string") throw error;
    throw noProofs(origin, block.number, said);
  };
}
