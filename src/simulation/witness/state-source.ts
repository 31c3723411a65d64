import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { RecordedState } from "./recorded-state.ts";
import type { AccountFacts } from "./upstream-state.ts";

/** Where the answers about the state of the one block come from: an RPC, or a record of what one said. */
export interface StateSource {
  account(address: Address): Promise<AccountFacts>;
  slot(address: Address, slot: Hex): Promise<Hex>;
}

/** Answers from a record alone. */
export class RecordedSource implements StateSource {
  readonly #state: RecordedState;

  constructor(state: RecordedState) {
    this.#state = state;
  }

  /** @throws LPCTL_STATE_NOT_RECORDED */
  async account(address: Address): Promise<AccountFacts> {
    const account = this.#state.accounts[address];
    if (account === undefined) throw notRecorded(`the account ${address}`);
    return account;
  }

  /** @throws LPCTL_STATE_NOT_RECORDED */
  async slot(address: Address, slot: Hex): Promise<Hex> {
    const word = this.#state.accounts[rpcAddressSchema.parse(address)]?.storage[slot];
    if (word === undefined) throw notRecorded(`slot ${slot} of ${address}`);
    return word;
  }
}

export function notRecorded(what: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_STATE_NOT_RECORDED",
    exit: Exit.different,
    message: `The simulation reads ${what}, which is not in the record`,
    why: "A simulation that does the same reads the same: the record is not of this proposal, was cut, or was made by another version of lpctl.",
    next: "Run the simulation on the chain: lpctl proposal simulate",
  });
}
