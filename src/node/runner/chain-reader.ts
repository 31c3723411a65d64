import type { Result } from "ethers/abi";
import { readLogs } from "../../chain/logs.ts";
import { readFunction } from "../../chain/read-function.ts";
import type { BlockHeader, Rpc } from "../../chain/rpc.ts";
import { contractId } from "../../protocol/contract-id.ts";
import { LpctlError } from "../../errors.ts";
import { hash32Schema, ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { NotRegistered, type BlockHash, type ProtocolEvent, type Turn } from "../actors/actor.ts";
import { addressOf, isTrue, uintOf } from "../actors/values.ts";
import { decodeEvents } from "./protocol-events.ts";
import { roundAt, type RoundClock } from "./round-clock.ts";

/** Claims live for at most 256 blocks and are paid soon after; what is older than this is settled. */
const MEMORY_BLOCKS = 2_000n;
const REGISTERED = ["RoundsManager", "BondingManager", "Minter", "LivepeerToken", "JobsManager", "Verifier", "TicketBroker", "BondingVotes", "PollCreator", "LivepeerGovernor", "StakeGovernor"] as const;
const ZERO_HASH: Hex = `0x${"0".repeat(64)}`;
const COUNT = "view returns (uint256)";

/** What is read in every turn, and how far the events were read. */
export class ChainReader {
  readonly #rpc: Rpc;
  readonly #controller: Address;
  #cursor: BlockHeader | undefined;
  #registry: Map<string, Address> | undefined;
  #hashes = new Map<bigint, BlockHash>();
  /** The polls that are open, to their last block: each is a contract of its own. */
  #polls = new Map<Address, bigint>();

  constructor(rpc: Rpc, controller: Address) {
    this.#rpc = rpc;
    this.#controller = controller;
  }

  /**
   * The protocol at the newest block. `fresh` says that what was remembered is of another history (the first turn, or the
   * chain was set back). `done` must be called when the turn is over, or the next one gets the same events again.
   */
  async next(): Promise<{ turn: Turn; fresh: boolean; header: BlockHeader; done: () => void }> {
    const rpc = this.#rpc;
    const cursor = this.#cursor;
    const [header, before] = await Promise.all([rpc.block("latest"), cursor === undefined ? undefined : this.#hashAt(cursor.number)]);
    const fresh = cursor === undefined || before !== cursor.hash;
    if (fresh) {
      this.#hashes = new Map();
      this.#polls = new Map();
      this.#registry = undefined;
    }
    const from = fresh ? (header.number > MEMORY_BLOCKS ? header.number - MEMORY_BLOCKS : 0n) : cursor.number + 1n;
    this.#registry ??= await this.#readRegistry();
    const [events, paused, clock] = await Promise.all([this.#readEvents(from, header.number), this.#readPaused(), this.#readClock()]);
    if (events.some(({ name }) => name === "SetContractInfo")) this.#registry = await this.#readRegistry();
    return { turn: this.#turn(header.number, events, paused, clock), fresh, header, done: () => (this.#cursor = header) };
  }

  #turn(block: bigint, events: readonly ProtocolEvent[], paused: boolean, clock: RoundClock): Turn {
    const registry = this.#registry ?? new Map<string, Address>();
    const answers = new Map<string, Promise<Result>>();
    const find = (name: string): Address | undefined => {
      const address = registry.get(name);
      return address === undefined || address === ZERO_ADDRESS ? undefined : address;
    };
    return {
      block,
      nextBlock: block + 1n,
      round: roundAt(clock, block + 1n),
      paused,
      events,
      isRegistered: (name) => find(name) !== undefined,
      contract: (name) => {
        const address = find(name);
        if (address === undefined) throw new NotRegistered(name);
        return address;
      },
      read: (address, signature, args = []) => {
        const key = [address, signature, ...args.map(String)].join("/");
        const known = answers.get(key) ?? readFunction(this.#rpc, address, signature, args);
        answers.set(key, known);
        return known;
      },
      blockHash: (number) => this.#knownHash(number),
    };
  }

  async #readRegistry(): Promise<Map<string, Address>> {
    const signature = "function getContract(bytes32 id) view returns (address)";
    const read = REGISTERED.map(async (name): Promise<[string, Address]> => [name, addressOf(await readFunction(this.#rpc, this.#controller, signature, [contractId(name)]), 0)]);
    return new Map(await Promise.all(read));
  }

  async #readPaused(): Promise<boolean> {
    return isTrue(await readFunction(this.#rpc, this.#controller, "function paused() view returns (bool)"), 0);
  }

  async #readClock(): Promise<RoundClock> {
    const address = this.#registry?.get("RoundsManager") ?? ZERO_ADDRESS;
    if (address === ZERO_ADDRESS) throw new NotRegistered("RoundsManager");
    const read = async (name: string): Promise<bigint> => uintOf(await readFunction(this.#rpc, address, `function ${name}() ${COUNT}`), 0);
    const [lengthBlocks, lockAmountPpm, lastInitialized, baseRound, baseBlock] = await Promise.all([
      read("roundLength"),
      read("roundLockAmount"),
      read("lastInitializedRound"),
      read("lastRoundLengthUpdateRound"),
      read("lastRoundLengthUpdateStartBlock"),
    ]);
    return { lengthBlocks, lockAmountPpm, lastInitialized, baseRound, baseBlock };
  }

  async #readEvents(from: bigint, to: bigint): Promise<ProtocolEvent[]> {
    if (from > to) return [];
    for (const [poll, last] of this.#polls) if (last < from) this.#polls.delete(poll);
    // What the BondingVotes tells, the BondingManager has told.
    const registered = [...(this.#registry ?? [])].flatMap(([name, each]) => (name === "BondingVotes" ? [] : [each]));
    const address = [this.#controller, ...registered, ...this.#polls.keys()].filter((each, at, all) => each !== ZERO_ADDRESS && all.indexOf(each) === at);
    const logs = await readLogs(this.#rpc, { address, fromBlock: from, toBlock: to });
    const events = decodeEvents(logs);
    const created = events.filter(({ name, args }) => name === "PollCreated" && !this.#polls.has(addressOf(args, "poll")));
    if (created.length === 0) return events;
    for (const { args } of created) this.#polls.set(addressOf(args, "poll"), uintOf(args, "endBlock"));
    const votes = await readLogs(this.#rpc, { address: created.map(({ args }) => addressOf(args, "poll")), fromBlock: from, toBlock: to });
    return decodeEvents([...logs, ...votes]);
  }

  /** Undefined when there is no such block any more. */
  async #hashAt(number: bigint): Promise<Hex | undefined> {
    try {
      return (await this.#rpc.block(number)).hash;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "LPCTL_CHAIN_NO_BLOCK") return undefined;
      throw error;
    }
  }

  async #askContracts(number: bigint): Promise<Hex> {
    try {
      return await this.#rpc.request("eth_call", [{ data: askBlockHash(number) }, "pending"], hash32Schema);
    } catch (error) {
      // anvil fails for some of the blocks that it has forgotten.
      if (error instanceof LpctlError && error.code !== "LPCTL_RPC_UNREACHABLE" && error.code !== "LPCTL_RPC_TIMEOUT") return ZERO_HASH;
      throw error;
    }
  }

  /** What contracts are told of earlier blocks changes when a chain is started again. */
  forgetHashes(): void {
    this.#hashes.clear();
  }

  async #knownHash(number: bigint): Promise<BlockHash> {
    const known = this.#hashes.get(number);
    if (known !== undefined) return known;
    if (this.#hashes.size > 1_000) this.#hashes.clear();
    const [{ hash: real }, seen] = await Promise.all([this.#rpc.block(number), this.#askContracts(number)]);
    const hash = { real, seen };
    this.#hashes.set(number, hash);
    return hash;
  }
}

/** Code that ends with the hash of a block: PUSH32 number, BLOCKHASH, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN. */
function askBlockHash(block: bigint): Hex {
  return `0x7f${block.toString(16).padStart(64, "0")}4060005260206000f3`;
}
