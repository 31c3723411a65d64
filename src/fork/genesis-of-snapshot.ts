import { formatUnits } from "ethers/utils";
import { Exit, LpctlError } from "../errors.ts";
import { formatInstant } from "../genesis/check-genesis-time.ts";
import { genesisParameter, genesisParameterIds } from "../genesis/genesis-schema.ts";
import type { Address } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { BondingView } from "../snapshot/view/bonding.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import { TokenView } from "../snapshot/view/token.ts";
import type { ForkFile } from "./fork-schema.ts";
import { readParameter } from "./override-parameters.ts";
import type { Holder } from "./token-draft.ts";
import { suiteOf } from "./suite-of-snapshot.ts";

export interface GenesisOfSnapshotOptions {
  file: Pick<ForkFile, "chainId" | "owner" | "unpause" | "excluded" | "moved" | "snapshot" | "gitCommit">;
  /** What it changes, in the units of the snapshot's contracts. */
  parameters: Readonly<Record<string, bigint>>;
  /** Receives what no account owns: the tokens of the treasury, and what division leaves over. */
  bank: Address;
  /** Whoever has this much is given exactly that; all others share equally. */
  exactFromWei: bigint;
  startSeconds: bigint;
  /** The newest block of the chain it is for. */
  headBlock: bigint;
  /** How the file names the list of recipients. */
  recipientsPath: string;
}

export interface GenesisOfSnapshot {
  /** The genesis file. */
  yaml: string;
  /** One address on each line. */
  recipients: string;
  totalWei: bigint;
  /** Accounts that are given exactly what they have. */
  exact: number;
  /** Accounts that share equally, what they have together, and what each of them gets. */
  sharing: { accounts: number; haveWei: bigint; eachWei: bigint };
  bankWei: bigint;
  excludedWei: bigint;
}

/** From here on anyone may claim for another and keep a growing share: a week of blocks is ahead. */
const CALLERS_AHEAD_BLOCKS = 50_000n;
const CALLER_PERIOD_BLOCKS = 2_500_000n;

/**
 * A genesis whose token starts from what everybody has in a snapshot: tokens, stake with everything earned, and stake under
 * locks. Large accounts are granted theirs to the wei; the long tail mines equal shares of what it has together.
 * @throws LPCTL_FORK_STAKE_UNKNOWN where earnings of an account cannot be worked out
 */
export function genesisOfSnapshot(view: StateView, options: GenesisOfSnapshotOptions): GenesisOfSnapshot {
  const { file, exactFromWei } = options;
  const { profile } = suiteOf(view);
  const { holders, ownWei, excludedWei } = holdings(view, new Set(file.excluded.map(({ account }) => account)), new Map(file.moved.map(({ from, to }) => [from, to])));
  const ordered = holders.toSorted((left, right) => (left.amountWei === right.amountWei ? (left.account < right.account ? -1 : 1) : left.amountWei > right.amountWei ? -1 : 1));
  // A MerkleMine without recipients cannot be: the smallest account alone has it for itself.
  const count = Math.min(ordered.filter(({ amountWei }) => amountWei >= exactFromWei).length, Math.max(ordered.length - 1, 0));
  const [exact, sharing] = [ordered.slice(0, count), ordered.slice(count)];
  if (sharing.length === 0) throw nobody();
  const haveWei = sharing.reduce((sum, { amountWei }) => sum + amountWei, 0n);
  const eachWei = haveWei / BigInt(sharing.length);
  const crowdWei = eachWei * BigInt(sharing.length);
  const bankWei = ownWei + haveWei - crowdWei;
  const communityWei = exact.reduce((sum, { amountWei }) => sum + amountWei, 0n);
  const totalWei = crowdWei + communityWei + bankWei;
  const lpt = (wei: bigint): string => `"${formatUnits(wei, 18).replace(/\.0$/, "")}"`;
  const yaml = [
    `# A genesis made of what everybody has in the snapshot ${file.snapshot.identity}:`,
    "# tokens, stake with everything earned, and stake under locks. Stake itself does not come along: everybody bonds anew.",
    `# Accounts with at least ${formatHuman(exactFromWei, "wei-lpt")} are granted theirs to the wei. The ${sharing.length} others had ${formatHuman(haveWei, "wei-lpt")}`,
    "# together and mine equal shares of it. The company's bucket is what no account owns.",
    "schema: 1",
    `chainId: ${file.chainId}`,
    `profile: ${profile}`,
    ...(file.gitCommit === undefined ? [] : [`gitCommit: "${file.gitCommit}"`]),
    "allocations:",
    `  total: ${lpt(totalWei)}`,
    `  crowd: ${lpt(crowdWei)}`,
    `  company: ${lpt(bankWei)}`,
    `  team: "0"`,
    `  investors: "0"`,
    `  community: ${lpt(communityWei)}`,
    "grants:",
    `  start: ${formatInstant(options.startSeconds)}`,
    "  team: []",
    "  investors: []",
    ...(exact.length === 0 ? ["  community: []"] : ["  community:", ...exact.map(({ account, amountWei }) => `    - { receiver: "${account}", amount: ${lpt(amountWei)} }`)]),
    "distribution:",
    "  kind: merkle-mine",
    `  recipients: ${options.recipientsPath}`,
    `  genesisBlock: ${options.headBlock}`,
    "  balanceThreshold: 0 wei",
    "  # Claim before it: from then on anyone can claim for another, and keeps a growing share.",
    `  callerAllocationStartBlock: ${options.headBlock + CALLERS_AHEAD_BLOCKS}`,
    `  callerAllocationPeriod: ${CALLER_PERIOD_BLOCKS} blocks`,
    `bankMultisig: "${options.bank}"`,
    `governance: { multisig: "${file.owner}", unpause: ${file.unpause} }`,
    "# As in the snapshot, but for what the fork file changes.",
    "parameters:",
    ...parameterLines(view, profile, options.parameters),
    "",
  ].join("\n");
  const recipients = [`# ${sharing.length} accounts of the snapshot ${file.snapshot.identity}`, ...sharing.map(({ account }) => account), ""].join("\n");
  return { yaml, recipients, totalWei, exact: exact.length, sharing: { accounts: sharing.length, haveWei, eachWei }, bankWei, excludedWei };
}

function holdings(view: StateView, excluded: ReadonlySet<Address>, moved: ReadonlyMap<Address, Address>): { holders: Holder[]; ownWei: bigint; excludedWei: bigint } {
  const [token, bonding] = [new TokenView(view), new BondingView(view)];
  const own = new Set(view.state.contracts.map(({ address }) => address));
  const made = new Set(["Minter", ...suiteOf(view).members.map(({ name }) => name)].flatMap((name) => view.find(name)?.address ?? []));
  const amounts = new Map<Address, bigint>();
  const add = (account: Address, wei: bigint): void => void amounts.set(account, (amounts.get(account) ?? 0n) + wei);
  const minter = view.contract("Minter").address;
  const now = (account: Address): Address => moved.get(account) ?? account;
  for (const { account, wei } of token.balances()) if (account !== minter) add(now(account), wei);
  for (const delegator of bonding.delegators()) {
    const pending = bonding.pending(delegator);
    if (pending === undefined) throw unknownStake(delegator.account);
    add(now(delegator.account), pending.stakeWei + bonding.locks(delegator).reduce((sum, { amountWei }) => sum + amountWei, 0n));
  }
  let [ownWei, excludedWei] = [0n, 0n];
  const holders: Holder[] = [];
  for (const [account, amountWei] of amounts) {
    if (amountWei === 0n) continue;
    if (excluded.has(account)) excludedWei += amountWei;
    // What the suite itself holds is nobody's; other contracts of the snapshot own what they hold, if they are there.
    else if (made.has(account) || own.has(account)) ownWei += amountWei;
    else holders.push({ account, amountWei });
  }
  return { holders, ownWei, excludedWei };
}

function parameterLines(view: StateView, profile: "launch" | "current", changed: Readonly<Record<string, bigint>>): string[] {
  return genesisParameterIds(profile, "merkle-mine").map((id) => {
    const { parameter, value: first } = genesisParameter(profile, id);
    const value = changed[id] ?? readParameter(view, parameter);
    return `  ${id}: "${formatHuman(value ?? first, parameter.unit)}"${value === undefined ? " # not in the snapshot: as it was first deployed" : ""}`;
  });
}

function nobody(): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_NOBODY",
    exit: Exit.refused,
    message: "Nobody in the snapshot has any tokens that could be given again",
    next: "lpctl snapshot show FOLDER says what it has",
  });
}

function unknownStake(account: Address): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_STAKE_UNKNOWN",
    exit: Exit.refused,
    message: `What ${account} has earned in the snapshot cannot be worked out`,
    why: "its claim would revert in the protocol, too",
    next: "Exclude the account in the fork file, with the reason",
    details: { account },
  });
}
