import type { Rpc } from "../chain/rpc.ts";
import type { Finding } from "../finding.ts";
import { plural } from "../protocol/plural.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { readContractAccounts } from "../snapshot/read/read-contract-accounts.ts";
import type { ContractAccount } from "../snapshot/state.ts";
import { payerOf } from "../snapshot/view/payments.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import type { ForkTerms } from "./fork-terms.ts";

/** A contract on the fork's chain that somebody says is the one that has something in the snapshot, though its code is another. */
export interface ConfirmedContract {
  account: Address;
  /** Of what is at the address on the fork's chain. */
  codeHash: Hex;
}

interface Had {
  account: Address;
  tokensWei: bigint;
  stakeWei: bigint;
  delegatedWei: bigint;
  feesWei: bigint;
  payableWei: bigint;
}

const SHOWN = 12;
const WHAT_TO_DO = "For each: give what it has to another account (`moved`), leave it out, with its stake where nobody else's rests on it (`excluded`), or, where somebody made sure that the contract here obeys the same people, say so (`confirmed`, with the hash of its code here).";

/**
 * Contracts that have something in the snapshot without being the protocol's: Safes, bridges, vestings. On the fork's chain the
 * same code must be at the same address, or nobody can move what they have.
 */
export async function findContractAccounts(rpc: Rpc, { view, terms }: { view: StateView; terms: ForkTerms }, confirmed: readonly ConfirmedContract[]): Promise<Finding[]> {
  const contracts = view.state.preimages.contracts ?? [];
  const known: ContractAccount[] = [...contracts, ...view.state.contracts.map(({ address, account }) => ({ address, codeHash: account.codeHash }))];
  const dealtWith = new Set([...terms.excluded.map(({ account }) => account), ...(terms.moved ?? []).map(({ from }) => from)]);
  const asked = contracts.filter(({ address }) => !dealtWith.has(address));
  const owner = known.find(({ address }) => address === terms.owner);
  const { number, hash } = await rpc.block("latest");
  const addresses = [...new Set([...asked.map(({ address }) => address), ...confirmed.map(({ account }) => account), ...(owner === undefined ? [] : [owner.address])])];
  const here = new Map((await readContractAccounts(rpc, addresses, { block: { number, hash } })).map(({ address, codeHash }) => [address, codeHash]));
  const words = new Map(confirmed.map(({ account, codeHash }) => [account, codeHash]));
  const isHere = ({ address, codeHash }: ContractAccount): boolean => here.has(address) && (here.get(address) === codeHash || here.get(address) === words.get(address));

  const findings: Finding[] = confirmed.filter(({ account, codeHash }) => here.get(account) !== codeHash).map(({ account, codeHash }) => ({
    severity: "refuse",
    code: "fork-contract-confirmed",
    title: `${account} is confirmed with code of the hash ${codeHash}, and has ${here.get(account) ?? "none"} here.`,
    detail: "What was looked at is not what is on this chain.",
  }));
  if (owner !== undefined && !isHere(owner)) findings.push({ severity: "refuse", code: "fork-owner-stranded", title: `The owner of the fork, ${owner.address}, is a contract of the snapshot that is not on this chain.`, detail: `It has ${here.get(owner.address) === undefined ? "no code" : "other code"} here: nobody, or somebody else, would govern the fork.` });
  const there = asked.filter(isHere);
  const missing = asked.filter((each) => !isHere(each)).map(({ address }) => whatIsOf(view, address)).filter(hasAnything).toSorted(byWorth);
  if (there.length > 0) findings.push({ severity: "info", code: "fork-holders-here", title: `${plural(there.length, "contract")} with anything in the snapshot ${there.length === 1 ? "is" : "are"} on this chain with the same code, or confirmed.`, detail: "That the code is the same does not say whom it obeys: owners of a Safe, for one, are in its storage." });
  if (missing.length > 0) {
    findings.push({
      severity: "warning",
      code: "fork-holder-contracts",
      title: `${plural(missing.length, "contract")} with anything in the snapshot ${missing.length === 1 ? "is" : "are"} not on this chain: together ${formatHuman(sum(missing, "tokensWei"), "wei-lpt")} and a stake of ${formatHuman(sum(missing, "stakeWei"), "wei-lpt")} that nobody can move.`,
      detail: [...missing.slice(0, SHOWN).map((each) => `${each.account}: ${formatHad(each)}${here.has(each.account) ? "; other code is here" : ""}`), ...(missing.length > SHOWN ? [`and ${missing.length - SHOWN} more`] : []), WHAT_TO_DO].join("\n"),
    });
  }
  return findings;
}

function whatIsOf(view: StateView, account: Address): Had {
  const delegator = view.contract("BondingManager").cell("delegators", account);
  const payer = payerOf(view, account);
  return {
    account,
    tokensWei: view.contract("LivepeerToken").cell("_balances", account).number(),
    stakeWei: delegator.member("bondedAmount").number(),
    delegatedWei: delegator.member("delegatedAmount").number(),
    feesWei: delegator.member("fees").number(),
    payableWei: payer.depositWei + payer.reserveWei,
  };
}

/** Some only are where something else is of theirs: an address of their service, a vote. */
function hasAnything({ tokensWei, stakeWei, delegatedWei, feesWei, payableWei }: Had): boolean {
  return tokensWei + stakeWei + delegatedWei + feesWei + payableWei > 0n;
}

function byWorth(left: Had, right: Had): number {
  const [one, other] = [left.tokensWei + left.stakeWei, right.tokensWei + right.stakeWei];
  return one === other ? (left.account < right.account ? -1 : 1) : one > other ? -1 : 1;
}

function sum(all: readonly Had[], what: "tokensWei" | "stakeWei"): bigint {
  return all.reduce((total, each) => total + each[what], 0n);
}

function formatHad({ tokensWei, stakeWei, delegatedWei, feesWei, payableWei }: Had): string {
  const parts: [bigint, string][] = [
    [tokensWei, formatHuman(tokensWei, "wei-lpt")],
    [stakeWei, `a stake of ${formatHuman(stakeWei, "wei-lpt")}`],
    [delegatedWei, `${formatHuman(delegatedWei, "wei-lpt")} delegated to it`],
    [feesWei, `${formatHuman(feesWei, "wei-eth")} of fees`],
    [payableWei, `${formatHuman(payableWei, "wei-eth")} to pay with`],
  ];
  return parts.flatMap(([wei, text]) => (wei > 0n ? [text] : [])).join(", ");
}
