import { formatUnits } from "ethers/utils";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import { plural } from "../protocol/plural.ts";
import { printable } from "../protocol/printable.ts";
import type { Address } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { findContractAccounts } from "./contract-accounts.ts";
import type { LeftStake } from "./leave-stake.ts";
import type { LoadedFork } from "./load-fork-file.ts";
import { TOUCH_GAS } from "./loading/loading-gas.ts";
import type { PlannedClaims } from "./loading/plan-claims.ts";
import type { PreparedFork } from "./prepare-fork.ts";
import { continueRound } from "./shift-blocks.ts";

/** An EOA that runs code (EIP-7702). */
const DELEGATED = "0xef0100";

/** What a fork costs its deployer. */
export interface ForkBill {
  gas: bigint;
  baseFeeWei: bigint;
  gasWei: bigint;
  /** Ether that the new contracts must hold from the beginning. */
  owedWei: bigint;
  totalWei: bigint;
  balanceWei: bigint;
}

export async function readForkBill(rpc: Rpc, { plan, gas, owedWei }: PreparedFork): Promise<ForkBill> {
  const [{ baseFeePerGas: baseFeeWei = 0n }, balanceWei] = await Promise.all([rpc.block("latest"), rpc.balanceWei(plan.from)]);
  const owed = [...owedWei.values()].reduce((sum, wei) => sum + wei, 0n);
  const gasWei = gas * baseFeeWei;
  return { gas, baseFeeWei, gasWei, owedWei: owed, totalWei: gasWei + owed, balanceWei };
}

/** Everything that is to be known about a fork before there is a transaction of it; refusals stop it. */
export async function checkFork(rpc: Rpc, loaded: LoadedFork, prepared: PreparedFork, bill: ForkBill): Promise<Finding[]> {
  return [
    ...(await findOccupied(rpc, prepared)),
    ...(await findDeployer(rpc, prepared, bill)),
    ...(await findOwner(rpc, prepared)),
    ...(await findStranded(rpc, prepared)),
    ...(await findContractAccounts(rpc, prepared, loaded.parsed.file.confirmed)),
    ...findRounds(prepared),
    ...findOpenClock(loaded, prepared),
    ...loaded.parameters.findings,
    ...findExcluded(prepared),
    ...findTail(prepared),
    ...findMoved(prepared),
    ...findLeft(loaded, prepared),
  ];
}

/** @throws LPCTL_FORK_REFUSED */
export function requireForkAccepted(path: string, findings: readonly Finding[]): void {
  const refusals = findings.filter(({ severity }) => severity === "refuse");
  const [first] = refusals;
  if (first === undefined) return;
  throw new LpctlError({
    code: "LPCTL_FORK_REFUSED",
    exit: Exit.refused,
    message: `The fork is refused: ${first.title}`,
    why: [first.detail, ...(refusals.length > 1 ? [`and ${plural(refusals.length - 1, "more refusal")}`] : [])].filter((part) => part !== undefined).join("\n"),
    next: `lpctl fork plan ${path} shows everything that was found`,
    details: { findings: refusals.map(({ code }) => code) },
  });
}

/** Addresses follow from the deployer's nonce; what has code there already would make a deployment fail, or be taken for ours. */
async function findOccupied(rpc: Rpc, { plan }: PreparedFork): Promise<Finding[]> {
  const deployed = plan.transactions.flatMap(({ effect, title }) => (effect.kind === "deployed" ? [{ address: effect.address, title }] : []));
  const codes = await Promise.all(deployed.map(({ address }) => rpc.code(address)));
  const occupied = deployed.filter((_, index) => codes[index] !== "0x");
  return occupied.slice(0, 3).map(({ address, title }) => ({
    severity: "refuse",
    code: "fork-address-taken",
    title: `At ${address} there is code already, where this fork would ${title}.`,
    detail: "Use a deployer that has sent nothing on this chain, or another nonce.",
  }));
}

async function findDeployer(rpc: Rpc, { plan }: PreparedFork, bill: ForkBill): Promise<Finding[]> {
  const [code, latest, pending] = await Promise.all([rpc.code(plan.from), rpc.nonce(plan.from, "latest"), rpc.nonce(plan.from, "pending")]);
  const findings: Finding[] = [];
  if (pending !== latest) findings.push({ severity: "refuse", code: "fork-deployer-busy", title: `${pending - latest} transactions of the deployer ${plan.from} are waiting to be mined.`, detail: "The addresses of the new contracts follow from its nonce: wait until they are mined." });
  if (code !== "0x" && !code.startsWith(DELEGATED)) findings.push({ severity: "refuse", code: "fork-deployer-contract", title: `The deployer ${plan.from} is a contract.`, detail: "Every transaction is signed with the deployer's key, and a contract has none. A multisig takes over in the end: that is governance.owner in the file." });
  const { gas, baseFeeWei, gasWei, owedWei, totalWei, balanceWei } = bill;
  const owns = `The deployer ${plan.from} owns ${formatHuman(balanceWei, "wei-eth")}`;
  const detail = `${gas} gas at ${formatUnits(baseFeeWei, "gwei")} gwei cost ${formatHuman(gasWei, "wei-eth")}, and ${formatHuman(owedWei, "wei-eth")} are owed to accounts by the new contracts: ${formatHuman(totalWei, "wei-eth")} in all`;
  if (balanceWei < totalWei || balanceWei === 0n) findings.push({ severity: "refuse", code: "fork-deployer-funds", title: `${owns}, and the fork costs more.`, detail });
  // What is signed allows twice the base fee.
  else if (balanceWei < totalWei + gasWei) findings.push({ severity: "warning", code: "fork-deployer-funds", title: `${owns}: enough only while fees stay as they are.`, detail });
  else findings.push({ severity: "info", code: "fork-deployer-funds", title: `${owns}, enough for the fork.`, detail });
  return findings;
}

async function findOwner(rpc: Rpc, { terms, plan, view }: PreparedFork): Promise<Finding[]> {
  if (terms.owner === undefined || terms.owner === plan.from) return [];
  const findings: Finding[] = [];
  if ((await rpc.code(terms.owner)) === "0x") findings.push({ severity: "warning", code: "fork-owner-account", title: `The owner of the fork, ${terms.owner}, is no contract on this chain.`, detail: "A single key would govern the fork; a multisig of another chain is not here." });
  if (view.state.contracts.some(({ address }) => address === terms.owner)) findings.push({ severity: "warning", code: "fork-owner-shared", title: `The owner of the fork, ${terms.owner}, also belongs to the protocol of the snapshot.`, detail: "One decision would then govern both." });
  return findings;
}

/** Contracts of the snapshot that hold tokens or stake, and are not on this chain: nobody could move what they have. */
async function findStranded(rpc: Rpc, { view, suite, draft }: PreparedFork): Promise<Finding[]> {
  const balances = new Map(draft.holders.map(({ account, amountWei }) => [account, amountWei]));
  const bonding = view.contract("BondingManager");
  const findings: Finding[] = [];
  for (const { name, address } of suite.left as readonly { name: string; address: Address }[]) {
    const [tokens, stake] = [balances.get(address) ?? 0n, bonding.cell("delegators", address, "bondedAmount").number()];
    if (tokens === 0n && stake === 0n) continue;
    if ((await rpc.code(address)) !== "0x") continue;
    findings.push({
      severity: "warning",
      code: "fork-holder-contract",
      title: `${name}, ${address}, is a contract of the snapshot that is not on this chain, and has ${formatHuman(tokens, "wei-lpt")} and a stake of ${formatHuman(stake, "wei-lpt")}.`,
      detail: "Nobody can move that on the fork before the same contract is deployed at the same address. Exclude it, with the reason, where that cannot be.",
    });
  }
  return findings;
}

function findRounds({ view, terms, suite }: PreparedFork): Finding[] {
  const { clock } = terms;
  const { round, startBlock, isClamped } = continueRound(view, terms);
  const findings: Finding[] = [{ severity: "info", code: "fork-rounds", title: `Round ${round} goes on: it began in block ${startBlock} as the fork counts, and block ${clock.forkBlock} is what block ${clock.snapshotBlock} was.` }];
  if (isClamped) findings.push({ severity: "warning", code: "fork-rounds-young-chain", title: `This chain is younger than round ${round}: the round begins anew with block 0.`, detail: "It lasts longer than it would have." });
  if (suite.profile === "launch" && clock.forkBlock !== clock.snapshotBlock) findings.push({ severity: "warning", code: "fork-block-hashes", title: "Claims that are being verified were drawn by hashes of blocks that this chain does not have.", detail: "Which of their segments are verified comes out otherwise here. Fork while no claim is open where that matters." });
  if (suite.profile === "current") findings.push({ severity: "info", code: "fork-tickets", title: "Tickets that are not redeemed yet are good in both protocols: what a sender signed names neither chain nor contract.", detail: "Their senders' deposits and reserves are on the fork, too." });
  return findings;
}

/** Whoever works the plan out a block later, or signs it on another machine, has another one. */
function findOpenClock({ parsed }: LoadedFork, { terms: { clock } }: PreparedFork): Finding[] {
  const { file, path, placeOf } = parsed;
  if (file.clock.forkBlock !== undefined || clock.forkBlock === clock.snapshotBlock) return [];
  const { line } = placeOf(["clock"]);
  return [
    {
      severity: "warning",
      code: "fork-clock-open",
      title: `The hash of this plan is good for block ${clock.forkBlock} only: ${printable(path)} does not say in which block the snapshot goes on, so that it is the newest one, and each block gives another plan.`,
      detail: `Where several people are to agree on one plan, write into ${printable(path)}${file.clock.snapshotBlock === undefined ? "" : `, line ${line}`}: ${clockLine(file.clock.snapshotBlock, clock.forkBlock)}`,
    },
  ];
}

/** As it stands in a fork file. */
function clockLine(snapshotBlock: bigint | undefined, forkBlock: bigint): string {
  return `clock: { ${snapshotBlock === undefined ? "" : `snapshotBlock: ${snapshotBlock}, `}forkBlock: ${forkBlock} }`;
}

function findExcluded({ terms, leftStake }: PreparedFork): Finding[] {
  const left = new Map(leftStake.map((each) => [each.account, each]));
  return terms.excluded.map(({ account, reason }) => ({ severity: "info", code: "fork-excluded", title: `${account} is left out: ${reason}.`, detail: describeLeft(left.get(account)) }));
}

/** What it does not bring along. */
function describeLeft(left: LeftStake | undefined): string {
  if (left === undefined) return "It has nothing in the snapshot.";
  const { delegate, stakeWei, feesWei, lockedWei, tokensWei, fundsWei } = left;
  const tokens = `It has ${formatHuman(tokensWei, "wei-lpt")} in the snapshot${fundsWei === 0n ? "" : `, and deposits and reserves of ${formatHuman(fundsWei, "wei-eth")}`}.`;
  if (stakeWei + feesWei + lockedWei === 0n) return tokens;
  const bonded = stakeWei === 0n ? "" : `a stake of ${formatHuman(stakeWei, "wei-lpt")} with ${delegate}, `;
  return `${tokens} It leaves as if it had unbonded and withdrawn everything in the snapshot's round: ${bonded}${formatHuman(lockedWei, "wei-lpt")} under locks and ${formatHuman(feesWei, "wei-eth")} of fees are not on the fork.`;
}

function findMoved({ terms, draft, suite }: PreparedFork): Finding[] {
  const moved = (terms.moved ?? []).map(({ from, to, reason }): Finding => ({
    severity: "info",
    code: "fork-moved",
    title: `What ${from} has goes to ${to}: ${reason}.`,
    detail: `${plural(draft.rekeyed.byAccount.get(from) ?? 0, "word")} of it, and every word that names it.${suite.profile === "current" ? " Tickets that name it are lost: their hash cannot be changed." : ""}`,
  }));
  const { unexplained } = draft.rekeyed;
  if (unexplained.length === 0) return moved;
  const detail = `${unexplained.map(({ contract, words }) => `${contract}: ${words}`).join(", ")}. If one is of an account whose address changes, it stays where it was.`;
  return [...moved, { severity: "warning", code: "fork-words-unexplained", title: "It is not known whose some of the words are.", detail }];
}

function findTail({ terms, tail, plannedTail }: PreparedFork): Finding[] {
  if (terms.loading === undefined || terms.loading.method === "raw") return [];
  const delegators = plural(tail.rows.length, "delegator");
  switch (plannedTail?.method) {
    case undefined:
      return [{ severity: "warning", code: "fork-tail-empty", title: "Nobody is loaded otherwise than word by word.", detail: "Whoever is a delegate, ever was a transcoder, or has words that are declared otherwise is always loaded raw; so is who has as much stake as loading.below." }];
    case "typed":
      return [{ severity: "info", code: "fork-tail", title: `${delegators} are loaded from packed records.` }];
    case "claims":
      return findClaims(plannedTail);
    case "chunks":
      return [
        {
          severity: "warning",
          code: "fork-tail",
          title: `${delegators} wait in chunks: the first call about one of them brings it in, and pays about ${TOUCH_GAS} gas for that.`,
          detail: "A contract that asks about one of them in a call that may not write is refused until it was touched, which anyone may do. Put no other BondingManager under the proxy while somebody waits: it would not find them.",
        },
      ];
  }
}

function findClaims({ tail, tree, terms }: PlannedClaims): Finding[] {
  return [
    {
      severity: "warning",
      code: "fork-tail",
      title: `${plural(tail.rows.length, "delegator")} can claim ${formatHuman(tree.tokensWei, "wei-lpt")} and ${formatHuman(tree.feesWei, "wei-eth")} for ${formatHuman(terms.openSeconds, "seconds")}, and have no stake before that.`,
      detail: `What is staged is reviewed for ${formatHuman(terms.reviewSeconds, "seconds")}; anybody can open it then. Until it claims an account neither votes nor earns, and what nobody claims goes to ${terms.remainderTo}.`,
    },
  ];
}

function findLeft({ snapshot }: LoadedFork, { draft, suite }: PreparedFork): Finding[] {
  const findings: Finding[] = [];
  if (draft.allowances > 0) findings.push({ severity: "info", code: "fork-allowances", title: `${plural(draft.allowances, "allowance")} of the token are not carried over.`, detail: "Most are for contracts of the old protocol; whoever wants one gives it anew." });
  if (suite.left.length > 0) findings.push({ severity: "info", code: "fork-left", title: `${plural(suite.left.length, "contract")} of the snapshot are not made anew.`, detail: suite.left.slice(0, 10).map(({ name }) => name).join(", ") });
  if (snapshot.attestations.length === 0) findings.push({ severity: "warning", code: "fork-not-attested", title: "Nobody has vouched for this snapshot.", detail: "Verify it against the hash of its block: lpctl snapshot verify FOLDER --block-hash HASH" });
  return findings;
}
