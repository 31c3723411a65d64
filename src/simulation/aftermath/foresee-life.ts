import { contractId, KNOWN_CONTRACT_NAMES, targetIdName } from "../../protocol/contract-id.ts";
import type { Address } from "../../protocol/hex.ts";
import type { AddressBook } from "../contract-book.ts";
import type { Fork } from "../fork.ts";
import type { Wanted } from "../witness/upstream-state.ts";
import { foreseeSlots, type ForeseenKeys } from "./foresee-slots.ts";
import { makeNewcomer, type LifePlan } from "./life-plan.ts";
import { PASSER_BY } from "./live.ts";
import type { LivingProtocol } from "./protocol.ts";
import { LENS, readMany, uintAt } from "./read-many.ts";
import type { Replaced } from "./rollback.ts";
import type { Sample } from "./sample.ts";
import { FIRST_WORDS } from "./touched-slots.ts";

/** A life lasts three rounds, and begins in the one that is not begun yet. */
const ROUNDS_AHEAD = 5;
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

  /** Who is registered. */
  async registry(controller: Address): Promise<void> {
    const words = KNOWN_CONTRACT_NAMES.flatMap((name) => [contractId(name), contractId(targetIdName(name))]);
    await this.#fetch([controller], { ...NOBODY, words }, [LENS]);
  }

  /** What the contracts keep in place, what the token keeps of them, and what is read of proxies and of their bare code. */
  async contracts({ contracts, minter, bondingManager, token }: LivingProtocol, replaced: readonly Replaced[]): Promise<void> {
    const [all, newcomers] = [[...new Set(contracts.values())], [makeNewcomer().address, PASSER_BY]];
    const partners = [bondingManager, minter];
    await Promise.all([
      this.#fetch(all, { ...NOBODY, accounts: newcomers, partners }, newcomers),
      this.#fetch([token], { ...NOBODY, accounts: all, partners }),
      ...replaced.flatMap(({ intent, implementation }) => [intent.implementation, implementation].map((code) => this.#fetch([code], NOBODY, [], intent.proxy.address))),
      this.#fork.witness.prefetch([], { accounts: new Map(replaced.map(({ intent }) => [intent.proxy.address, new Set(FIRST_WORDS)])) }),
    ]);
  }

  /** What they keep of whoever may be looked at. */
  async accounts({ contracts, bondingManager, minter }: LivingProtocol, accounts: readonly Address[]): Promise<void> {
    await this.#fetch([...new Set(contracts.values())], { ...NOBODY, accounts, partners: [bondingManager, minter] }, accounts);
  }

  /** What they keep of the accounts that are looked at, in the rounds to come. */
  async rounds({ contracts, roundsManager, jobsManager, bondingManager, minter }: LivingProtocol, { transcoders, delegators, payers }: Sample): Promise<void> {
    const [current, jobs] = await readMany(this.#fork.rpc, [
      { kind: "call", to: roundsManager, signature: "function currentRound() view returns (uint256)" },
      { kind: "call", to: jobsManager ?? roundsManager, signature: "function numJobs() view returns (uint256)" },
    ]);
    const [round, nextJob] = [uintAt(current, 0) ?? 0n, uintAt(jobs, 0) ?? 0n];
    const rounds = Array.from({ length: ROUNDS_AHEAD }, (_, at) => round + BigInt(at));
    const lastJobs = Array.from({ length: LAST_JOBS }, (_, at) => nextJob - BigInt(at)).filter((job) => job >= 0n);
    const accounts = [...new Set([...transcoders, ...delegators, ...payers])];
    const keys: ForeseenKeys = { ...NOBODY, accounts, busy: new Set([...transcoders, makeNewcomer().address]), partners: [bondingManager, minter] };
    const others = [...new Set(contracts.values())].filter((contract) => contract !== jobsManager);
    await Promise.all([
      this.#fetch(others, { ...keys, numbers: rounds }, accounts),
      this.#fetch(jobsManager === undefined ? [] : [jobsManager], { ...keys, numbers: lastJobs }),
    ]);
  }

  /** The locks of those who act. */
  async actors({ bondingManager }: LivingProtocol, { unbonder, withdrawer }: LifePlan): Promise<void> {
    const locks = [{ address: makeNewcomer().address, lockId: 0n }, unbonder, withdrawer].filter((one) => one !== undefined);
    await Promise.all(locks.map(({ address, lockId }) => this.#fetch([bondingManager], { ...NOBODY, accounts: [address], busy: new Set([address]), numbers: [lockId] })));
  }

  async #fetch(contracts: readonly Address[], keys: ForeseenKeys, senders: readonly Address[] = [], like?: Address): Promise<void> {
    const accounts: Wanted = new Map(senders.map((sender) => [sender, new Set()]));
    for (const contract of contracts) {
      const layout = this.#book.layoutOf(like ?? contract);
      accounts.set(contract, layout === undefined ? new Set() : foreseeSlots(layout, keys));
    }
    await this.#fork.witness.prefetch([], { accounts });
  }
}
