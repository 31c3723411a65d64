import { FunctionFragment, Interface } from "ethers/abi";
import { z } from "zod";
import type { Receipt } from "../../chain/rpc.ts";
import { ZERO_ADDRESS, ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import type { Fork, ForkTransaction } from "../fork.ts";
import type { Lived } from "./invariant.ts";
import { describeActor, makeNewcomer, type LifePlan } from "./life-plan.ts";
import { readLivingProtocol, type LivingProtocol } from "./protocol.ts";
import { readMany, uintAt } from "./read-many.ts";
import { winningTicket } from "./ticket.ts";

/** One thing that an actor did. */
export interface Deed {
  /** The same in every life: `reward of 0x12345678…abcd, round 1`. */
  label: string;
  /** Undefined when the chain did not accept the transaction at all. */
  receipt: Receipt | undefined;
  /** An attempt at what nobody may do. */
  isForbidden: boolean;
}

const LPT = 10n ** 18n;
const WEI_OF_NEWCOMER = 10n ** 20n;
const DEPOSIT_WEI = 10n ** 18n;
const FACE_VALUE_WEI = 10n ** 15n;
/** Begins rounds; owns nothing. */
export const PASSER_BY: Address = "0x1000000000000000000000000000000000000001";
const ROOMY_BLOCK_GAS = 1_000_000_000n;
const OPTIONS = "P720p30f";
const abi = new Interface([]);
const fragments = new Map<string, FunctionFragment>();

interface Deal {
  label: string;
  from: Address;
  to: Address | undefined;
  signature: string;
  args?: readonly unknown[];
  valueWei?: bigint;
  isForbidden?: true;
}

/** The life of a protocol on a fork, round by round, with actors that need no keys. Nothing is taken back here. */
export class Life {
  readonly deeds: Deed[] = [];
  readonly #fork: Fork;
  readonly #controller: Address;
  readonly #plan: LifePlan;
  readonly #newcomer = makeNewcomer();
  #protocol: LivingProtocol | undefined;
  #rounds = 0;
  #supplyLimit = 0n;
  #jobId: bigint | undefined;

  constructor(fork: Fork, controller: Address, plan: LifePlan) {
    this.#fork = fork;
    this.#controller = controller;
    this.#plan = plan;
  }

  get lived(): Lived {
    return { rounds: this.#rounds, supplyLimit: this.#supplyLimit };
  }

  /** Another life from here on, with what happened so far in common. */
  branch(): Life {
    const life = new Life(this.#fork, this.#controller, this.#plan);
    life.#protocol = this.#protocol;
    life.#rounds = this.#rounds;
    life.#supplyLimit = this.#supplyLimit;
    return life;
  }

  /** Two rounds in which everybody acts. */
  async liveTwoRounds(): Promise<void> {
    await this.#enter();
    await this.#beginRound();
    await this.#firstRound();
    await this.#beginRound();
    await this.#secondRound();
  }

  /** A round in which stake is claimed and rewards are called: what went wrong before shows here. */
  async liveClosingRound(): Promise<void> {
    await this.#beginRound();
    const { claimer, transcoders, unbonder } = this.#plan;
    const bonding = this.#protocol?.bondingManager;
    await this.#act([...this.#claims([claimer, unbonder?.address])]);
    await this.#act([
      ...transcoders.map((from): Deal => ({ label: `reward of ${describeActor(from)}`, from, to: bonding, signature: "function reward()" })),
      // In August 2018 whoever claimed after its transcoder got less.
      ...this.#claims(transcoders.slice(0, 2)),
      { label: "a newcomer claims", from: this.#newcomer.address, to: bonding, signature: "function claimEarnings(uint256)", args: [0n] },
    ]);
  }

  async #enter(): Promise<void> {
    this.#protocol = await readLivingProtocol(this.#fork.rpc, this.#controller);
    const [supply, paused, owner] = await readMany(this.#fork.rpc, [
      { kind: "call", to: this.#protocol?.token ?? ZERO_ADDRESS, signature: "function totalSupply() view returns (uint256)" },
      { kind: "call", to: this.#controller, signature: "function paused() view returns (bool)" },
      { kind: "call", to: this.#controller, signature: "function owner() view returns (address)" },
    ]);
    this.#supplyLimit = (uintAt(supply, 0) ?? 0n) + 10n * LPT;
    await this.#fork.rpc.request("anvil_setBalance", [this.#newcomer.address, `0x${WEI_OF_NEWCOMER.toString(16)}`], z.unknown());
    if (paused?.[0] === true) await this.#act([{ label: "the owner unpauses", from: (owner?.[0] as Address | undefined) ?? ZERO_ADDRESS, to: this.#controller, signature: "function unpause()" }]);
  }

  async #beginRound(): Promise<void> {
    const rounds = this.#protocol?.roundsManager;
    if (rounds === undefined) return;
    const [clock, number] = await Promise.all([
      readMany(this.#fork.rpc, ["currentRoundStartBlock", "roundLength"].map((name) => ({ kind: "call", to: rounds, signature: `function ${name}() view returns (uint256)` }))),
      this.#fork.rpc.blockNumber(),
    ]);
    const [start, length] = clock.map((answer) => uintAt(answer, 0));
    this.#rounds += 1;
    // The first transaction comes one block after the jump.
    if (start !== undefined && length !== undefined) await this.#fork.advanceBlocks(start + length - number - 1n);
    await this.#act([{ label: "initializeRound", from: PASSER_BY, to: rounds, signature: "function initializeRound()" }]);
    const [mintable] = await readMany(this.#fork.rpc, [{ kind: "call", to: this.#protocol?.minter ?? ZERO_ADDRESS, signature: "function currentMintableTokens() view returns (uint256)" }]);
    this.#supplyLimit += uintAt(mintable, 0) ?? 0n;
  }

  async #firstRound(): Promise<void> {
    const { transcoders, claimer, unbonder, withdrawer, feeTaker } = this.#plan;
    const { bondingManager: bonding, minter, token } = this.#protocol ?? {};
    const [newcomer, first] = [this.#newcomer.address, transcoders[0]];
    await this.#act([
      { label: "the Minter mints", from: minter ?? ZERO_ADDRESS, to: token, signature: "function mint(address, uint256)", args: [newcomer, 10n * LPT] },
      { label: "a newcomer approves", from: newcomer, to: token, signature: "function approve(address, uint256)", args: [bonding ?? ZERO_ADDRESS, 10n * LPT] },
      ...(first === undefined ? [] : [{ label: "a newcomer bonds", from: newcomer, to: bonding, signature: "function bond(uint256, address)", args: [5n * LPT, first] }]),
      ...this.#claims([claimer]),
      ...this.#funding(),
    ]);
    await this.#act([
      ...transcoders.map((from): Deal => ({ label: `reward of ${describeActor(from)}`, from, to: bonding, signature: "function reward()" })),
      ...(unbonder === undefined ? [] : [{ label: `unbond of ${describeActor(unbonder.address)}`, from: unbonder.address, to: bonding, signature: "function unbond(uint256)", args: [unbonder.amount] }]),
      ...(withdrawer === undefined ? [] : [{ label: `withdrawStake of ${describeActor(withdrawer.address)}`, from: withdrawer.address, to: bonding, signature: "function withdrawStake(uint256)", args: [withdrawer.lockId] }]),
      ...(feeTaker === undefined ? [] : [{ label: `withdrawFees of ${describeActor(feeTaker.address)}`, from: feeTaker.address, to: bonding, signature: "function withdrawFees(address, uint256)", args: [feeTaker.address, feeTaker.amountWei] }]),
    ]);
    await this.#act([...this.#claims(transcoders.slice(0, 2)), ...(await this.#tickets(0n)), ...(await this.#job())]);
    await this.#act(this.#claimWork());
  }

  async #secondRound(): Promise<void> {
    const { transcoders, lazy, claimer, unbonder } = this.#plan;
    const { bondingManager: bonding, jobsManager: jobs } = this.#protocol ?? {};
    await this.#act([
      ...this.#claims([claimer]),
      ...(unbonder === undefined ? [] : [{ label: `rebond of ${describeActor(unbonder.address)}`, from: unbonder.address, to: bonding, signature: "function rebond(uint256)", args: [unbonder.lockId] }]),
      ...(transcoders[0] === undefined ? [] : [{ label: "a newcomer bonds more", from: this.#newcomer.address, to: bonding, signature: "function bond(uint256, address)", args: [LPT, transcoders[0]] }]),
    ]);
    await this.#act([
      ...transcoders.filter((from) => from !== lazy).map((from): Deal => ({ label: `reward of ${describeActor(from)}`, from, to: bonding, signature: "function reward()" })),
      { label: "a newcomer unbonds", from: this.#newcomer.address, to: bonding, signature: "function unbond(uint256)", args: [LPT] },
    ]);
    const paid: Deal[] = this.#jobId === undefined || this.#plan.worker === undefined ? [] : [{ label: "distributeFees of the job", from: PASSER_BY, to: jobs, signature: "function distributeFees(uint256, uint256)", args: [this.#jobId, 0n] }];
    await this.#act([...paid, ...(await this.#tickets(1n))]);
    await this.#act(await this.#temptations());
  }

  /** What nobody may do: a law that no longer holds shows in what succeeds. */
  async #temptations(): Promise<Deal[]> {
    const { bondingManager: bonding, jobsManager: jobs, minter, token } = this.#protocol ?? {};
    const rewarded = this.#plan.transcoders.find((transcoder) => transcoder !== this.#plan.lazy);
    const deals: Deal[] = [
      { label: "a stranger mints", from: PASSER_BY, to: token, signature: "function mint(address, uint256)", args: [PASSER_BY, LPT] },
      { label: "a stranger takes ether out of the Minter", from: PASSER_BY, to: minter, signature: "function trustedWithdrawETH(address, uint256)", args: [PASSER_BY, 1n] },
      { label: "a stranger takes tokens out of the Minter", from: PASSER_BY, to: minter, signature: "function trustedTransferTokens(address, uint256)", args: [PASSER_BY, 1n] },
      { label: "a stranger registers code", from: PASSER_BY, to: this.#controller, signature: "function setContractInfo(bytes32, address, bytes20)", args: [ZERO_HASH, PASSER_BY, `0x${"0".repeat(40)}`] },
      { label: "a newcomer withdraws stake that is locked", from: this.#newcomer.address, to: bonding, signature: "function withdrawStake(uint256)", args: [0n] },
      ...(rewarded === undefined ? [] : [{ label: `another reward of ${describeActor(rewarded)}`, from: rewarded, to: bonding, signature: "function reward()" }]),
      ...(this.#jobId === undefined || this.#plan.worker === undefined
        ? []
        : [{ label: "a stranger has a claim slashed as the double of itself", from: PASSER_BY, to: jobs, signature: "function doubleClaimSegmentSlash(uint256, uint256, uint256, uint256)", args: [this.#jobId, 0n, 0n, 5n] }]),
      ...(await this.#tickets(1n)).map((deal) => ({ ...deal, label: "a ticket is redeemed twice" })),
    ];
    return deals.map((deal) => ({ ...deal, isForbidden: true }));
  }

  #claims(who: readonly (Address | undefined)[]): Deal[] {
    const to = this.#protocol?.bondingManager;
    return [...new Set(who)].flatMap((from) => (from === undefined ? [] : [{ label: `claimEarnings of ${describeActor(from)}`, from, to, signature: "function claimEarnings(uint256)", args: [0n] }]));
  }

  #funding(): Deal[] {
    const { jobsManager, ticketBroker } = this.#protocol ?? {};
    const from = this.#newcomer.address;
    if (ticketBroker !== undefined) {
      return [{ label: "a newcomer funds deposit and reserve", from, to: ticketBroker, signature: "function fundDepositAndReserve(uint256, uint256) payable", args: [DEPOSIT_WEI, DEPOSIT_WEI], valueWei: 2n * DEPOSIT_WEI }];
    }
    return jobsManager === undefined ? [] : [{ label: "a newcomer deposits", from, to: jobsManager, signature: "function deposit() payable", valueWei: DEPOSIT_WEI }];
  }

  async #tickets(nonce: bigint): Promise<Deal[]> {
    const { ticketBroker, roundsManager } = this.#protocol ?? {};
    const recipient = this.#plan.transcoders[0];
    if (ticketBroker === undefined || roundsManager === undefined || recipient === undefined) return [];
    const [current] = await readMany(this.#fork.rpc, [{ kind: "call", to: roundsManager, signature: "function currentRound() view returns (uint256)" }]);
    const round = uintAt(current, 0) ?? 0n;
    const [hash] = await readMany(this.#fork.rpc, [{ kind: "call", to: roundsManager, signature: "function blockHashForRound(uint256) view returns (bytes32)", args: [round] }]);
    const args = winningTicket(this.#newcomer, recipient, { faceValueWei: FACE_VALUE_WEI, nonce, round, roundBlockHash: (hash?.[0] as Hex | undefined) ?? ZERO_HASH });
    const signature = "function redeemWinningTicket((address, address, uint256, uint256, uint256, bytes32, bytes), bytes, uint256)";
    return [{ label: "a ticket is redeemed", from: recipient, to: ticketBroker, signature, args }];
  }

  async #job(): Promise<Deal[]> {
    const { jobsManager: to, roundsManager } = this.#protocol ?? {};
    if (to === undefined || roundsManager === undefined) return [];
    const [jobs, length] = await readMany(this.#fork.rpc, [
      { kind: "call", to, signature: "function numJobs() view returns (uint256)" },
      { kind: "call", to: roundsManager, signature: "function roundLength() view returns (uint256)" },
    ]);
    this.#jobId = uintAt(jobs, 0);
    const endBlock = (await this.#fork.rpc.blockNumber()) + 4n * (uintAt(length, 0) ?? 0n) + 10n;
    const args = ["aftermath", OPTIONS, this.#plan.worker?.price ?? 0n, endBlock];
    return [{ label: "a newcomer posts a job", from: this.#newcomer.address, to, signature: "function job(string, string, uint256, uint256)", args }];
  }

  #claimWork(): Deal[] {
    const { worker } = this.#plan;
    if (worker === undefined || this.#jobId === undefined) return [];
    const args = [this.#jobId, [0n, 9n], `0x${"11".repeat(32)}`];
    return [{ label: `claimWork of ${describeActor(worker.address)}`, from: worker.address, to: this.#protocol?.jobsManager, signature: "function claimWork(uint256, uint256[2], bytes32)", args }];
  }

  /** All in one block, in order; each is noted under its label and the round. */
  async #act(deals: readonly Deal[]): Promise<void> {
    const possible = deals.flatMap((deal): [Deal, ForkTransaction][] => (deal.to === undefined ? [] : [[deal, { from: deal.from, to: deal.to, valueWei: deal.valueWei ?? 0n, data: encode(deal) }]]));
    const receipts = await this.#fork.sendInOneBlock(possible.map(([, transaction]) => transaction));
    for (const [at, [{ label, isForbidden = false }]] of possible.entries()) {
      this.deeds.push({ label: `${label}, round ${Math.max(this.#rounds, 1)}`, receipt: receipts[at], isForbidden });
    }
  }
}

/** Blocks that hold everything a round asks for, whatever the chain's own limit; gives back the limit there was. */
export async function withRoomyBlocks<T>(fork: Fork, work: () => Promise<T>): Promise<T> {
  const { gasLimit } = await fork.rpc.request("eth_getBlockByNumber", ["latest", false], z.looseObject({ gasLimit: z.string() }));
  await fork.rpc.request("evm_setBlockGasLimit", [`0x${ROOMY_BLOCK_GAS.toString(16)}`], z.unknown());
  try {
    return await work();
  } finally {
    await fork.rpc.request("evm_setBlockGasLimit", [gasLimit], z.unknown());
  }
}

function encode({ signature, args = [] }: Deal): Hex {
  const fragment = fragments.get(signature) ?? FunctionFragment.from(signature);
  fragments.set(signature, fragment);
  return abi.encodeFunctionData(fragment, args) as Hex;
}
