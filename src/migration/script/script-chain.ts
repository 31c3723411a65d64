import { Interface, FunctionFragment, EventFragment } from "ethers/abi";
import { getCreate2Address } from "ethers/address";
import { keccak256 } from "ethers/crypto";
import { z } from "zod";
import { readLogs } from "../../chain/logs.ts";
import { readFunction } from "../../chain/read-function.ts";
import { readRegistered } from "../../chain/registered-contract.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { requireController, type Project } from "../../inspection/project.ts";
import { parseGivenAddress } from "../../protocol/given-address.ts";
import { ZERO_HASH } from "../../protocol/hex.ts";
import type { Address, Hex, MigrationCall, MigrationChain, MigrationEvent, Value } from "./define-migration.ts";

/** Arachnid's deterministic deployment proxy: its calldata is a salt and creation code. It stands at this address on most chains. */
export const DEPLOYMENT_PROXY: Address = "0x4e59b44847b379578588920cA78FbF26c0B4956C";

/** Where the rows that `prepare` kept come from. */
export type RowSource = (name: string) => AsyncIterable<Value>;

/** The chain as a script sees it. Reads go to `project.rpc`, which may be a fork. */
export class ScriptChain implements MigrationChain {
  readonly chainId: bigint;
  readonly network: string;
  readonly sender: Address;
  readonly controller: Address | undefined;
  /** Of what the script deploys: `path/File.sol:Name` by address. */
  readonly sources = new Map<Address, string>();
  readonly #project: Project;
  readonly #rows: RowSource;
  readonly #contracts = new Map<string, Promise<Address>>();
  readonly #deployments = new Map<string, Promise<Hex>>();

  constructor(project: Project, sender: Address, rows: RowSource) {
    this.#project = project;
    this.#rows = rows;
    this.chainId = project.chainId;
    this.network = project.network;
    this.sender = sender;
    this.controller = project.controller;
  }

  /** Asked once: a migration that registers a contract names it by its address. */
  contract(name: string): Promise<Address> {
    if (name.startsWith("0x")) return Promise.resolve(parseGivenAddress(name, "the contract").address);
    const known = this.#contracts.get(name) ?? this.#findContract(name);
    this.#contracts.set(name, known);
    return known;
  }

  async #findContract(name: string): Promise<Address> {
    const controller = requireController(this.#project);
    const found = await readRegistered(this.#project.rpc, controller, name);
    if (found !== undefined) return found;
    throw new LpctlError({
      code: "LPCTL_MIGRATE_NO_CONTRACT",
      exit: Exit.usage,
      message: `The Controller ${controller} has no contract called ${name}`,
      next: "lpctl authority show lists names; or give the script an address",
    });
  }

  async read(contract: string, signature: string, args: readonly unknown[] = [], atBlock?: bigint): Promise<readonly unknown[]> {
    const result = await readFunction(this.#project.rpc, await this.contract(contract), asFunction(signature), args, atBlock ?? "latest");
    return result.toArray(true);
  }

  async readInteger(contract: string, signature: string, args: readonly unknown[] = [], atBlock?: bigint): Promise<bigint> {
    const [value] = await this.read(contract, signature, args, atBlock);
    if (typeof value === "bigint") return value;
    throw new TypeError(`${signature} gives no integer`);
  }

  async readAddress(contract: string, signature: string, args: readonly unknown[] = [], atBlock?: bigint): Promise<Address> {
    const [value] = await this.read(contract, signature, args, atBlock);
    if (typeof value === "string" && value.length === 42) return value as Address;
    throw new TypeError(`${signature} gives no address`);
  }

  code(address: Address): Promise<Hex> {
    return this.#project.rpc.code(address);
  }

  storage(address: Address, slot: bigint): Promise<Hex> {
    return this.#project.rpc.storage(address, slot);
  }

  balanceWei(address: Address): Promise<bigint> {
    return this.#project.rpc.balanceWei(address);
  }

  async block(): Promise<{ number: bigint; timestampSeconds: bigint; hash: Hex }> {
    const { number, timestampSeconds, hash } = await this.#project.rpc.block("latest");
    return { number, timestampSeconds, hash };
  }

  async *events(contract: string, signature: string, range: { fromBlock?: bigint; toBlock?: bigint } = {}): AsyncIterable<MigrationEvent> {
    const fragment = EventFragment.from(signature.startsWith("event ") ? signature : `event ${signature}`);
    const decoder = new Interface([fragment]);
    const address = await this.contract(contract);
    const logs = await readLogs(this.#project.rpc, { address, topics: [fragment.topicHash as Hex], fromBlock: range.fromBlock ?? 0n, toBlock: range.toBlock ?? "latest" });
    for (const log of logs) {
      const decoded = decoder.decodeEventLog(fragment, log.data, log.topics);
      yield { args: decoded.toArray(true), named: decoded.toObject(true), address: log.address, blockNumber: log.blockNumber, transactionHash: log.transactionHash };
    }
  }

  async call(contract: string, signature: string, args: readonly unknown[] = [], valueWei = 0n): Promise<MigrationCall> {
    const fragment = FunctionFragment.from(asFunction(signature));
    return { to: await this.contract(contract), data: new Interface([fragment]).encodeFunctionData(fragment, [...args]) as Hex, valueWei };
  }

  async deployment(contract: string, args: readonly unknown[] = [], { salt = ZERO_HASH, libraries = {} }: { salt?: Hex; libraries?: Readonly<Record<string, Address>> } = {}): Promise<{ address: Address; call: MigrationCall }> {
    const key = JSON.stringify([contract, args, salt, libraries], (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
    const code = this.#deployments.get(key) ?? this.#creationCode(contract, args, libraries);
    this.#deployments.set(key, code);
    const creation = await code;
    const address = getCreate2Address(DEPLOYMENT_PROXY, salt, keccak256(creation)) as Address;
    this.sources.set(address, contract);
    return { address, call: { to: DEPLOYMENT_PROXY, data: `${salt}${creation.slice(2)}`, valueWei: 0n } };
  }

  async #creationCode(contract: string, args: readonly unknown[], libraries: Readonly<Record<string, Address>>): Promise<Hex> {
    if (/^0x([0-9a-f]{2})+$/.test(contract)) return contract as Hex;
    const [{ compileReference }, { encodeDeployment }] = await Promise.all([import("../../inspection/sources.ts"), import("../../solidity/encode-deployment.ts")]);
    return encodeDeployment((await compileReference(this.#project, contract)).artifact, args, libraries);
  }

  rows(name: string): AsyncIterable<Value> {
    return this.#rows(rowName.parse(name));
  }
}

/** A file's name without its ending. */
export const rowName = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "rows are named in lower case, digits and hyphens");

function asFunction(signature: string): string {
  return signature.startsWith("function ") ? signature : `function ${signature}`;
}
