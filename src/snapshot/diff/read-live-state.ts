import { openBlock } from "../../chain/block-reader.ts";
import { requireController, type Project } from "../../inspection/project.ts";
import { compileKnownContracts } from "../../inspection/sources.ts";
import type { Address } from "../../protocol/hex.ts";
import { discoverPreimages, sourceOf } from "../keys/discover-preimages.ts";
import { enumerateWords } from "../keys/enumerate-slots.ts";
import { findContracts } from "../keys/find-contracts.ts";
import type { KeyMaterial } from "../keys/key-book.ts";
import type { KnownContract } from "../keys/known-contract.ts";
import { replacedWhileRead } from "../read/read-errors.ts";
import type { ContractState, ProtocolState } from "../state.ts";
import { pinBlock, type PinOptions } from "../take/pin-block.ts";
import { proveAccounts, type ProvenAccount } from "../take/prove-accounts.ts";
import { proveContracts, type ProofSubject } from "../take/prove-contracts.ts";

export interface LiveState {
  state: ProtocolState;
  /** Contracts whose storage had to be read; the roots of the others are those of the snapshot. */
  read: number;
}

/**
 * The state of a protocol as it runs, to be compared with one at hand: at the last final block, proven as a snapshot is. Contracts
 * whose storage root is the one at hand are not read.
 * @throws LPCTL_SNAPSHOT_*, LPCTL_NETWORK_INCOMPLETE, and what reading a chain throws
 */
export async function readLiveState(project: Project, known: ProtocolState, options: PinOptions = {}): Promise<LiveState> {
  const { rpc, chainId, progress = (): void => {} } = project;
  const controller = requireController(project);
  const block = await pinBlock(rpc, options);
  const reader = await openBlock(rpc, block, replacedWhileRead);
  const at = { number: block.number, hash: block.hash };
  progress("Find the contracts of the protocol");
  const contracts = await findContracts(rpc, at, controller, await compileKnownContracts(project));
  const accounts = await proveAccounts(reader, block, contracts.map(({ address }) => address));
  const atHand = new Map<Address, ContractState>(known.controller === controller && known.chainId === chainId ? known.contracts.map((contract) => [contract.address, contract]) : []);
  const states: ContractState[] = [];
  const others: { contract: KnownContract; proven: ProvenAccount }[] = [];
  for (const contract of contracts) {
    const { address, name, layoutOf } = contract;
    const account = accounts.get(address);
    if (account === undefined) throw new Error("every contract has an account");
    const same = atHand.get(address);
    if (same?.account.storageHash === account.account.storageHash) states.push({ ...same, name, layoutOf, account: account.account, code: account.code });
    else others.push({ contract, proven: account });
  }
  if (others.length > 0) progress("Learn accounts and ids from events");
  const preimages = others.length === 0 ? known.preimages : withKnown(await discoverPreimages(rpc, at, contracts), known);
  const source = sourceOf(rpc, at);
  const subjects: ProofSubject[] = [];
  for (const { contract, proven } of others) {
    progress(`Read ${contract.name}`);
    subjects.push({ contract, proven, asked: await enumerateWords(source, contract, preimages) });
  }
  const proven = await proveContracts({ rpc, block, reader, keys: preimages, forget: () => {} }, subjects, progress);
  await reader.requireSame();
  for (const { contract: { address, name, layoutOf }, proven: { account, code }, words, writtenZeros } of proven) states.push({ address, name, layoutOf, account, code, words, writtenZeros });
  return {
    state: { chainId, block: block.header, controller, contracts: states.toSorted((one, other) => (one.address.toLowerCase() < other.address.toLowerCase() ? -1 : 1)), preimages: { addresses: preimages.addresses, words: preimages.words, together: preimages.together } },
    read: subjects.length,
  };
}

function withKnown(found: KeyMaterial, { preimages: { addresses, words, together } }: ProtocolState): KeyMaterial {
  return { addresses: union(found.addresses, addresses), words: union(found.words, words), together: union(found.together ?? [], together ?? []) };
}

function union<T extends string>(left: readonly T[], right: readonly T[]): T[] {
  return [...new Set([...left, ...right])].toSorted();
}
