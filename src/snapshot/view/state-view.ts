import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import { createKeccakInto } from "../../protocol/keccak-into.ts";
import type { Layout } from "../../protocol/layout.ts";
import { printable } from "../../protocol/printable.ts";
import type { ContractState, ProtocolState } from "../state.ts";
import { AddressBytes } from "./address-bytes.ts";
import { variableIn, type Cell, type PathPart, type Storage } from "./cell.ts";
import { contractBlockNumber } from "./contract-block-number.ts";
import { WordIndex } from "./word-index.ts";

/** The variables of one contract, by name. */
export class ContractView {
  readonly state: ContractState;
  readonly #storage: Storage;

  constructor(state: ContractState, storage: Storage) {
    this.state = state;
    this.#storage = storage;
  }

  get address(): Address {
    return this.state.address;
  }

  get layout(): Layout {
    return this.#storage.layout;
  }

  /** Whether the contract has a variable of this name. */
  has(label: string): boolean {
    return variableIn(this.#storage, label) !== undefined;
  }

  /**
   * A variable, or what is inside of it: `cell("delegators", account, "bondedAmount")`.
   * @throws RangeError where the contract has none of that name
   */
  cell(label: string, ...path: readonly PathPart[]): Cell {
    const cell = variableIn(this.#storage, label);
    if (cell === undefined) throw new RangeError(`${this.state.name} has no variable ${label}`);
    return path.length === 0 ? cell : cell.walk(path);
  }

  number(label: string, ...path: readonly PathPart[]): bigint {
    return this.cell(label, ...path).number();
  }
}

/** A protocol's state with names: what its contracts would answer, without a chain. */
export class StateView {
  readonly state: ProtocolState;
  /** `block.number` as contracts see it. */
  readonly blockNumber: bigint;
  readonly timestampSeconds: bigint;
  readonly #contracts: ReadonlyMap<string, ContractView>;
  readonly #byAddress: ReadonlyMap<Address, ContractState>;
  #addressKeys: Uint8Array | undefined;

  constructor(state: ProtocolState, contracts: ReadonlyMap<string, ContractView>, blockNumber: bigint) {
    this.state = state;
    this.blockNumber = blockNumber;
    this.timestampSeconds = BigInt(state.block.timestamp);
    this.#contracts = contracts;
    this.#byAddress = new Map(state.contracts.map((contract) => [contract.address, contract]));
  }

  /** The addresses among the preimages as keys of mappings, 32 bytes each, in their order. Made once. */
  get addressKeys(): Uint8Array {
    this.#addressKeys ??= Uint8Array.from(Buffer.from(this.state.preimages.addresses.map((address) => `${"0".repeat(24)}${address.slice(2)}`).join(""), "hex"));
    return this.#addressKeys;
  }

  /** Undefined where the state has no contract of this name, or no layout of it is known. */
  find(name: string): ContractView | undefined {
    return this.#contracts.get(name);
  }

  /** @throws LPCTL_SNAPSHOT_NO_CONTRACT */
  contract(name: string): ContractView {
    const contract = this.find(name);
    if (contract === undefined) throw noContract(name, [...this.#contracts.keys()]);
    return contract;
  }

  /** Contracts with a layout, in the order of the state. */
  contracts(): IterableIterator<ContractView> {
    return this.#contracts.values();
  }

  contractAt(address: Address): ContractState | undefined {
    return this.#byAddress.get(address);
  }

  /**
   * The value of a variable: `value("BondingManager", "delegators", account, "fees")`. Numbers, addresses and bytes as one unsigned number.
   * @throws LPCTL_SNAPSHOT_NO_CONTRACT; RangeError where the contract has no such variable
   */
  value(contract: string, label: string, ...path: readonly PathPart[]): bigint {
    return this.contract(contract).number(label, ...path);
  }
}

/** Layouts by what `ContractState.layoutOf` says. */
export type LayoutBook = ReadonlyMap<string, Layout>;

export interface ViewOptions {
  layouts: LayoutBook;
  /** `block.number` as contracts see it. Default: what the header says. */
  blockNumber?: bigint | undefined;
}

/** Opens a state for reading. Takes 4 to 8 bytes for each word beside the words. */
export async function openView(state: ProtocolState, { layouts, blockNumber }: ViewOptions): Promise<StateView> {
  const keccak = await createKeccakInto();
  const addresses = new AddressBytes([...state.preimages.addresses, ...state.contracts.map(({ address }) => address)]);
  const contracts = new Map<string, ContractView>();
  for (const contract of state.contracts) {
    const layout = contract.layoutOf === undefined ? undefined : layouts.get(contract.layoutOf);
    if (layout === undefined) continue;
    contracts.set(contract.name, new ContractView(contract, { contract: contract.name, layout, words: new WordIndex(contract.words), keccak, addresses }));
  }
  return new StateView(state, contracts, blockNumber ?? contractBlockNumber(state));
}

function noContract(name: string, known: readonly string[]): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NO_CONTRACT",
    exit: Exit.usage,
    message: `The snapshot has no ${printable(name)} that can be read`,
    why: `it has ${known.map(printable).join(", ") || "no contract whose storage layout is known"}`,
    next: "lpctl snapshot verify FOLDER",
    details: { contract: printable(name) },
  });
}
