import type { Result } from "ethers/abi";
import { id } from "ethers/hash";
import type { Rpc } from "../../chain/rpc.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { readLivingProtocol, type LivingProtocol } from "./protocol.ts";
import { readMany, uintAt, type Reading } from "./read-many.ts";
import type { Sample } from "./sample.ts";

/** What is undefined is not offered by these contracts, or reverts. Amounts of LPT in units of 1e-18, of ether in wei. */
export interface LivingState {
  protocol: LivingProtocol;
  paused: boolean | undefined;
  owner: Address | undefined;
  /** Registered contracts that have code, and how their proxies are wired. */
  registry: ReadonlyMap<string, RegistryState>;
  rounds: Record<"currentRound" | "currentRoundStartBlock" | "lastInitializedRound" | "roundLength" | "roundLockAmount", bigint | undefined>;
  stake: Record<"currentRoundTotalActiveStake" | "nextRoundTotalActiveStake" | "getTranscoderPoolSize" | "getTranscoderPoolMaxSize" | "unbondingPeriod", bigint | undefined>;
  minting: Record<"inflation" | "inflationChange" | "targetBondingRate" | "currentMintableTokens" | "currentMintedTokens", bigint | undefined>;
  /** Supply of the token; tokens and ether in the Minter. */
  supply: bigint | undefined;
  vaultTokens: bigint | undefined;
  vaultWei: bigint;
  mayMint: boolean | undefined;
  /** Total of votes, where there are any. */
  votes: bigint | undefined;
  /** In the order of the list, with the stake that orders it. */
  pool: PoolMember[];
  accounts: AccountState[];
  transcoders: TranscoderState[];
  payers: { address: Address; funds: readonly (bigint | undefined)[] }[];
  ticketsUsed: (boolean | undefined)[];
  jobs: { jobId: bigint; fields: string; escrowWei: bigint }[];
}

export interface PoolMember {
  address: Address;
  stake: bigint | undefined;
  /** Wei per segment, where prices are on chain. */
  price: bigint | undefined;
}

export interface RegistryState {
  address: Address;
  hasCode: boolean;
  controller: Address | undefined;
  targetId: string | undefined;
}

export interface AccountState {
  address: Address;
  bondedAmount: bigint | undefined;
  delegate: Address | undefined;
  startRound: bigint | undefined;
  lastClaimRound: bigint | undefined;
  status: bigint | undefined;
  pendingStake: bigint | undefined;
  pendingFees: bigint | undefined;
  tokens: bigint | undefined;
  locks: { id: bigint; amount: bigint | undefined; withdrawRound: bigint | undefined }[];
  nextLockId: bigint;
  /** The delegate's reward factor in the round of the last claim, and whether the delegate had rewards by then. */
  startFactor: bigint | undefined;
}

export interface TranscoderState {
  address: Address;
  registered: boolean | undefined;
  active: boolean | undefined;
  totalStake: bigint | undefined;
  /** Stake with which it is active in the last initialized round. */
  roundStake: bigint | undefined;
  /** Wei per segment, where prices are on chain. */
  price: bigint | undefined;
  votes: bigint | undefined;
  lastRewardRound: bigint | undefined;
  /** Terms and activation, by name. */
  terms: Readonly<Record<string, bigint>>;
}

const COUNT = "view returns (uint256)";
const PRICE = `function getTranscoderPricePerSegment(address) ${COUNT}`;
const LOCKS = 3n;
const JOBS = 3n;
const GET_TRANSCODER =
  "function getTranscoder(address) view returns (uint256 lastRewardRound, uint256 rewardCut, uint256 feeShare, uint256 lastActiveStakeUpdateRound, uint256 activationRound, uint256 deactivationRound, uint256 activeCumulativeRewards, uint256 cumulativeRewards, uint256 cumulativeFees, uint256 lastFeeRound)";
const GET_DELEGATOR =
  "function getDelegator(address) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 lastClaimRound, uint256 nextUnbondingLockId)";
const EARNINGS_POOL = "function getTranscoderEarningsPoolForRound(address, uint256) view returns (uint256 totalStake, uint256, uint256, uint256 cumulativeRewardFactor, uint256)";
const GET_JOB =
  "function getJob(uint256) view returns (string, string, uint256, address, address, uint256, uint256, uint256, uint256 escrow, uint256)";
const TERMS = ["rewardCut", "feeShare", "activationRound", "deactivationRound", "lastActiveStakeUpdateRound", "activeCumulativeRewards", "cumulativeRewards", "cumulativeFees", "lastRewardRound", "lastFeeRound"] as const;

/** Collects readings, and hands each its answer once all are made in one request. */
class Batch {
  readonly #readings: Reading[] = [];
  #answers: (Result | undefined)[] = [];

  call(to: Address | undefined, signature: string, args: readonly unknown[] = []): () => Result | undefined {
    return to === undefined ? () => undefined : this.#add({ kind: "call", to, signature, args });
  }

  uint(to: Address | undefined, signature: string, args: readonly unknown[] = []): () => bigint | undefined {
    const answer = this.call(to, signature, args);
    return () => uintAt(answer(), 0);
  }

  account(kind: "balance" | "code-size", of: Address): () => bigint {
    const answer = this.#add({ kind, of });
    return () => uintAt(answer(), 0) ?? 0n;
  }

  async read(rpc: Rpc): Promise<void> {
    this.#answers = await readMany(rpc, this.#readings);
  }

  #add(reading: Reading): () => Result | undefined {
    const at = this.#readings.push(reading) - 1;
    return () => this.#answers[at];
  }
}

/** Reads the protocol as it stands on the fork, in three requests. Undefined when it is no longer one. */
export async function readLivingState(rpc: Rpc, controller: Address, sample: Sample): Promise<LivingState | undefined> {
  const protocol = await readLivingProtocol(rpc, controller);
  if (protocol === undefined) return undefined;
  const { bondingManager, roundsManager, minter, token, jobsManager, ticketBroker, contracts } = protocol;
  const batch = new Batch();
  const record = <K extends string>(to: Address, names: readonly K[]): (() => Record<K, bigint | undefined>) => {
    const answers = names.map((name) => [name, batch.uint(to, `function ${name}() ${COUNT}`)] as const);
    return () => Object.fromEntries(answers.map(([name, answer]) => [name, answer()])) as Record<K, bigint | undefined>;
  };
  const paused = batch.call(controller, "function paused() view returns (bool)");
  const owner = batch.call(controller, "function owner() view returns (address)");
  const rounds = record(roundsManager, ["currentRound", "currentRoundStartBlock", "lastInitializedRound", "roundLength", "roundLockAmount"]);
  const stake = record(bondingManager, ["currentRoundTotalActiveStake", "nextRoundTotalActiveStake", "getTranscoderPoolSize", "getTranscoderPoolMaxSize", "unbondingPeriod"]);
  const minting = record(minter, ["inflation", "inflationChange", "targetBondingRate", "currentMintableTokens", "currentMintedTokens"]);
  const registry = [...contracts].map(([name, address]) => ({
    name,
    address,
    code: batch.account("code-size", address),
    controller: batch.call(address, "function controller() view returns (address)"),
    targetId: batch.call(address, "function targetContractId() view returns (bytes32)"),
  }));
  const supply = batch.uint(token, `function totalSupply() ${COUNT}`);
  const vaultTokens = batch.uint(token, `function balanceOf(address) ${COUNT}`, [minter]);
  const vaultWei = batch.account("balance", minter);
  const tokenOwner = batch.call(token, "function owner() view returns (address)");
  const minterRole = batch.call(token, "function hasRole(bytes32, address) view returns (bool)", [id("MINTER_ROLE"), minter]);
  const votes = contracts.get("BondingVotes");
  const allVotes = batch.uint(votes, `function totalSupply() ${COUNT}`);
  const numJobs = batch.uint(jobsManager, `function numJobs() ${COUNT}`);
  const pool = poolReadings(batch, bondingManager, sample);
  const accounts = [...sample.transcoders, ...sample.delegators].map((address) => accountReadings(batch, protocol, address));
  const transcoders = sample.transcoders.map((address) => ({
    address,
    own: batch.call(bondingManager, GET_TRANSCODER, [address]),
    registered: batch.call(bondingManager, "function isRegisteredTranscoder(address) view returns (bool)", [address]),
    active: batch.call(bondingManager, "function isActiveTranscoder(address) view returns (bool)", [address]),
    totalStake: batch.uint(bondingManager, `function transcoderTotalStake(address) ${COUNT}`, [address]),
    price: batch.uint(bondingManager, PRICE, [address]),
    votes: batch.uint(votes, `function getVotes(address) ${COUNT}`, [address]),
  }));
  const payers = sample.payers.map((address) => ({
    address,
    deposit: batch.call(jobsManager, "function broadcasters(address) view returns (uint256 deposit, uint256 withdrawBlock)", [address]),
    sender: batch.call(ticketBroker, "function getSenderInfo(address) view returns (uint256 deposit, uint256 withdrawRound, uint256 fundsRemaining, uint256 claimedInCurrentRound)", [address]),
  }));
  const tickets = sample.usedTickets.map((hash) => batch.call(ticketBroker, "function usedTickets(bytes32) view returns (bool)", [hash]));
  await batch.read(rpc);

  // What to ask now depends on what was answered.
  const second = new Batch();
  const round = rounds().lastInitializedRound ?? 0n;
  const later = accounts.map(({ own, address }) => {
    const [delegate, claimed, nextLock] = [own()?.["delegateAddress"] as Address | undefined, uintAt(own(), "lastClaimRound"), uintAt(own(), "nextUnbondingLockId") ?? 0n];
    const count = nextLock < LOCKS ? nextLock : LOCKS;
    return {
      nextLock,
      locks: Array.from({ length: Number(count) }, (_, at) => nextLock - 1n - BigInt(at)).map((lockId) => ({
        id: lockId,
        read: second.call(bondingManager, "function getDelegatorUnbondingLock(address, uint256) view returns (uint256 amount, uint256 withdrawRound)", [address, lockId]),
      })),
      factor: delegate === undefined || delegate === ZERO_ADDRESS || claimed === undefined ? () => undefined : second.call(bondingManager, EARNINGS_POOL, [delegate, claimed]),
    };
  });
  const roundStakes = transcoders.map(({ address, own }) => {
    const updated = uintAt(own(), "lastActiveStakeUpdateRound") ?? 0n;
    return second.call(bondingManager, EARNINGS_POOL, [address, updated < round ? updated : round]);
  });
  const jobCount = numJobs() ?? 0n;
  const jobs = Array.from({ length: Number(jobCount < JOBS ? jobCount : JOBS) }, (_, at) => {
    const jobId = jobCount - 1n - BigInt(at);
    return { jobId, read: second.call(jobsManager, GET_JOB, [jobId]) };
  });
  await second.read(rpc);

  const account = (at: number): AccountState => {
    const readings = accounts[at];
    const [own, more] = [readings?.own(), later[at]];
    return {
      address: readings?.address ?? ZERO_ADDRESS,
      bondedAmount: uintAt(own, "bondedAmount"),
      delegate: own?.["delegateAddress"] as Address | undefined,
      startRound: uintAt(own, "startRound"),
      lastClaimRound: uintAt(own, "lastClaimRound"),
      status: readings?.status(),
      pendingStake: readings?.pendingStake(),
      pendingFees: readings?.pendingFees(),
      tokens: readings?.tokens(),
      locks: (more?.locks ?? []).map(({ id: lockId, read }) => ({ id: lockId, amount: uintAt(read(), "amount"), withdrawRound: uintAt(read(), "withdrawRound") })),
      nextLockId: more?.nextLock ?? 0n,
      startFactor: uintAt(more?.factor(), "cumulativeRewardFactor"),
    };
  };
  return {
    protocol,
    paused: paused()?.[0] as boolean | undefined,
    owner: owner()?.[0] as Address | undefined,
    registry: new Map(
      registry.map(({ name, address, code, controller: wired, targetId }) => [
        name,
        { address, hasCode: code() > 0n, controller: wired()?.[0] as Address | undefined, targetId: targetId()?.[0] as string | undefined },
      ]),
    ),
    rounds: rounds(),
    stake: stake(),
    minting: minting(),
    supply: supply(),
    vaultTokens: vaultTokens(),
    vaultWei: vaultWei(),
    mayMint: (minterRole()?.[0] as boolean | undefined) ?? (tokenOwner() === undefined ? undefined : tokenOwner()?.[0] === minter),
    votes: allVotes(),
    pool: pool(),
    accounts: accounts.map((_, at) => account(at)),
    transcoders: transcoders.map(({ address, own, registered, active, totalStake, price, votes: power }, at) => ({
      address,
      registered: registered()?.[0] as boolean | undefined,
      active: active()?.[0] as boolean | undefined,
      totalStake: totalStake(),
      roundStake: uintAt(roundStakes[at]?.(), "totalStake"),
      price: price(),
      votes: power(),
      lastRewardRound: uintAt(own(), "lastRewardRound"),
      terms: Object.fromEntries(TERMS.flatMap((name) => (uintAt(own(), name) === undefined ? [] : [[name, uintAt(own(), name) ?? 0n]]))),
    })),
    payers: payers.map(({ address, deposit, sender }) => ({
      address,
      funds: jobsManager === undefined ? ["deposit", "withdrawRound", "fundsRemaining"].map((name) => uintAt(sender(), name)) : ["deposit", "withdrawBlock"].map((name) => uintAt(deposit(), name)),
    })),
    ticketsUsed: tickets.map((used) => used()?.[0] as boolean | undefined),
    jobs: jobs.map(({ jobId, read }) => ({ jobId, fields: read() === undefined ? "cannot be read" : String(read()), escrowWei: uintAt(read(), "escrow") ?? 0n })),
  };
}

function accountReadings(batch: Batch, { bondingManager, token }: LivingProtocol, address: Address) {
  return {
    address,
    own: batch.call(bondingManager, GET_DELEGATOR, [address]),
    status: batch.uint(bondingManager, "function delegatorStatus(address) view returns (uint8)", [address]),
    // Published contracts take the round up to which is claimed; today's ignore it.
    pendingStake: batch.uint(bondingManager, `function pendingStake(address, uint256) ${COUNT}`, [address, 0n]),
    pendingFees: batch.uint(bondingManager, `function pendingFees(address, uint256) ${COUNT}`, [address, 0n]),
    tokens: batch.uint(token, `function balanceOf(address) ${COUNT}`, [address]),
  };
}

/** The list walked anew along the members that are known: its order and ends may have changed since. */
function poolReadings(batch: Batch, bondingManager: Address, { pool, transcoders, delegators }: Sample): () => LivingState["pool"] {
  const first = batch.call(bondingManager, "function getFirstTranscoderInPool() view returns (address)");
  const known = [...new Set([...pool, ...transcoders, ...delegators])].map((address) => ({
    address,
    next: batch.call(bondingManager, "function getNextTranscoderInPool(address) view returns (address)", [address]),
    stake: batch.uint(bondingManager, `function transcoderTotalStake(address) ${COUNT}`, [address]),
    price: batch.uint(bondingManager, PRICE, [address]),
  }));
  return () => {
    const members: LivingState["pool"] = [];
    let member = (first()?.[0] as Address | undefined) ?? ZERO_ADDRESS;
    while (member !== ZERO_ADDRESS && members.every(({ address }) => address !== member)) {
      const found = known.find(({ address }) => address === member);
      members.push({ address: member, stake: found?.stake(), price: found?.price() });
      member = (found?.next()?.[0] as Address | undefined) ?? ZERO_ADDRESS;
    }
    return members;
  };
}
