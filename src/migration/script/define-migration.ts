/**
 * What a migration script is made of: the module `lpctl/migration`. It imports nothing, so that a script may lie anywhere and
 * its types are one file for an editor.
 */

/** A checksummed address. */
export type Address = `0x${string}`;
/** Lower-case bytes of even length. */
export type Hex = `0x${string}`;

/** One call, or with `to: null` one deployment. */
export interface MigrationCall {
  to: Address | null;
  data: Hex;
  valueWei: bigint;
}

/**
 * Who acts. `sender`: the key that the run was started with, directly. `authority`: whoever may make these calls, as one
 * proposal through their route (Safe, Governor, timelock, vote), and the run waits for its outcome.
 */
export type Actor = "sender" | "authority";

/** One step, done once and for all. */
export interface MigrationOperation {
  /** Unique within the migration, and the same whenever it is run: what the journal remembers. */
  id: string;
  /** What it does, in a few words. */
  title: string;
  /**
   * Sent in this order. With an authority they are one batch, all or nothing. From the sender each is a transaction of its own,
   * so that an operation of several calls may stand half-way; then `enacted` has to say false until the last one is done.
   */
  calls: readonly MigrationCall[];
  /**
   * Is its effect on the chain? Asked before it is sent and after it was mined; it is what a lost journal is rebuilt from. Once true it
   * has to stay true, whatever later operations do: of a pause that a later one ends, ask for that later one's effect as well.
   */
  enacted(chain: MigrationChain): Promise<boolean>;
  /**
   * The time from which on the chain lets it happen, in seconds as blocks have it: the end of a review, say. Asked when everything
   * before it is on the chain; earlier the run neither sends nor proposes it, and ends by saying until when it waits.
   */
  readyAtSeconds?(chain: MigrationChain): Promise<bigint>;
  /** Unless said: `sender` where the key of the run may make the calls, else `authority`. */
  as?: Actor;
  /**
   * Whether neither the operations before it nor those after it need its outcome: then several are in flight at once. Unless
   * said, everything before is mined before it is sent, and it is mined before the next one is.
   */
  independent?: boolean;
}

/** What an event carried, decoded. */
export interface MigrationEvent {
  args: readonly unknown[];
  named: Readonly<Record<string, unknown>>;
  address: Address;
  blockNumber: bigint;
  transactionHash: Hex;
}

/** What a row of a migration's data may be made of; it is kept as JSON, with bigints. */
export type Value = string | number | bigint | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** The chain as a script sees it: the latest block, unless it is said otherwise. */
export interface MigrationChain {
  readonly chainId: bigint;
  /** As it is called in lpctl.yaml. */
  readonly network: string;
  /** Whoever sends what goes out directly. */
  readonly sender: Address;
  /** The Controller of the network; undefined where it has none. */
  readonly controller: Address | undefined;
  /** The address that the Controller's registry has for a name: `BondingManager`, `BondingManagerTarget`. */
  contract(name: string): Promise<Address>;
  /**
   * Calls a view function by its signature: `function owner() view returns (address)`.
   * @param contract an address, or a name of the registry
   * @returns what it gave, in order: bigints, strings, booleans, arrays
   */
  read(contract: string, signature: string, args?: readonly unknown[], atBlock?: bigint): Promise<readonly unknown[]>;
  /** The only value of a view function that gives one unsigned or signed integer. */
  readInteger(contract: string, signature: string, args?: readonly unknown[], atBlock?: bigint): Promise<bigint>;
  /** The only value of a view function that gives one address. */
  readAddress(contract: string, signature: string, args?: readonly unknown[], atBlock?: bigint): Promise<Address>;
  code(address: Address): Promise<Hex>;
  /** One word of storage, 32 bytes. */
  storage(address: Address, slot: bigint): Promise<Hex>;
  balanceWei(address: Address): Promise<bigint>;
  block(): Promise<{ number: bigint; timestampSeconds: bigint; hash: Hex }>;
  /**
   * All events of one kind, oldest first, read in ranges that the RPC allows.
   * @param signature `event Transfer(address indexed from, address indexed to, uint256 value)`
   */
  events(contract: string, signature: string, range?: { fromBlock?: bigint; toBlock?: bigint }): AsyncIterable<MigrationEvent>;
  /** A call by its signature: `function setRoundLength(uint256 length)`. @param contract an address, or a name of the registry */
  call(contract: string, signature: string, args?: readonly unknown[], valueWei?: bigint): Promise<MigrationCall>;
  /**
   * A deployment whose address is known before it is sent, whoever sends it: CREATE2 through the deterministic deployment proxy
   * (0x4e59b44847b379578588920cA78FbF26c0B4956C). The constructor's `msg.sender` is that proxy.
   * @param contract `path/File.sol:Name` of the project, else of lpctl's own contracts; or creation code, arguments and all
   * @param libraries the address of each library that it links
   */
  deployment(contract: string, args?: readonly unknown[], options?: { salt?: Hex; libraries?: Readonly<Record<string, Address>> }): Promise<{ address: Address; call: MigrationCall }>;
  /** What `prepare` kept under this name, row by row, in the same order; never all of it in memory. */
  rows(name: string): AsyncIterable<Value>;
}

/** What a script may do before there is a plan. */
export interface PrepareChain extends MigrationChain {
  /** Keeps rows of data on the disk, e.g. 100,000 accounts, one line each. @returns how many there are */
  keepRows(name: string, rows: Iterable<Value> | AsyncIterable<Value>): Promise<number>;
}

export interface Migration<Prepared extends Value | undefined = Value | undefined> {
  /** What it is for, one line. */
  title: string;
  /**
   * Reads what the plan depends on, once: what it gives and the rows that it keeps are the same in every later run, however the
   * chain has moved since. Throws where the migration cannot be run.
   */
  prepare?(chain: PrepareChain): Promise<Prepared>;
  /**
   * The operations, in order. It is gone through more than once, and must give the same ones each time: what they depend on
   * is what `prepare` gave, not what the chain says now. A generator gives them one by one, so that 100,000 rows need no memory.
   */
  operations(chain: MigrationChain, prepared: Prepared): Iterable<MigrationOperation> | AsyncIterable<MigrationOperation> | Promise<Iterable<MigrationOperation>>;
  /** What is not as it should be when all is done, one sentence each; nothing when all is well. */
  verify?(chain: MigrationChain, prepared: Prepared): Promise<readonly string[]>;
}

/** `export default defineMigration({ … })`: gives back what it gets, typed. */
export function defineMigration<Prepared extends Value | undefined>(migration: Migration<Prepared>): Migration<Prepared> {
  return migration;
}
