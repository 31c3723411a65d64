import type { ForkBill } from "../fork/check-fork.ts";
import { countDeclared, firstDeclared } from "../fork/declared-words.ts";
import type { OpenedFork } from "../fork/open-fork.ts";
import type { MethodCost } from "../fork/method-costs.ts";
import type { PlannedClaims } from "../fork/loading/plan-claims.ts";
import type { PreparedFork } from "../fork/prepare-fork.ts";
import { methodCosts } from "../fork/method-costs.ts";
import { printable } from "../protocol/printable.ts";
import { formatHuman } from "../protocol/units.ts";
import { formatCount } from "../report/format-amount.ts";
import { formatFindings } from "./findings.ts";
import { styleFor } from "./style.ts";

type Shown = Pick<OpenedFork, "loaded" | "prepared" | "bill" | "findings"> & { done?: number };

/** How many declared words are shown of one contract. */
const WORDS_SHOWN = 6;

/** A fork for people: what it is made of, what it costs, what differs from the snapshot, and what was found. */
export function formatFork({ loaded, prepared, bill, findings, done = 0 }: Shown, stream: "stdout" | "stderr" = "stdout"): string {
  const style = styleFor(stream);
  const { plan, planHash, suite, terms, predicted, deployed, view } = prepared;
  const width = Math.max("transactions".length, ...predicted.map(({ name }) => name.length)) + 2;
  const line = (name: string, value: string): string => `  ${name.padEnd(width)}${value}`;
  const loads = plan.transactions.filter(({ load }) => load !== undefined);
  return [
    style.bold(`Fork ${printable(loaded.parsed.path)}: profile ${suite.profile}, of block ${formatCount(BigInt(view.state.block.number))} of chain ${view.state.chainId}`),
    line("snapshot", loaded.snapshot.id),
    line("deployer", `${plan.from}, from nonce ${plan.firstNonce} on`),
    line("owner", `${terms.owner ?? plan.from}  ${style.dim(terms.unpause ? "opened before it takes over" : "takes over a paused Controller")}`),
    line("clock", `block ${formatCount(terms.clock.forkBlock)} here is block ${formatCount(terms.clock.snapshotBlock)} of the snapshot`),
    line("Controller", deployed.controller),
    line("transactions", `${formatCount(plan.transactions.length)}${done === 0 ? "" : `, ${formatCount(done)} of them mined`}; ${formatCount(loads.length)} of them ${loads.length === 1 ? "loads" : "load"} words`),
    line("accounts", `${formatCount(prepared.draft.holders.length)} hold tokens, ${formatCount(view.state.preimages.addresses.length)} are known`),
    ...(rekeyedWords(prepared) === 0 ? [] : [line("other keys", `${counted(rekeyedWords(prepared), "word")} of accounts that have another address on the fork`)]),
    line("plan hash", planHash),
    ...prepared.code.map(({ contract, source, codeHash }) => line("other code", `${contract} runs ${printable(source)}, ${codeHash}`)),
    ...(prepared.plannedTail?.method === "claims" ? [line("claims", `${prepared.plannedTail.claims}, with the tree ${prepared.plannedTail.tree.root}`)] : []),
    ...formatBill(bill, line),
    "",
    style.bold(`What loading costs, by method for ${counted(prepared.tail.rows.length, "delegator")} of the long tail`),
    ...methodCosts(prepared).map((cost) => `  ${formatMethod(cost, bill)}`),
    "",
    style.bold("Words that differ from the snapshot, as declared"),
    ...predicted.flatMap((contract) => [
      line(contract.name, `${formatCount(countDeclared(contract))}; it has ${counted(contract.words.count, "word")} here`),
      ...firstDeclared(contract, WORDS_SHOWN).map(({ slot, name: word, why }) => style.dim(`    ${word ?? slot}: ${printable(why)}`)),
      ...(countDeclared(contract) > WORDS_SHOWN ? [style.dim(`    and ${formatCount(countDeclared(contract) - WORDS_SHOWN)} more`)] : []),
    ]),
    ...(findings.length === 0 ? [] : ["", formatFindings(findings, stream)]),
  ].join("\n");
}

function formatBill({ gas, baseFeeWei, gasWei, owedWei, totalWei }: ForkBill, line: (name: string, value: string) => string): string[] {
  return [line("gas", `${formatCount(gas)} at a base fee of ${formatCount(baseFeeWei)} wei: ${formatHuman(gasWei, "wei-eth")}`), line("owed ether", formatHuman(owedWei, "wei-eth")), line("in all", formatHuman(totalWei, "wei-eth"))];
}

function formatMethod({ method, gas, gasPerAccount, claimGas, isChosen }: MethodCost, { baseFeeWei }: ForkBill): string {
  const claim = claimGas === undefined ? "" : `, and ${formatCount(claimGas)} paid by ${method === "claims" ? "the account, which is bonded anew from the round after its claim on" : "whoever needs the account first"}`;
  return `${isChosen ? "*" : " "} ${method.padEnd(14)}${formatCount(gas)} gas (${formatHuman(gas * baseFeeWei, "wei-eth")}), ${formatCount(gasPerAccount)} for each account${claim}`;
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** The same as data. */
export function describeFork({ loaded, prepared, bill, findings }: Shown, network: string): Record<string, unknown> {
  const { plan, planHash, suite, terms, predicted, deployed, view, owedWei, draft, loader, tail, plannedTail } = prepared;
  return {
    file: loaded.parsed.path,
    fileHash: loaded.fileHash,
    network,
    profile: suite.profile,
    snapshot: { identity: loaded.snapshot.id, chainId: view.state.chainId, block: { number: BigInt(view.state.block.number), hash: view.state.block.hash } },
    clock: terms.clock,
    owner: terms.owner ?? plan.from,
    unpause: terms.unpause,
    code: prepared.code,
    plan: { hash: planHash, deployer: plan.from, firstNonce: plan.firstNonce, transactions: plan.transactions.length, controller: deployed.controller, contracts: deployed.contracts, targets: deployed.targets, loader },
    costs: { ...bill, owed: Object.fromEntries(owedWei), methods: methodCosts(prepared) },
    loading: { method: plannedTail?.method ?? "raw", belowWei: terms.loading?.belowWei ?? null, delegators: tail.rows.length, words: tail.words.count, ...describeTail(prepared) },
    accounts: { holders: draft.holders.length, allowancesLeft: draft.allowances, excluded: terms.excluded, moved: describeMoved(prepared), rekeyed: rekeyedWords(prepared) },
    contracts: predicted.map(describePredicted),
    left: suite.left,
    findings,
  };
}

/** What is made for the long tail. */
export function describeTail({ plannedTail }: PreparedFork): Record<string, unknown> {
  switch (plannedTail?.method) {
    case undefined:
      return {};
    case "typed":
      return { loader: plannedTail.loader };
    case "chunks":
      return { chunks: plannedTail.chunks, target: plannedTail.target, promisedHash: plannedTail.content.promisedHash };
    case "claims":
      return describeClaims(plannedTail);
  }
}

function describeClaims({ claims, tree, terms }: PlannedClaims): Record<string, unknown> {
  return { claims, root: tree.root, tokensWei: tree.tokensWei, feesWei: tree.feesWei, ...terms };
}

function describeMoved({ terms, draft }: PreparedFork): object[] {
  return (terms.moved ?? []).map((move) => ({ ...move, words: draft.rekeyed.byAccount.get(move.from) ?? 0 }));
}

/** Words that are kept under an address, which is another on the fork. */
export function rekeyedWords({ draft }: Pick<PreparedFork, "draft">): number {
  return [...draft.rekeyed.byAccount.values()].reduce((sum, words) => sum + words, 0);
}

function describePredicted(contract: PreparedFork["predicted"][number]): Record<string, unknown> {
  const { name, address, words, root } = contract;
  return { name, address, words: words.count, root, overridden: countDeclared(contract), overrides: firstDeclared(contract, 1_000).map(({ name: word, ...override }) => ({ ...override, ...(word === undefined ? {} : { name: word }) })) };
}
