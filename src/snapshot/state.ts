import type { Address, Hex } from "../protocol/hex.ts";
import type { AccountState } from "./trie/account-proof.ts";
import type { BlockFields } from "./trie/block-header.ts";
import type { SlotWords } from "./trie/storage-root.ts";

/** All that one contract is at one block: its account, its code, and every word that is not zero. */
export interface ContractState {
  address: Address;
  /** Unique within a state: the registry's name (`BondingManager`, `BondingManagerTarget`), else the role (`Governor`), else `<contract> <address>`. */
  name: string;
  /** Whose storage layout explains the words (`contracts/bonding/BondingManager.sol:BondingManager`); undefined where no source is known. */
  layoutOf: string | undefined;
  account: AccountState;
  code: Hex;
  /** Ascending by slot, each slot once, none zero: what the storage root is made of. */
  words: SlotWords;
  /** Slots that a local chain holds as zero instead of as nothing (see `Zeros`); empty on any other chain. */
  writtenZeros: readonly Hex[];
}

/** The complete state of a protocol at one block. */
export interface ProtocolState {
  chainId: bigint;
  /** The header that `account.storageHash` of every contract is proven against. */
  block: BlockFields;
  controller: Address;
  /** Ascending by address. */
  contracts: readonly ContractState[];
  /** What mapping keys were made of, so that slots have names without a chain. */
  preimages: Preimages;
}

/** What can stand in a mapping's key and is no small number: found in events, lists and arguments. Sorted, each once. */
export interface Preimages {
  addresses: readonly Address[];
  /** Ids, roles, hashes of tickets: 32 bytes. */
  words: readonly Hex[];
  /**
   * Keys of a mapping within a mapping that belong together (owner and spender, proposal and voter): 64 bytes, the outer key and the
   * inner one as words. Where there are too many addresses to try each with each, these are. Undefined where nobody looked.
   */
  together?: readonly Hex[] | undefined;
  /** Those of `addresses` that are contracts without being the protocol's; undefined where nobody looked. */
  contracts?: readonly ContractAccount[] | undefined;
}

/**
 * An account that has something and is a contract: on another chain nobody may be there to move what it has. As the node said it
 * that the snapshot is from; no account proof is kept of it.
 */
export interface ContractAccount {
  address: Address;
  codeHash: Hex;
}

/** Where words come from while slots are enumerated: a chain at one block, or a state at hand. */
export interface WordSource {
  /** @param slots 32 bytes each, in any order @returns the words, 32 bytes each, in the same order */
  readWords(contract: Address, slots: Uint8Array): Promise<Uint8Array>;
}
