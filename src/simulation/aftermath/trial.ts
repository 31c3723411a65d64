import type { PlannedStep } from "../../authority/planned-step.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { AddressBook } from "../contract-book.ts";
import type { Fork } from "../fork.ts";
import { hasFailed } from "../has-failed.ts";
import type { SimulationResult } from "../../outcome/simulation.ts";
import { slotHex } from "../slot-hash.ts";
import { joinAhead, type Ahead } from "../witness/ahead.ts";
import { explainFailure } from "./explain-failure.ts";
import { firstWordsOf, LifeForesight, readsOfAccounts, readsOfContracts, readsOfRegistry } from "./foresee-life.ts";
import { readGetters } from "./getters.ts";
import { intendedBy } from "./intended-by.ts";
import type { Lived } from "./invariant.ts";
import { judgeInvariants } from "./judge-invariants.ts";
import { judgeRollback, type Look, type Return } from "./judge-rollback.ts";
import { planLife, type LifePlan } from "./life-plan.ts";
import { Life, withRoomyBlocks, type Deed } from "./live.ts";
import { MUST_FAIL, type Aftermath } from "../../outcome/aftermath.ts";
import { readLivingState, type LivingState } from "./living-state.ts";
import { protocolOf, readLivingProtocol, type LivingProtocol } from "./protocol.ts";
import { installOld, readReplaced, type Replaced } from "./rollback.ts";
import { chooseSample, findAccounts, type Sample } from "./sample.ts";
import { findTouchedSlots, readWords } from "./touched-slots.ts";

export interface TrialRequest {
  proposal: Proposal;
  steps: readonly PlannedStep[];
  book: AddressBook;
  /** Undefined where contracts are named by address only. */
  controller: Address | undefined;
  /** The chain itself: its logs tell whose state to look at. */
  source: Rpc;
  isWanted: boolean;
}

/** Two rounds under the code of before, what they left, and one more. */
interface Past {
  look: Look;
  failed: ReadonlySet<string>;
  closed: LivingState | undefined;
  lived: Lived;
}

interface Setting {
  sample: Sample | undefined;
  plan: LifePlan | undefined;
  replaced: readonly Replaced[];
  /** When as much time has passed as the route takes, without the proposal. */
  control: Look;
  past: Past | undefined;
}

interface Failure {
  label: string;
  why: string;
}

/**
 * Tries what comes after a proposal, on the fork of its simulation: the protocol's invariants, two more rounds with
 * actors, and the way back to the old code. The same rounds are lived without the proposal first: only what differs is
 * its doing. Whatever happens on the fork is taken back.
 */
export class AftermathTrial {
  readonly #request: TrialRequest;
  readonly #proxies: Address[];
  readonly #looked: Address[];
  #setting: Setting | undefined;
  #outcome: Aftermath | undefined;

  constructor(request: TrialRequest) {
    this.#request = request;
    const { calls, intents } = request.proposal;
    this.#proxies = [...new Set(intents.flatMap((intent) => (intent.kind === "upgrade" ? [intent.proxy.address] : [])))];
    this.#looked = [...new Set([...calls.map(({ to }) => to), ...this.#proxies])];
  }

  get outcome(): Aftermath {
    return this.#outcome ?? notRun("the route does not succeed, so there is nothing after it");
  }

  /**
   * What it will read of a fork, by what the registry says now.
   * @param contracts by registered name
   */
  async ahead(contracts: ReadonlyMap<string, Address>, block: bigint): Promise<Ahead> {
    const { isWanted, steps, book, controller, source } = this.#request;
    const protocol = controller === undefined ? undefined : protocolOf(controller, contracts);
    if (!isWanted || steps.length === 0 || protocol === undefined) return {};
    const { likely } = await findAccounts(source, block, protocol);
    return joinAhead([readsOfRegistry(book, protocol.controller), readsOfContracts(book, protocol), readsOfAccounts(book, protocol, likely), firstWordsOf(this.#proxies)]);
  }

  /** Before the first step of the route. */
  async before(fork: Fork): Promise<void> {
    if (!this.#request.isWanted) this.#outcome = notRun("it was left out (--no-aftermath)");
    else if (this.#request.steps.length === 0) this.#outcome = notRun("no step of the route is left");
    else this.#setting = await this.#prepare(fork);
  }

  /** After the last step. What a route left that reverted is not tried. */
  async after(fork: Fork, { steps }: SimulationResult): Promise<void> {
    if (this.#setting === undefined || steps.some(({ outcome }) => outcome === "reverted")) return;
    this.#outcome = await this.#judge(fork, this.#setting);
  }

  async #prepare(fork: Fork): Promise<Setting> {
    const { controller, steps, proposal, book } = this.#request;
    const foresight = new LifeForesight(fork, book);
    if (controller !== undefined) await foresight.registry(controller);
    const replaced = await readReplaced(fork.rpc, proposal.intents.filter((intent) => intent.kind === "upgrade"));
    return this.#trying(fork, async () => {
      await passTimeOf(fork, steps);
      const protocol = controller === undefined ? undefined : await readLivingProtocol(fork.rpc, controller);
      const sample = protocol === undefined ? undefined : await this.#chooseSample(fork, protocol, foresight, replaced);
      const control = await this.#look(fork, sample, new Map(this.#proxies.map((proxy) => [proxy, []])));
      const plan = control.state === undefined || sample === undefined ? undefined : planLife(control.state, sample);
      if (protocol !== undefined && plan !== undefined) await foresight.actors(protocol, plan);
      return { sample, plan, replaced, control, past: plan === undefined ? undefined : await this.#liveWithOld(fork, plan, sample) };
    });
  }

  async #chooseSample(fork: Fork, protocol: LivingProtocol, foresight: LifeForesight, replaced: readonly Replaced[]): Promise<Sample> {
    const foreseen = foresight.contracts(protocol, replaced);
    const choosing = chooseSample(this.#request.source, fork.rpc, fork.block.number, protocol, async (accounts) => {
      await foreseen;
      await foresight.accounts(protocol, accounts);
    });
    const [sample] = await Promise.all([choosing, foreseen]);
    await foresight.rounds(protocol, sample);
    return sample;
  }

  async #judge(fork: Fork, setting: Setting): Promise<Aftermath> {
    const { sample, plan, control, past, replaced } = setting;
    const { book, controller, proposal } = this.#request;
    const now = await this.#look(fork, sample, new Map());
    const [bareNow, bareBefore] = await Promise.all(
      [({ intent }: Replaced) => intent.implementation, ({ implementation }: Replaced) => implementation].map((codeOf) =>
        readGetters(fork.rpc, book, this.#proxies, new Map(replaced.map((one) => [one.intent.proxy.address, codeOf(one)]))),
      ),
    );
    const bare = { is: bareNow ?? [], was: bareBefore ?? [] };
    const trial = await this.#trying(fork, () => this.#tryOut(fork, setting));
    // What the new code alone did: without anything else that the batch does, the past under the old code tells it.
    const base = replaced.length === 0 || onlyUpgrades(proposal) || plan === undefined ? past : await this.#trying(fork, async () => {
      for (const one of replaced) await installOld(fork, one, this.#authority(), book);
      return this.#liveWithOld(fork, plan, sample);
    });
    const would = base === undefined ? { look: control, closed: undefined } : base;
    return {
      invariants: judgeInvariants({
        control: control.state,
        controlLater: past?.closed,
        after: now.state,
        later: trial.later,
        sample,
        intended: intendedBy(proposal),
        lived: trial.lived,
        livedWithout: past?.lived,
        getters: { is: now.getters, was: control.getters, bare },
      }),
      rollbacks: trial.returns.map(([one, back]) => judgeRollback(one, back, would, book, keysOf(setting))),
      life: { actions: trial.actions, rounds: trial.lived?.rounds ?? 0, failed: trial.failed.map(sentence) },
      assumptions: [
        ...(sample?.partial === undefined ? [] : [`Of the accounts, ${sample.partial}`]),
        ...(plan !== undefined && now.state?.paused === true ? ["The pause is ended on the fork: nobody can act while it lasts"] : []),
      ],
      ...(plan !== undefined ? {} : { notRun: controller === undefined ? "there is no registry, so no rounds to live" : "the registry has no BondingManager, RoundsManager, Minter and LivepeerToken, so no rounds to live" }),
    };
  }

  /** Lives on with the new code, and goes back to the old one at the end of two rounds. */
  async #tryOut(fork: Fork, { sample, plan, replaced, past, control }: Setting) {
    const life = plan === undefined ? undefined : await this.#liveTwoRounds(fork, plan);
    const failed = await this.#explain(fork, life?.deeds ?? [], past);
    const closing = await fork.tryOut(async () => {
      const branch = life?.branch();
      await branch?.liveClosingRound();
      const { state } = await this.#look(fork, branch === undefined ? undefined : sample, new Map());
      return { state, failed: await this.#explain(fork, branch?.deeds ?? [], past), actions: branch?.deeds.length ?? 0, lived: branch?.lived };
    });
    return {
      later: closing.state,
      lived: closing.lived,
      actions: (life?.deeds.length ?? 0) + closing.actions,
      failed: [...failed, ...closing.failed],
      returns: await this.#goBack(fork, replaced, { sample, life, past, slots: (past?.look ?? control).touched }),
    };
  }

  async #goBack(fork: Fork, replaced: readonly Replaced[], from: { sample: Sample | undefined; life: Life | undefined; past: Past | undefined; slots: ReadonlyMap<Address, readonly Hex[]> }): Promise<[Replaced, Return][]> {
    if (replaced.length === 0) return [];
    const { sample, life, past, slots } = from;
    const problems: (string | undefined)[] = [];
    for (const one of replaced) problems.push(await installOld(fork, one, this.#authority(), this.#request.book));
    const look = await this.#look(fork, sample, slots);
    const closing = life?.branch();
    await closing?.liveClosingRound();
    const closed = closing === undefined ? undefined : (await this.#look(fork, sample, new Map())).state;
    const failed = (await this.#explain(fork, closing?.deeds ?? [], past)).map(sentence);
    return replaced.map((one, at) => [one, { problem: problems[at], look, closed, failed }]);
  }

  async #liveWithOld(fork: Fork, plan: LifePlan, sample: Sample | undefined): Promise<Past> {
    const life = await this.#liveTwoRounds(fork, plan);
    const hashes = life.deeds.flatMap(({ receipt }) => (receipt === undefined ? [] : [receipt.transactionHash]));
    // Only a way back is measured by what these two rounds left.
    const look = this.#proxies.length === 0 ? NOTHING_SEEN : await this.#look(fork, sample, await findTouchedSlots(fork.rpc, hashes, this.#proxies));
    const closing = life.branch();
    await closing.liveClosingRound();
    const { state } = await this.#look(fork, sample, new Map());
    const failed = [...life.deeds, ...closing.deeds].filter(isFailure).map(({ label }) => label);
    return { look, closed: state, failed: new Set(failed), lived: closing.lived };
  }

  async #liveTwoRounds(fork: Fork, plan: LifePlan): Promise<Life> {
    if (this.#request.controller === undefined) throw new Error("a life is planned only where there is a registry");
    const life = new Life(fork, this.#request.controller, plan);
    await life.liveTwoRounds();
    return life;
  }

  /** What failed, or succeeded and must not, other than without the proposal. */
  async #explain(fork: Fork, deeds: readonly Deed[], past: Past | undefined): Promise<Failure[]> {
    const failedBefore = (deed: Deed): boolean => past?.failed.has(deed.label) === true;
    const wrong = deeds.filter((deed) => (deed.isForbidden ? !isFailure(deed) && failedBefore(deed) : isFailure(deed) && !failedBefore(deed)));
    return Promise.all(
      wrong.map(async ({ label, receipt, isForbidden }) => ({ label, why: isForbidden ? MUST_FAIL : await explainFailure(fork.rpc, receipt, this.#request.book) })),
    );
  }

  async #look(fork: Fork, sample: Sample | undefined, slots: ReadonlyMap<Address, readonly Hex[]>): Promise<Look> {
    const { controller, book } = this.#request;
    const [state, getters, words] = await Promise.all([
      controller === undefined || sample === undefined ? undefined : readLivingState(fork.rpc, controller, sample),
      readGetters(fork.rpc, book, this.#looked),
      readWords(fork.rpc, slots),
    ]);
    return { state, getters, words, touched: slots };
  }

  #trying<T>(fork: Fork, work: () => Promise<T>): Promise<T> {
    return fork.tryOut(() => withRoomyBlocks(fork, work));
  }

  /** Whom the proxies obey. */
  #authority(): Address {
    const [first] = this.#request.proposal.authorities;
    if (first === undefined) throw new Error("a parsed proposal has an authority");
    return first.address;
  }
}

const NOTHING_SEEN: Look = { state: undefined, getters: [], words: new Map(), touched: new Map() };

function notRun(why: string): Aftermath {
  return { invariants: [], rollbacks: [], life: { actions: 0, rounds: 0, failed: [] }, assumptions: [], notRun: why };
}

/** The route without what it does: a block for each transaction, and the delays. */
async function passTimeOf(fork: Fork, steps: readonly PlannedStep[]): Promise<void> {
  const blocks = steps.map((step) => (step.kind === "transaction" ? 1n : step.kind === "advance-blocks" ? step.blocks : 0n));
  const seconds = steps.map((step) => (step.kind === "advance-time" ? step.seconds : 1n)).reduce((total, count) => total + count, 0n);
  // The jump takes one second itself.
  fork.advanceTime(seconds - 1n);
  await fork.advanceBlocks(blocks.reduce((total, count) => total + count, 0n));
}

/** Words that may be keys of mappings: the accounts, and numbers as rounds and jobs have them. */
function keysOf({ sample, control }: Setting): Hex[] {
  const addresses = [...(sample?.transcoders ?? []), ...(sample?.delegators ?? []), ...(sample?.payers ?? [])];
  const round = control.state?.rounds.currentRound ?? 0n;
  const numbers = [...Array.from({ length: 8 }, (_, at) => BigInt(at)), ...Array.from({ length: 8 }, (_, at) => (round > 2n ? round - 2n : 0n) + BigInt(at))];
  return [...addresses.map((address): Hex => `0x${address.slice(2).toLowerCase().padStart(64, "0")}`), ...numbers.map((number) => `0x${slotHex(number)}` as const)];
}

function onlyUpgrades({ intents }: Proposal): boolean {
  return intents.every((intent) => intent.kind === "upgrade" && intent.initializer === "0x");
}

function isFailure({ receipt }: Deed): boolean {
  return receipt === undefined || hasFailed(receipt);
}

function sentence({ label, why }: Failure): string {
  return `${label}: ${why}`;
}
