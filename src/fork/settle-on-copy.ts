import { FunctionFragment, Interface } from "ethers/abi";
import { findArtifact } from "../genesis/find-artifact.ts";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import type { Receipt } from "../chain/rpc.ts";
import { pollCreatorAbi } from "../protocol/abi/polls.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { describeActor } from "../simulation/aftermath/life-plan.ts";
import { PASSER_BY, withRoomyBlocks } from "../simulation/aftermath/live.ts";
import { readLivingProtocol, type LivingProtocol } from "../simulation/aftermath/protocol.ts";
import { readMany, uintAt } from "../simulation/aftermath/read-many.ts";
import type { Fork } from "../simulation/fork.ts";
import { hasFailed } from "../simulation/has-failed.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { encodeDeployment } from "../solidity/encode-deployment.ts";
import { BondingView } from "../snapshot/view/bonding.ts";
import { payersOf } from "../snapshot/view/payments.ts";
import type { StateView } from "../snapshot/view/state-view.ts";

/** What the snapshot leaves open, and who votes: the same on every copy. */
export interface OpenMatters {
  /** First of the pool that somebody else has bonded to, and that delegator, who votes otherwise. */
  transcoder: Address | undefined;
  delegator: Address | undefined;
  locks: readonly { account: Address; id: bigint; withdrawRound: bigint }[];
  /** Claims of work whose fees were not distributed. */
  claims: readonly { jobId: bigint; claimId: bigint }[];
  /** Who asked for deposit and reserve back, and the round from which that is theirs; zero where blocks count. */
  leavers: readonly { account: Address; withdrawRound: bigint }[];
}

/** How a copy settled them. */
export interface Settled {
  /** Label to whether the chain let it happen. */
  deeds: Map<string, boolean>;
  /** What votes came to, by label. */
  votes: Map<string, unknown>;
}

const MOST_LOCKS = 40;
const MOST_CLAIMS = 20;
const MOST_LEAVERS = 10;
/** Of a poll where no PollCreator is registered. */
const POLL_BLOCKS = 1_000_000n;
/** A lock for longer than this is a mistake of somebody's, and not waited for. */
const MOST_ROUNDS_WAITED = 5_000n;
const COUNT = "view returns (uint256)";
const PROPOSAL_VOTES = "function proposalVotes(uint256 proposalId) view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes)";
const PENDING = 0n;
const polls = new Interface([...pollCreatorAbi]);
const abi = new Interface([]);

/** @param excluded accounts that do not come along */
export function findOpenMatters(view: StateView, excluded: ReadonlySet<Address>): OpenMatters {
  const bonding = new BondingView(view);
  // Contracts of the snapshot have other addresses on the fork.
  const others = new Set<Address>([...excluded, ...view.state.contracts.map(({ address }) => address)]);
  const delegators = [...bonding.delegators()].filter(({ account }) => !others.has(account));
  const pool = bonding.pool().map(({ account }) => account).filter((account) => !others.has(account));
  const pairs = pool.map((transcoder) => ({ transcoder, delegator: delegators.find(({ account, delegate, bondedWei }) => delegate === transcoder && account !== transcoder && bondedWei > 0n)?.account }));
  const chosen = pairs.find(({ delegator }) => delegator !== undefined) ?? pairs[0];
  const leavers = [...payersOf(view)].filter(({ account, withdrawAt }) => withdrawAt > 0n && !others.has(account)).slice(0, MOST_LEAVERS);
  return {
    transcoder: chosen?.transcoder,
    delegator: chosen?.delegator,
    locks: delegators.flatMap((delegator) => bonding.locks(delegator).map(({ id, withdrawRound }) => ({ account: delegator.account, id, withdrawRound }))).slice(0, MOST_LOCKS),
    claims: openClaims(view).slice(0, MOST_CLAIMS),
    leavers: leavers.map(({ account, withdrawAt }) => ({ account, withdrawRound: view.find("TicketBroker") === undefined ? 0n : withdrawAt })),
  };
}

function openClaims(view: StateView): { jobId: bigint; claimId: bigint }[] {
  const contract = view.find("JobsManager");
  if (contract?.has("jobs") !== true) return [];
  const found: { jobId: bigint; claimId: bigint }[] = [];
  for (let jobId = contract.number("numJobs") - 1n; jobId >= 0n && found.length < MOST_CLAIMS; jobId -= 1n) {
    const claims = contract.cell("jobs", jobId).member("claims");
    for (let claimId = 0n; claimId < claims.length; claimId += 1n) {
      if (claims.at(claimId).member("status").number() === PENDING) found.push({ jobId, claimId });
    }
  }
  return found;
}

/**
 * Settles on a copy what the snapshot leaves open: a poll is created and voted on, a proposal of the governor is voted on by a
 * transcoder and overridden by a delegator of it; stake under locks, fees of claims, deposits and reserves that were asked back
 * are taken out, in the round in which that can be done of all of them.
 * @param artifacts with the PollCreator's, which is deployed where the protocol has none
 */
export async function settleOnCopy(fork: Fork, controller: Address, matters: OpenMatters, artifacts: readonly Artifact[]): Promise<Settled> {
  const protocol = await readLivingProtocol(fork.rpc, controller);
  if (protocol === undefined) return { deeds: new Map(), votes: new Map() };
  const settling = new Settling(fork, protocol, matters, artifacts);
  await withRoomyBlocks(fork, async () => {
    await settling.poll();
    await settling.proposal();
    await settling.withdrawals();
  });
  return settling;
}

function addressIn(topic: Hex | undefined): Address | undefined {
  return topic === undefined ? undefined : rpcAddressSchema.parse(`0x${topic.slice(26)}`);
}

interface Deal {
  label: string;
  from: Address;
  to: Address;
  signature: string;
  args?: readonly unknown[];
}

class Settling implements Settled {
  readonly deeds = new Map<string, boolean>();
  readonly votes = new Map<string, unknown>();
  readonly #fork: Fork;
  readonly #protocol: LivingProtocol;
  readonly #matters: OpenMatters;
  readonly #artifacts: readonly Artifact[];

  constructor(fork: Fork, protocol: LivingProtocol, matters: OpenMatters, artifacts: readonly Artifact[]) {
    this.#fork = fork;
    this.#protocol = protocol;
    this.#matters = matters;
    this.#artifacts = artifacts;
  }

  async poll(): Promise<void> {
    const { transcoder, delegator } = this.#matters;
    const to = this.#protocol.contracts.get("PollCreator") ?? (await this.#deployPollCreator());
    if (transcoder === undefined || to === undefined) return;
    const [created] = await this.#act([{ label: `createPoll of ${describeActor(transcoder)}`, from: transcoder, to, signature: "function createPoll(bytes proposal)", args: ["0x6c7063746c"] }]);
    const poll = created?.logs.flatMap(({ topics }) => (topics[0] === polls.getEvent("PollCreated")?.topicHash ? [addressIn(topics[1])] : []))[0];
    if (poll === undefined) return;
    const voters = [transcoder, ...(delegator === undefined ? [] : [delegator])];
    const receipts = await this.#act(voters.map((from, choice) => ({ label: `vote of ${describeActor(from)} in the poll`, from, to: poll, signature: "function vote(uint256 choiceID)", args: [BigInt(choice)] })));
    // A poll is nothing but the events of its voters; what they weigh is their stake.
    for (const [at, voter] of voters.entries()) this.votes.set(`vote of ${voter} in the poll`, receipts[at]?.logs.map(({ topics, data }) => [addressIn(topics[1]) === voter, data]));
  }

  async proposal(): Promise<void> {
    const { transcoder, delegator } = this.#matters;
    const to = this.#protocol.contracts.get("LivepeerGovernor");
    if (transcoder === undefined || to === undefined) return;
    const transfer = abi.encodeFunctionData(FunctionFragment.from("function transfer(address, uint256)"), [PASSER_BY, 0n]) as Hex;
    const [proposed] = await this.#act([
      { label: `propose of ${describeActor(transcoder)}`, from: transcoder, to, signature: "function propose(address[] targets, uint256[] values, bytes[] calldatas, string description) returns (uint256)", args: [[this.#protocol.token], [0n], [transfer], "lpctl: votes work on a fork"] },
    ]);
    const data = proposed?.logs.find(({ address, topics }) => address === to && topics.length === 1)?.data;
    if (data === undefined) return;
    const id = BigInt(data.slice(0, 66));
    const [snapshot] = await readMany(this.#fork.rpc, [{ kind: "call", to, signature: `function proposalSnapshot(uint256) ${COUNT}`, args: [id] }]);
    await this.#goToRound((uintAt(snapshot, 0) ?? 0n) + 1n);
    const signature = "function castVote(uint256 proposalId, uint8 support) returns (uint256)";
    await this.#act([{ label: `castVote of ${describeActor(transcoder)}`, from: transcoder, to, signature, args: [id, 1n] }]);
    const alone = await this.#readVotes(to, id);
    if (delegator !== undefined) await this.#act([{ label: `castVote of ${describeActor(delegator)}, otherwise`, from: delegator, to, signature, args: [id, 0n] }]);
    const both = await this.#readVotes(to, id);
    this.votes.set("votes for, of the transcoder alone", alone.forWei);
    this.votes.set("votes for and against, with its delegator", [both.forWei, both.againstWei]);
    this.votes.set("what the delegator took from its transcoder", alone.forWei - both.forWei);
    const [state] = await readMany(this.#fork.rpc, [{ kind: "call", to, signature: "function state(uint256) view returns (uint8)", args: [id] }]);
    this.votes.set("state of the proposal", uintAt(state, 0));
  }

  async withdrawals(): Promise<void> {
    const { locks, claims, leavers } = this.#matters;
    const { bondingManager, jobsManager, ticketBroker } = this.#protocol;
    const payments = ticketBroker ?? jobsManager;
    const rounds = [...locks, ...leavers].map(({ withdrawRound }) => withdrawRound);
    await this.#goToRound(rounds.reduce((last, round) => (round > last ? round : last), 0n));
    await this.#act([
      ...locks.map(({ account, id }): Deal => ({ label: `withdrawStake of ${describeActor(account)}, lock ${id} of the snapshot`, from: account, to: bondingManager, signature: "function withdrawStake(uint256)", args: [id] })),
      ...(jobsManager === undefined ? [] : claims.map(({ jobId, claimId }): Deal => ({ label: `distributeFees of job ${jobId}, claim ${claimId} of the snapshot`, from: PASSER_BY, to: jobsManager, signature: "function distributeFees(uint256, uint256)", args: [jobId, claimId] }))),
      ...(payments === undefined ? [] : leavers.map(({ account }): Deal => ({ label: `withdraw of ${describeActor(account)}, asked for in the snapshot`, from: account, to: payments, signature: "function withdraw()" }))),
    ]);
  }

  async #deployPollCreator(): Promise<Address | undefined> {
    const data = encodeDeployment(findArtifact(this.#artifacts, "PollCreator"), [this.#protocol.bondingManager, POLL_BLOCKS]);
    return (await this.#fork.send({ from: PASSER_BY, to: null, valueWei: 0n, data })).contractAddress ?? undefined;
  }

  async #readVotes(to: Address, id: bigint): Promise<{ forWei: bigint; againstWei: bigint }> {
    const [votes] = await readMany(this.#fork.rpc, [{ kind: "call", to, signature: PROPOSAL_VOTES, args: [id] }]);
    return { forWei: uintAt(votes, "forVotes") ?? 0n, againstWei: uintAt(votes, "againstVotes") ?? 0n };
  }

  /** Rounds in between are not begun: nobody needs them. */
  async #goToRound(round: bigint): Promise<void> {
    const to = this.#protocol.roundsManager;
    const [clock, number] = await Promise.all([
      readMany(this.#fork.rpc, ["currentRound", "currentRoundStartBlock", "roundLength"].map((name) => ({ kind: "call", to, signature: `function ${name}() ${COUNT}` }))),
      this.#fork.rpc.blockNumber(),
    ]);
    const [current, start, length] = clock.map((answer) => uintAt(answer, 0));
    if (current === undefined || start === undefined || length === undefined || round <= current || round > current + MOST_ROUNDS_WAITED) return;
    await this.#fork.advanceBlocks(start + (round - current) * length - number - 1n);
    await this.#act([{ label: `initializeRound, ${round - current} later`, from: PASSER_BY, to, signature: "function initializeRound()" }]);
  }

  async #act(deals: readonly Deal[]): Promise<(Receipt | undefined)[]> {
    const receipts = await this.#fork.sendInOneBlock(deals.map(({ from, to, signature, args = [] }) => ({ from, to, valueWei: 0n, data: abi.encodeFunctionData(FunctionFragment.from(signature), args) as Hex })));
    for (const [at, { label }] of deals.entries()) {
      const receipt = receipts[at];
      this.deeds.set(label, receipt !== undefined && !hasFailed(receipt));
    }
    return receipts;
  }
}
