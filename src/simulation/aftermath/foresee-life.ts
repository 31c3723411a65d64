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
import type { Sample } from "./sample.ts";

/** A life lasts three rounds, and begins in the one that is not begun yet. */
const ROUNDS_AHEAD = 5;
const FIRST_LOCKS = [0n, 1n];
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

  /** What the contracts keep in place, and of each other. */
  async contracts({ contracts, minter, bondingManager }: LivingProtocol): Promise<void> {
    const [newcomer, all] = [makeNewcomer().address, [...new Set(contracts.values())]];
    await this.#fetch(all, { ...NOBODY, accounts: [...all, newcomer, PASSER_BY], partners: [bondingManager, minter] }, [newcomer, PASSER_BY]);
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
    const busy = new Set([...transcoders, makeNewcomer().address]);
    await this.#fetch([...new Set(contracts.values())], { ...NOBODY, accounts, busy, partners: [bondingManager, minter], numbers: [...new Set([...rounds, ...FIRST_LOCKS, ...lastJobs])] }, accounts);
  }

  /** What they keep of the locks of those who act. */
  async actors({ contracts }: LivingProtocol, { unbonder, withdrawer }: LifePlan): Promise<void> {
    for (const one of [unbonder, withdrawer]) {
      if (one !== undefined) await this.#fetch([...new Set(contracts.values())], { ...NOBODY, accounts: [one.address], busy: new Set([one.address]), numbers: [one.lockId] });
    }
  }

  async #fetch(contracts: readonly Address[], keys: ForeseenKeys, senders: readonly Address[] = []): Promise<void> {
    const accounts: Wanted = new Map(senders.map((sender) => [sender, new Set()]));
    for (const contract of contracts) {
      const layout = this.#book.layoutOf(contract);
      accounts.set(contract, layout === undefined ? new Set() : foreseeSlots(layout, keys));
    }
    await this.#fork.witness.prefetch([], { accounts });
  }
}
