import type { DeployedProfile } from "../genesis/plan-profile.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import { ContractDraft, wordOf } from "./contract-draft.ts";
import { badMove } from "./moved-accounts.ts";
import type { Moved } from "./remap-addresses.ts";

/** Who gets tokens on the fork: the address there, and how many. */
export interface Holder {
  account: Address;
  amountWei: bigint;
}

const WORD = 32;
/** Variables in place have small slots, mappings have hashes. */
const FIRST_HASH = 1n << 64n;

/**
 * The token of a fork: every balance of the snapshot, those of old contracts for the new ones. What left is not in it any more.
 * Allowances are left behind: most are for contracts of the old protocol, and none was given for this token.
 * @throws LPCTL_FORK_BALANCES_UNKNOWN where balances do not add up to the supply: then somebody's is not found
 */
export function draftToken(view: StateView, deployed: DeployedProfile, moved: Moved, whyOf: (old: Address) => string): { draft: ContractDraft; holders: Holder[]; allowances: number; moved: Address[] } {
  const contract = view.contract("LivepeerToken");
  const address = deployed.contracts["LivepeerToken"];
  const minter = deployed.contracts["Minter"];
  if (address === undefined || minter === undefined) throw new Error("every profile has a token and a Minter");
  const draft = new ContractDraft("LivepeerToken", address, contract.state.words);
  const known = new Set<Hex>();
  const holders: Holder[] = [];
  const movedHolders: Address[] = [];
  let sum = 0n;
  for (const account of new Set([...view.state.preimages.addresses, ...view.state.contracts.map((each) => each.address)])) {
    const cell = contract.cell("_balances", account);
    const amountWei = cell.number();
    if (amountWei === 0n) continue;
    const { slot } = cell;
    known.add(slot);
    sum += amountWei;
    const after = moved.get(account);
    if (after === undefined) {
      holders.push({ account, amountWei });
    } else {
      holders.push({ account: after, amountWei });
      const why = whyOf(account);
      if (contract.cell("_balances", after).number() !== 0n) throw badMove(`${after} has tokens already`, account, after);
      movedHolders.push(account);
      draft.set(slot, wordOf(0n), `_balances[${account}]`, why);
      draft.set(contract.cell("_balances", after).slot, wordOf(amountWei), `_balances[${after}]`, why);
    }
  }
  const supply = contract.cell("_totalSupply");
  if (sum !== supply.number()) throw balancesUnknown(sum, supply.number());
  draft.setPart(contract.cell("owner").slot, { offset: 0, size: 20 }, BigInt(minter), "owner", "the fork's Minter mints");
  const allowances = dropAllowances(draft, known);
  return { draft, holders, allowances, moved: movedHolders };
}

function dropAllowances(draft: ContractDraft, known: ReadonlySet<Hex>): number {
  const { slots, count } = draft.before;
  let dropped = 0;
  for (let index = 0; index < count; index++) {
    const slot: Hex = `0x${Buffer.from(slots.subarray(index * WORD, index * WORD + WORD)).toString("hex")}`;
    if (BigInt(slot) < FIRST_HASH || known.has(slot)) continue;
    dropped += 1;
    draft.set(slot, wordOf(0n), "an allowance", "allowances are given anew: those of the snapshot are for its own contracts");
  }
  return dropped;
}

function balancesUnknown(sum: bigint, supply: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_BALANCES_UNKNOWN",
    exit: Exit.refused,
    message: "The snapshot does not say who owns all of the tokens",
    why: `balances of accounts that it knows are ${sum} wei together, and the supply is ${supply}`,
    next: "Take the snapshot again, from a block since which all Transfer events can be read",
    details: { sum, supply },
  });
}
