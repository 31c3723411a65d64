import type { Address } from "../../protocol/hex.ts";
import type { ContractView, StateView } from "./state-view.ts";

/** The token's own names differ by the OpenZeppelin that it is built on. */
const BALANCES = ["_balances", "balances"] as const;
const SUPPLY = ["_totalSupply", "totalSupply_", "totalSupply"] as const;

export interface TokenBalance {
  account: Address;
  wei: bigint;
}

/** Balances and supply of the LivepeerToken, in units of 1e-18 LPT. */
export class TokenView {
  readonly #token: ContractView;
  readonly #view: StateView;
  readonly #balances: string;

  /** @throws LPCTL_SNAPSHOT_NO_CONTRACT */
  constructor(view: StateView) {
    this.#token = view.contract("LivepeerToken");
    this.#view = view;
    this.#balances = nameIn(this.#token, BALANCES);
  }

  supplyWei(): bigint {
    return this.#token.number(nameIn(this.#token, SUPPLY));
  }

  balanceWei(account: Address): bigint {
    return this.#token.cell(this.#balances).at(account).number();
  }

  /** Everybody who has tokens, in the order of the preimages. */
  *balances(): Generator<TokenBalance> {
    const balance = this.#token.cell(this.#balances).entries(this.#view.addressKeys).numbers();
    for (const [place, account] of this.#view.state.preimages.addresses.entries()) {
      const wei = balance(place);
      if (wei > 0n) yield { account, wei };
    }
  }

  /** Who may create tokens. */
  owner(): Address {
    return this.#token.cell("owner").address();
  }
}

function nameIn(token: ContractView, names: readonly string[]): string {
  const name = names.find((each) => token.has(each));
  if (name === undefined) throw new RangeError(`the LivepeerToken has none of ${names.join(", ")}`);
  return name;
}
