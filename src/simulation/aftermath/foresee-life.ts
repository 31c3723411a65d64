import { contractId, KNOWN_CONTRACT_NAMES, targetIdName } from "../../protocol/contract-id.ts";
import type { Address } from "../../protocol/hex.ts";
import type { AddressBook } from "../contract-book.ts";
import type { Fork } from "../fork.ts";
import { historyAfter, joinAhead, type Ahead } from "../witness/ahead.ts";
import type { Wanted } from "../witness/upstream-state.ts";
import { foreseeSlots, type ForeseenKeys } from "./foresee-slots.ts";
import { makeNewcomer, type LifePlan } from "./life-plan.ts";
import { PASSER_BY } from "./live.ts";
import type { LivingProtocol } from "./protocol.ts";
import { LENS, readMany, uintAt, type Reading } from "./read-many.ts";
import type { Replaced } from "./rollback.ts";
import type { Sample } from "./sample.ts";
import { FIRST_WORDS } from "./touched-slots.ts";

/** A life lasts three rounds, and begins in the one that is not begun yet. */
const ROUNDS_AHEAD = 5;
const ROUNDS_LIVED = 3;
const LAST_JOBS = 6;

const NOBODY: ForeseenKeys = { accounts: [], busy: new Set(), partners: [], numbers: [], words: [] };

/**
 * Fetches ahead what a life will read: a distant chain is asked a few times for much, instead of for each entry of a round
 * when it is come to. Without a layout of the contracts, nothing is known ahead.
 */
export class LifeForesight {
  readonly #fork: Fork;
  readonly #book: AddressBook;

  constructor(fork: Fork, book: AddressBook) {
    this.#fork = fork;
    this.#book = book;
  }

  async registry(controller: Address): Promise<void> {
    await this.#fetch(() => [readsOfRegistry(this.#book, controller)]);
  }

  /** What the contracts keep in place, and what is read of proxies and of their bare code. */
  async contracts(protocol: LivingProtocol, replaced: readonly Replaced[]): Promise<void> {
    const bare = (): Ahead[] => replaced.flatMap(({ intent, implementation }) => [intent.implementation, implementation].map((code) => slotsOf(this.#book, [code], NOBODY, [], intent.proxy.address)));
    await this.#fetch(() => [readsOfContracts(this.#book, protocol), ...bare(), firstWordsOf(replaced.map(({ intent }) => intent.proxy.address))]);
  }

  async accounts(protocol: LivingProtocol, accounts: readonly Address[]): Promise<void> {
    await this.#fetch(() => [readsOfAccounts(this.#book, protocol, accounts)]);
  }

  /** What they keep of the accounts that are looked at, in the rounds to come. */
  async rounds({ contracts, roundsManager, jobsManager, bondingManager, minter }: LivingProtocol, { transcoders, delegators, payers }: Sample): Promise<void> {
    if (!this.#fork.witness.fetches) return;
    const ask = (to: Address, name: string): Reading => ({ kind: "call", to, signature: `function ${name}() view returns (uint256)` });
    const [answers, now] = await Promise.all([
      readMany(this.#fork.rpc, [ask(roundsManager, "currentRound"), ask(jobsManager ?? roundsManager, "numJobs"), ask(roundsManager, "currentRoundStartBlock"), ask(roundsManager, "roundLength")]),
      this.#fork.rpc.blockNumber(),
    ]);
    const [round = 0n, nextJob = 0n, start, length] = answers.map((answer) => uintAt(answer, 0));
    const rounds = Array.from({ length: ROUNDS_AHEAD }, (_, at) => round + BigInt(at));
    const lastJobs = Array.from({ length: LAST_JOBS }, (_, at) => nextJob - BigInt(at)).filter((job) => job >= 0n);
    const accounts = [...new Set([...transcoders, ...delegators, ...payers])];
    const keys: ForeseenKeys = { ...NOBODY, accounts, busy: new Set([...transcoders, makeNewcomer().address]), partners: [bondingManager, minter] };
    const others = [...new Set(contracts.values())].filter((contract) => contract !== jobsManager);
    await this.#fetch(() => [
      slotsOf(this.#book, others, { ...keys, numbers: rounds }, accounts),
      slotsOf(this.#book, jobsManager === undefined ? [] : [jobsManager], { ...keys, numbers: lastJobs }),
      historyAfter(start === undefined || length === undefined ? [] : beginnings(now, start, length)),
    ]);
  }

  /** The locks of those who act. */
  async actors({ bondingManager }: LivingProtocol, { unbonder, withdrawer }: LifePlan): Promise<void> {
    const locks = [{ address: makeNewcomer().address, lockId: 0n }, unbonder, withdrawer].filter((one) => one !== undefined);
    await this.#fetch(() => locks.map(({ address, lockId }) => slotsOf(this.#book, [bondingManager], { ...NOBODY, accounts: [address], busy: new Set([address]), numbers: [lockId] })));
  }

  async #fetch(reads: () => readonly Ahead[]): Promise<void> {
    if (this.#fork.witness.fetches) await this.#fork.witness.prefetch([], joinAhead(reads()));
  }
}

/** Who is registered. */
export function readsOfRegistry(book: AddressBook, controller: Address): Ahead {
  const words = KNOWN_CONTRACT_NAMES.flatMap((name) => [contractId(name), contractId(targetIdName(name))]);
  return slotsOf(book, [controller], { ...NOBODY, words }, [LENS]);
}

/** What the contracts keep in place, and what the token keeps of them. */
export function readsOfContracts(book: AddressBook, { contracts, minter, bondingManager, token }: LivingProtocol): Ahead {
  const [all, newcomers] = [[...new Set(contracts.values())], [makeNewcomer().address, PASSER_BY]];
  const partners = [bondingManager, minter];
  return joinAhead([slotsOf(book, all, { ...NOBODY, accounts: newcomers, partners }, newcomers), slotsOf(book, [token], { ...NOBODY, accounts: all, partners })]);
}

/** What the contracts keep of whoever may be looked at. */
export function readsOfAccounts(book: AddressBook, { contracts, bondingManager, minter }: LivingProtocol, accounts: readonly Address[]): Ahead {
  return slotsOf(book, [...new Set(contracts.values())], { ...NOBODY, accounts, partners: [bondingManager, minter] }, accounts);
}

/** What is compared of proxies, whatever their layout. */
export function firstWordsOf(proxies: readonly Address[]): Ahead {
  return { accounts: new Map(proxies.map((proxy) => [proxy, new Set(FIRST_WORDS)])) };
}

function slotsOf(book: AddressBook, contracts: readonly Address[], keys: ForeseenKeys, senders: readonly Address[] = [], like?: Address): Ahead {
  const accounts: Wanted = new Map(senders.map((sender) => [sender, new Set()]));
  for (const contract of contracts) {
    const layout = book.layoutOf(like ?? contract);
    accounts.set(contract, layout === undefined ? new Set() : foreseeSlots(layout, keys));
  }
  return { accounts };
}

/** The blocks that the rounds of a life are jumped to. */
function beginnings(now: bigint, start: bigint, length: bigint): bigint[] {
  const first = start + length > now ? start + length : now;
  return Array.from({ length: ROUNDS_LIVED }, (_, at) => first - 1n + BigInt(at) * length);
}
