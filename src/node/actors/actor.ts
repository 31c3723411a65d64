import { FunctionFragment, Interface } from "ethers/abi";
import type { Result } from "ethers/abi";
import type { Address, Hex } from "../../protocol/hex.ts";

/** Somebody who uses the protocol. Whatever it remembers lives in its closure; it is asked once per turn what it does. */
export interface Actor {
  /** Shown to people, unique in a cast: `transcoder 3`. */
  readonly name: string;
  readonly role: Role;
  readonly address: Address;
  /**
   * Decides from what the chain says. May read more through `turn.read`. Must not fail for being asked twice about the same
   * block or events: a turn that the RPC broke off is taken again.
   */
  act(turn: Turn): Promise<Move>;
}

export const ROLES = ["round-initializer", "transcoder", "broadcaster", "solver", "watcher", "delegator", "ticket-sender", "ticket-redeemer"] as const;
export type Role = (typeof ROLES)[number];

/** What an actor does in a turn, and what it waits for. */
export interface Move {
  calls: readonly ActorCall[];
  /** Why it cannot do its work; absent when it can, or has nothing to do. */
  waiting?: string;
  /** The next block in which it will have something to do, if it knows one. Never before the turn's `nextBlock`. */
  dueBlock?: bigint;
}

export interface ActorCall {
  to: Address;
  data: Hex;
  valueWei: bigint;
  /** Plain words, as they follow the actor's name: `initializes round 12`. */
  what: string;
}

/** The protocol as it stands at the newest block, for calls that will be in the block after it. */
export interface Turn {
  /** Newest block. */
  readonly block: bigint;
  /** Where the calls of this turn will be. */
  readonly nextBlock: bigint;
  /** The round that `nextBlock` lies in. */
  readonly round: RoundView;
  readonly paused: boolean;
  /** What happened since the last turn, oldest first. In an actor's first turn: everything that may still matter. */
  readonly events: readonly ProtocolEvent[];
  /** Address of a registered contract. @throws NotRegistered */
  contract(name: string): Address;
  isRegistered(name: string): boolean;
  /** A view function, once per turn however many ask; what is asked at the same time travels together. */
  read(address: Address, signature: string, args?: readonly unknown[]): Promise<Result>;
  blockHash(block: bigint): Promise<BlockHash>;
}

export interface BlockHash {
  real: Hex;
  /** What contracts get. A local chain that was started again has forgotten what was before, and gives them something else. */
  seen: Hex;
}

export interface RoundView {
  number: bigint;
  startBlock: bigint;
  /** First block of the round after. */
  endBlock: bigint;
  lengthBlocks: bigint;
  initialized: boolean;
  lastInitialized: bigint;
  /** First block in which transcoders' terms are frozen. */
  lockedFromBlock: bigint;
}

/** A log that was understood. */
export interface ProtocolEvent {
  /** Of the Solidity event: `NewJob`. */
  name: string;
  contract: Address;
  args: Result;
  block: bigint;
  index: bigint;
}

/** A contract that the actor needs is not in the registry; the actor waits for it. */
export class NotRegistered extends Error {
  constructor(name: string) {
    super(`${name} is not registered`);
  }
}

/** What everybody but the round initializer waits for; undefined when there is nothing to wait for. */
export function obstacle(turn: Turn): Move | undefined {
  if (turn.paused) return { calls: [], waiting: "the protocol is paused" };
  if (!turn.round.initialized) return { calls: [], waiting: `round ${turn.round.number} is not initialized` };
  return undefined;
}

const abi = new Interface([]);
const fragments = new Map<string, FunctionFragment>();

/** A call by human-readable signature: `function reward()`. */
export function callTo(to: Address, signature: string, args: readonly unknown[], what: string, valueWei = 0n): ActorCall {
  const fragment = fragments.get(signature) ?? FunctionFragment.from(signature);
  fragments.set(signature, fragment);
  return { to, data: abi.encodeFunctionData(fragment, args) as Hex, valueWei, what };
}

/** The earliest of some blocks, none of which may be known. */
export function earliest(...blocks: readonly (bigint | undefined)[]): { dueBlock?: bigint } {
  const known = blocks.filter((block) => block !== undefined);
  return known.length === 0 ? {} : { dueBlock: known.reduce((a, b) => (a < b ? a : b)) };
}
