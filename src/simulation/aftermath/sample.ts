import type { Log, Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { Interface } from "ethers/abi";
import { keccak256 } from "ethers/crypto";
import { solidityPackedKeccak256 } from "ethers/hash";
import { toBeHex } from "ethers/utils";
import { ticketBrokerAbi } from "../../protocol/abi/ticket-broker.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { makeNewcomer } from "./life-plan.ts";
import type { LivingProtocol } from "./protocol.ts";
import { readMany, uintAt } from "./read-many.ts";

/** Whose state is compared and who acts: the same accounts in every look at the protocol. */
export interface Sample {
  /** The whole pool, most stake first. */
  pool: Address[];
  /** Of the pool and beside it, at most `MOST_TRANSCODERS`. */
  transcoders: Address[];
  /** With stake or a lock, at most `MOST_DELEGATORS`. */
  delegators: Address[];
  /** Broadcasters or ticket senders. */
  payers: Address[];
  /** Hashes of tickets that were redeemed. */
  usedTickets: Hex[];
  /** Why accounts may be missing; undefined when all of them are here. */
  partial: string | undefined;
}

const MOST_TRANSCODERS = 10;
const MOST_DELEGATORS = 10;
const MOST_PAYERS = 5;
const MOST_TICKETS = 5;
const MOST_IN_POOL = 200;
const MOST_CANDIDATES = 60;
const MOST_FORESEEN = 20;
/** How far back accounts are looked for, the first that the provider answers. */
const LOOK_BACK_BLOCKS = [100_000n, 10_000n, 1_000n];

/**
 * Chooses accounts by the newest events of the protocol and by the pool of transcoders.
 * @param source of the logs: the chain itself, whose fork may not have them
 * @param foresee told whom the fork will be asked about
 */
export async function chooseSample(source: Rpc, fork: Rpc, block: bigint, protocol: LivingProtocol, foresee: (accounts: readonly Address[]) => Promise<void>): Promise<Sample> {
  const { logs, from, stakers, payers, likely } = await findAccounts(source, block, protocol);
  await foresee(likely);
  const pool = await readPool(fork, protocol.bondingManager, stakers);
  const members = new Set(pool);
  const candidates = stakers.filter((address) => !members.has(address)).slice(0, MOST_CANDIDATES);
  const answers = await readMany(fork, candidates.map((address) => ({ kind: "call", to: protocol.bondingManager, signature: GET_DELEGATOR, args: [address] })));
  const staking = candidates.filter((_, at) => (uintAt(answers[at], "bondedAmount") ?? 0n) > 0n || (uintAt(answers[at], "nextUnbondingLockId") ?? 0n) > 0n);
  const outside = staking.filter((address) => answers[candidates.indexOf(address)]?.["delegateAddress"] === address);
  const delegators = staking.filter((address) => !outside.includes(address));
  const dropped = pool.length + outside.length > MOST_TRANSCODERS || delegators.length > MOST_DELEGATORS || stakers.length > MOST_CANDIDATES;
  return {
    pool,
    transcoders: [...pool, ...outside].slice(0, MOST_TRANSCODERS),
    // The trial's own account joins during the rounds that are lived.
    delegators: [...delegators.slice(0, MOST_DELEGATORS), makeNewcomer().address],
    payers: payers.filter((address) => !members.has(address)).slice(0, MOST_PAYERS),
    usedTickets: protocol.ticketBroker === undefined ? [] : redeemed(logs).slice(0, MOST_TICKETS),
    partial: from > 0n ? `those without an event since block ${from} are not looked at` : dropped ? "only some are looked at" : undefined,
  };
}

/** Whose events are the newest, and of them those who will most likely be looked at. */
export async function findAccounts(source: Rpc, block: bigint, protocol: LivingProtocol): Promise<{ logs: Log[]; from: bigint; stakers: Address[]; payers: Address[]; likely: Address[] }> {
  const payments = protocol.ticketBroker ?? protocol.jobsManager;
  const { logs, from } = await readNewestLogs(source, [protocol.bondingManager, ...(payments === undefined ? [] : [payments])], block);
  const known = new Set<Address>([ZERO_ADDRESS, ...protocol.contracts.values()]);
  const stakers = addressesIn(logs.filter(({ address }) => address === protocol.bondingManager), known);
  const payers = addressesIn(logs.filter(({ address }) => address === payments), known);
  return { logs, from, stakers, payers, likely: [...stakers.slice(0, MOST_FORESEEN), ...payers.slice(0, MOST_PAYERS)] };
}

const GET_DELEGATOR =
  "function getDelegator(address) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";

async function readNewestLogs(source: Rpc, address: Address[], toBlock: bigint): Promise<{ logs: Log[]; from: bigint }> {
  for (const blocks of LOOK_BACK_BLOCKS) {
    const fromBlock = toBlock > blocks ? toBlock - blocks : 0n;
    try {
      return { logs: (await source.logs({ address, fromBlock, toBlock })).toReversed(), from: fromBlock };
    } catch (error) {
      // Too many blocks or too many logs for this provider: fewer will do.
      if (!(error instanceof LpctlError) || (error.code !== "LPCTL_RPC_ERROR" && error.code !== "LPCTL_RPC_TIMEOUT")) throw error;
    }
  }
  return { logs: [], from: toBlock };
}

/** Whatever is indexed and looks like an address, newest first: the order of the topics differs between suites. */
function addressesIn(logs: readonly Log[], known: ReadonlySet<Address>): Address[] {
  const words = logs.flatMap(({ topics }) => topics.slice(1)).filter((topic) => /^0x0{24}[0-9a-f]{40}$/.test(topic) && BigInt(topic) > 0xffff_ffffn);
  return [...new Set([...new Set(words)].map((word) => rpcAddressSchema.parse(`0x${word.slice(26)}`)))].filter((address) => !known.has(address));
}

/** Walks the pool, several steps at a time: the member after each guess is asked for at once. */
async function readPool(rpc: Rpc, bondingManager: Address, guesses: readonly Address[]): Promise<Address[]> {
  const next = new Map<Address, Address>();
  const ask = async (of: readonly Address[]): Promise<void> => {
    const answers = await readMany(rpc, of.map((address) => ({ kind: "call", to: bondingManager, signature: "function getNextTranscoderInPool(address) view returns (address)", args: [address] })));
    for (const [at, address] of of.entries()) next.set(address, (answers[at]?.[0] as Address | undefined) ?? ZERO_ADDRESS);
  };
  const [first] = await readMany(rpc, [{ kind: "call", to: bondingManager, signature: "function getFirstTranscoderInPool() view returns (address)" }]);
  await ask(guesses.slice(0, MOST_IN_POOL));
  const pool: Address[] = [];
  let member = (first?.[0] as Address | undefined) ?? ZERO_ADDRESS;
  while (member !== ZERO_ADDRESS && pool.length < MOST_IN_POOL && !pool.includes(member)) {
    pool.push(member);
    if (!next.has(member)) await ask([member]);
    member = next.get(member) ?? ZERO_ADDRESS;
  }
  return pool;
}

/** The hashes under which the TicketBroker remembers the tickets of its events. */
function redeemed(logs: readonly Log[]): Hex[] {
  const abi = new Interface([...ticketBrokerAbi]);
  const topic = abi.getEvent("WinningTicketRedeemed")?.topicHash;
  return logs
    .filter(({ topics }) => topics[0] === topic)
    .flatMap(({ topics, data }) => {
      const event = abi.parseLog({ topics, data })?.args;
      if (event === undefined) return [];
      const [sender, recipient, faceValue, winProb, senderNonce, recipientRand, auxData] = event.toArray() as [string, string, bigint, bigint, bigint, bigint, string];
      const randHash = keccak256(toBeHex(recipientRand, 32));
      return [solidityPackedKeccak256(["address", "address", "uint256", "uint256", "uint256", "bytes32", "bytes"], [recipient, sender, faceValue, winProb, senderNonce, randHash, auxData]) as Hex];
    });
}
