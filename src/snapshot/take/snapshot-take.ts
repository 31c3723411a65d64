import { join, relative } from "node:path";
import { openBlock, type BlockReader } from "../../chain/block-reader.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { requireController, type Project } from "../../inspection/project.ts";
import { compileKnownContracts } from "../../inspection/sources.ts";
import { onExit } from "../../on-exit.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { plural } from "../../protocol/plural.ts";
import { formatCount, formatSpan } from "../../report/format-amount.ts";
import { WORDS_TO_REVIEW, type NameOfSlot } from "../format/review-lines.ts";
import { saveSnapshot } from "../format/save-snapshot.ts";
import { discoverPreimages } from "../keys/discover-preimages.ts";
import { enumerateWords } from "../keys/enumerate-slots.ts";
import { findContracts } from "../keys/find-contracts.ts";
import type { KeyMaterial } from "../keys/key-book.ts";
import type { KnownContract } from "../keys/known-contract.ts";
import { createSlotNamer } from "../keys/slot-namer.ts";
import { replacedWhileRead } from "../read/read-errors.ts";
import { readContractAccounts } from "../read/read-contract-accounts.ts";
import type { ReadProgress } from "../read/read-in-chunks.ts";
import type { ContractAccount, ContractState, ProtocolState } from "../state.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import { EMPTY_TRIE } from "../trie/trie-proof.ts";
import { explainingStateGone } from "./explain-state-gone.ts";
import { describeFinality, pinBlock, type PinnedBlock } from "./pin-block.ts";
import { proveAccounts, type ProvenAccount } from "./prove-accounts.ts";
import { proveContracts, type ProvenContract } from "./prove-contracts.ts";
import { limitLogRange } from "./limit-log-range.ts";
import { requirePlace } from "./require-place.ts";
import { requireRegistered } from "./require-registered.ts";
import type { Begun, TakingPlace } from "./taking.ts";
import { usedPreimages } from "./used-preimages.ts";
import { createKeptSource, type KeptSource } from "./word-source.ts";

export interface TakeOptions {
  /** A number, or a hash. Default: that of a taking that was ended, else the last one that is final. */
  block?: bigint | Hex | undefined;
  /** Blocks on top of one that make it final, where the chain itself does not say. */
  confirmations?: bigint | undefined;
  /** Where the snapshot is written; must not be there yet. Default: `snapshots/<network>-<block>` in the project. */
  out?: string | undefined;
  /** Forget what an earlier run read. */
  fresh?: boolean | undefined;
  /** Widest range of blocks that events are asked for at once. */
  logRangeBlocks?: bigint | undefined;
  /** Who takes it: `lpctl 0.1.0`. */
  tool: string;
}

export interface TakeStep {
  title: string;
  /** @returns a short result to stand beside the title */
  run(update: (doing: string) => void): Promise<string>;
}

/** A snapshot that was taken: proven complete, and on the disk. */
export interface TakenSnapshot {
  /** The identity that everybody gets who takes the same. */
  id: Hex;
  /** As it was named, else relative to the project. */
  folder: string;
  block: PinnedBlock;
  /** The block is that of an earlier run that was ended. */
  resumed: boolean;
  state: ProtocolState;
  contracts: readonly ProvenContract[];
  /** Slots asked for, in this run and in the one that it goes on with. */
  slotsRead: number;
}

/** Failures after which a block that was begun with cannot be gone on with. */
const BLOCK_GONE = ["LPCTL_CHAIN_NO_BLOCK", "LPCTL_SNAPSHOT_REORG", "LPCTL_ANVIL_STATE_GONE", "LPCTL_SNAPSHOT_NOT_FINAL"];

/** A snapshot being taken. The caller runs the steps in order and always calls `end`. */
export class SnapshotTake {
  readonly steps: readonly TakeStep[];
  readonly #project: Project;
  readonly #options: TakeOptions;
  readonly #place: TakingPlace;
  readonly #controller: Address;
  readonly #forgetExit: () => void;
  #resumed = false;
  #opened: { block: PinnedBlock; reader: BlockReader } | undefined;
  #contracts: KnownContract[] = [];
  #accounts = new Map<Address, ProvenAccount>();
  #keys: KeyMaterial = { addresses: [], words: [] };
  readonly #asked = new Map<Address, SlotWords>();
  #source: KeptSource | undefined;
  #proven: ProvenContract[] = [];
  #taken: TakenSnapshot | undefined;

  constructor(project: Project, options: TakeOptions, place: TakingPlace) {
    this.#project = project;
    this.#options = options;
    this.#place = place;
    this.#controller = requireController(project);
    this.#forgetExit = onExit(() => place.leave());
    const steps: TakeStep[] = [
      { title: "Choose a final block", run: () => this.#chooseBlock() },
      { title: "Find the contracts of the protocol", run: () => this.#findContracts() },
      { title: "Prove their accounts against the block's header", run: () => this.#proveAccounts() },
      { title: "Learn accounts and ids from events", run: (update) => this.#discover(update) },
      { title: "Read their storage", run: (update) => this.#read(update) },
      { title: "Rebuild the storage roots", run: (update) => this.#prove(update) },
      { title: "Write the snapshot", run: () => this.#write() },
    ];
    this.steps = steps.map(({ title, run }) => ({ title, run: (update) => explainingStateGone(project.rpc, { command: "lpctl snapshot take", block: this.#opened?.block.number }, () => run(update)) }));
  }

  result(): TakenSnapshot {
    if (this.#taken === undefined) throw new Error("the steps were not run");
    return this.#taken;
  }

  /** Another command may take one now. What was read stays for the next run. */
  end(): void {
    this.#forgetExit();
    this.#place.leave();
  }

  async #chooseBlock(): Promise<string> {
    const { rpc, chainId } = this.#project;
    const { confirmations } = this.#options;
    const before = this.#begunBefore();
    let opened = before === undefined ? undefined : await this.#open({ block: before.hash, confirmations }).catch(orGone);
    this.#resumed = opened !== undefined;
    opened ??= await this.#open({ block: this.#options.block, confirmations });
    const { block } = opened;
    this.#opened = opened;
    requirePlace(this.#folder(block));
    await this.#place.begin({ chainId, controller: this.#controller, number: block.number, hash: block.hash });
    this.#source = createKeptSource(rpc, block, this.#place.cacheFolder, (contract, progress) => this.#onProgress(contract, progress));
    const which = this.#resumed ? ", where an earlier run was ended" : "";
    return `${formatCount(block.number)}${which}; ${describeFinality(block.finality)}`;
  }

  /** What an earlier run left, where this one is of the same. */
  #begunBefore(): Begun | undefined {
    const { begun } = this.#place;
    const { block, fresh } = this.#options;
    if (begun === undefined || fresh === true || begun.chainId !== this.#project.chainId || begun.controller !== this.#controller) return undefined;
    return block === undefined || block === begun.hash || block === begun.number ? begun : undefined;
  }

  async #open(options: Pick<TakeOptions, "block" | "confirmations">): Promise<{ block: PinnedBlock; reader: BlockReader }> {
    const block = await pinBlock(this.#project.rpc, options);
    return { block, reader: await openBlock(this.#project.rpc, block, replacedWhileRead) };
  }

  async #findContracts(): Promise<string> {
    const { block } = this.#at();
    const units = await compileKnownContracts(this.#project);
    this.#contracts = await findContracts(this.#rpcForLogs(), block, this.#controller, units);
    return plural(this.#contracts.length, "contract");
  }

  async #proveAccounts(): Promise<string> {
    const { block, reader } = this.#at();
    // The Controller too where it was said to have no code: then that is the lie.
    this.#accounts = await proveAccounts(reader, block, [...new Set([this.#controller, ...this.#contracts.map(({ address }) => address)])]);
    return plural(this.#accounts.size, "account");
  }

  async #discover(update: (doing: string) => void): Promise<string> {
    const { block } = this.#at();
    this.#keys = await discoverPreimages(this.#rpcForLogs(), block, this.#contracts, { onProgress: update });
    const { addresses, words } = this.#keys;
    return `${formatCount(addresses.length)} addresses, ${formatCount(words.length)} ids`;
  }

  #update: (doing: string) => void = () => {};

  async #read(update: (doing: string) => void): Promise<string> {
    this.#update = update;
    const { source } = this.#at();
    const start = performance.now();
    const holding = this.#contracts.filter(({ address }) => this.#account(address).account.storageHash !== EMPTY_TRIE);
    for (const [index, contract] of holding.entries()) {
      update(`${contract.name}, ${index + 1} of ${holding.length}`);
      this.#asked.set(contract.address, await enumerateWords(source, contract, this.#keys));
    }
    const seconds = (performance.now() - start) / 1000;
    return `${formatCount(source.slotsRead)} slots of ${plural(holding.length, "contract")}, ${formatCount(Math.round(source.slotsRead / seconds))} each second`;
  }

  #onProgress(contract: Address, { done, all, perSecond, secondsLeft }: ReadProgress): void {
    const name = this.#contracts.find(({ address }) => address === contract)?.name ?? contract;
    const left = secondsLeft === undefined ? "" : `, ${formatCount(Math.round(perSecond))} each second, ${formatSpan(BigInt(Math.ceil(secondsLeft)))} left`;
    this.#update(`${name}: ${formatCount(done)} of ${formatCount(all)} slots${left}`);
  }

  async #prove(update: (doing: string) => void): Promise<string> {
    const { block, reader, source } = this.#at();
    const subjects = this.#contracts.map((contract) => ({ contract, proven: this.#account(contract.address), asked: this.#asked.get(contract.address) ?? NOTHING }));
    this.#proven = await proveContracts({ rpc: this.#project.rpc, block, reader, keys: this.#keys, forget: (contract) => source.forget(contract) }, subjects, update);
    const registry = this.#proven.find(({ contract }) => contract.address === this.#controller)?.words ?? NOTHING;
    await requireRegistered(reader, block, this.#controller, registry, new Set(this.#accounts.keys()));
    // Nothing of all this is worth anything if the block is another one now.
    await reader.requireSame();
    const found = this.#proven.reduce((sum, each) => sum + each.found.length, 0);
    return `all ${this.#proven.length} are those of the block${found === 0 ? "" : `, with ${plural(found, "slot")} that only the node knew`}`;
  }

  async #write(): Promise<string> {
    const { block, reader, source } = this.#at();
    const folder = this.#folder(block);
    const contracts = this.#proven.map(({ contract: { address, name, layoutOf }, proven: { account, code }, words, writtenZeros }): ContractState => ({ address, name, layoutOf, account, code, words, writtenZeros }));
    const used = await usedPreimages(this.#proven, this.#keys);
    const preimages = { ...used, contracts: await this.#contractAccounts(used.addresses) };
    await reader.requireSame();
    const state: ProtocolState = {
      chainId: this.#project.chainId,
      block: block.header,
      controller: this.#controller,
      contracts: contracts.toSorted((left, right) => (left.address.toLowerCase() < right.address.toLowerCase() ? -1 : 1)),
      preimages,
    };
    const proofs = new Map([...this.#accounts].map(([address, { proof }]) => [address, proof]));
    const nameOf = await nameSlots(this.#proven, { ...this.#keys, ...preimages });
    const { id } = await saveSnapshot(folder, state, proofs, { tool: this.#options.tool, notes: notesOn(block, this.#proven), ...(nameOf === undefined ? {} : { nameOf }) });
    await this.#place.finish();
    const shown = this.#options.out ?? relative(this.#project.folder, folder);
    this.#taken = { id, folder: shown, block, resumed: this.#resumed, state, contracts: this.#proven, slotsRead: source.slotsRead };
    return shown;
  }

  /** Accounts that have something, and have code: their owners may not be there on another chain. */
  async #contractAccounts(accounts: readonly Address[]): Promise<ContractAccount[]> {
    const { block } = this.#at();
    const known = new Set(this.#contracts.map(({ address }) => address));
    return readContractAccounts(this.#project.rpc, accounts.filter((account) => !known.has(account)), { block: { number: block.number, hash: block.hash } });
  }

  #folder({ number }: PinnedBlock): string {
    return this.#options.out ?? join(this.#project.folder, "snapshots", `${this.#project.network}-${number}`);
  }

  #rpcForLogs(): Rpc {
    const { rpc } = this.#project;
    const { logRangeBlocks } = this.#options;
    return logRangeBlocks === undefined ? rpc : limitLogRange(rpc, logRangeBlocks);
  }

  #at(): { block: PinnedBlock; reader: BlockReader; source: KeptSource } {
    if (this.#opened === undefined || this.#source === undefined) throw new Error("the block is chosen first");
    return { ...this.#opened, source: this.#source };
  }

  #account(address: Address): ProvenAccount {
    const account = this.#accounts.get(address);
    if (account === undefined) throw new Error("every contract has an account");
    return account;
  }
}

const NOTHING: SlotWords = { slots: new Uint8Array(), values: new Uint8Array(), count: 0 };

/** Names for the lines that a small snapshot has for review. */
async function nameSlots(proven: readonly ProvenContract[], preimages: KeyMaterial): Promise<NameOfSlot | undefined> {
  if (proven.reduce((sum, { words }) => sum + words.count, 0) >= WORDS_TO_REVIEW) return undefined;
  const namers = new Map<Address, (slot: Hex) => string | undefined>();
  for (const { contract, words } of proven) namers.set(contract.address, await createSlotNamer(contract, preimages, words));
  return (address, slot) => namers.get(address)?.(slot);
}

function notesOn({ finality }: PinnedBlock, proven: readonly ProvenContract[]): string[] {
  return [
    `The block was taken for final because ${describeFinality(finality)}.`,
    ...proven.flatMap(({ contract: { name }, found }) => (found.length === 0 ? [] : [`${name}: ${plural(found.length, "slot")} that no layout and no event leads to, listed by the node`])),
    ...(proven.some(({ writtenZeros }) => writtenZeros.length > 0) ? ["A local chain keeps leaves of words that are zero: its roots are not those that Ethereum would have."] : []),
  ];
}

function orGone(error: unknown): undefined {
  if (!(error instanceof LpctlError) || !BLOCK_GONE.includes(error.code)) throw error;
}
