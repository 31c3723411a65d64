import { printable } from "../protocol/printable.ts";
import { plural } from "../protocol/plural.ts";
import { formatHuman } from "../protocol/units.ts";
import { utcTime } from "../report/utc-time.ts";
import type { ContractDifference, StateDifference, VariableChange } from "../snapshot/diff/compare-states.ts";
import type { ProtocolState } from "../snapshot/state.ts";
import { fold } from "./fold.ts";
import { styleFor } from "./style.ts";

/** A state as it is called in the result. */
export interface ComparedState {
  /** A folder, or the network. */
  name: string;
  state: ProtocolState;
}

const INDENT = 4;

/** What differs, by contract and then by account. @param most lines of changes for each contract; undefined for all */
export function formatSnapshotDiff(before: ComparedState, after: ComparedState, { contracts, same, isSameProtocol }: StateDifference, most: number | undefined): string {
  const style = styleFor("stdout");
  const head = [`${line(before)}\n${line(after)}`, ...(isSameProtocol ? [] : ["  of two protocols: contracts are compared by name, and what only says where they are is no difference"])].join("\n");
  if (contracts.length === 0) return `${head}\n\n${plural(same, "contract")}, the same in every word`;
  const blocks = contracts.map((contract) => [style.bold(`${printable(contract.name)}  ${contract.after ?? contract.before ?? ""}`), ...contractLines(contract, most)].join("\n"));
  return [head, ...blocks, same === 0 ? "" : `The other ${plural(same, "contract")}: the same in every word`].filter((part) => part !== "").join("\n\n");
}

/** The same for `--json`. */
export function snapshotDiffResult(before: ComparedState, after: ComparedState, { contracts, same, isSameProtocol }: StateDifference, isLive: boolean): unknown {
  return {
    before: stateResult(before),
    after: { ...stateResult(after), isLive },
    isSameProtocol,
    equal: contracts.length === 0,
    same,
    contracts: contracts.map((contract) => ({
      name: contract.name,
      before: contract.before ?? null,
      after: contract.after ?? null,
      balanceWei: contract.balanceWei ?? null,
      codeHash: contract.codeHash ?? null,
      counterparts: contract.counterparts,
      changes: contract.changes.map((change) => ({
        slot: change.slot,
        path: change.path ?? null,
        type: change.type ?? null,
        account: change.account ?? null,
        unit: change.unit ?? null,
        before: change.before,
        after: change.after,
        beforeHuman: change.beforeHuman ?? null,
        afterHuman: change.afterHuman ?? null,
        difference: change.difference ?? null,
      })),
    })),
  };
}

function stateResult({ name, state }: ComparedState): { name: string; chainId: bigint; controller: string; block: { number: bigint; hash: string; timestampSeconds: bigint } } {
  const { chainId, controller, block } = state;
  return { name, chainId, controller, block: { number: BigInt(block.number), hash: block.hash, timestampSeconds: BigInt(block.timestamp) } };
}

function line({ name, state: { chainId, block } }: ComparedState): string {
  return `${printable(name)}: chain ${chainId}, block ${BigInt(block.number)}, ${utcTime(BigInt(block.timestamp))}`;
}

function contractLines({ before, after, balanceWei, codeHash, changes, counterparts }: ContractDifference, most: number | undefined): string[] {
  const isMoved = before !== undefined && after !== undefined && before !== after;
  const lines = [
    ...(before === undefined ? ["only in the second"] : after === undefined ? ["only in the first"] : []),
    ...(isMoved ? [`before at ${before}`] : []),
    ...(codeHash === undefined ? [] : [`other code: ${codeHash.before} before, ${codeHash.after} after`]),
    ...(balanceWei === undefined ? [] : [`ether: ${formatHuman(balanceWei.before, "wei-eth")} → ${formatHuman(balanceWei.after, "wei-eth")}`]),
    ...(counterparts === 0 ? [] : [`${plural(counterparts, "word")} that differ only in where contracts are`]),
  ].map((text) => indented(text, INDENT));
  const shown = most === undefined ? changes : changes.slice(0, most);
  const groups = new Map<string | undefined, VariableChange[]>();
  for (const change of shown) groups.set(change.account, [...(groups.get(change.account) ?? []), change]);
  for (const [account, own] of groups) {
    if (account !== undefined) lines.push(indented(account, INDENT));
    for (const change of own) lines.push(indented(changeText(change), account === undefined ? INDENT : INDENT + 2));
  }
  if (shown.length < changes.length) lines.push(indented(`and ${changes.length - shown.length} more: --all, or --json`, INDENT));
  return lines;
}

function changeText({ path, slot, before, after, beforeHuman, afterHuman, difference }: VariableChange): string {
  return `${path === undefined ? `slot ${slot}` : printable(path)}: ${printable(beforeHuman ?? before)} → ${printable(afterHuman ?? after)}${difference === undefined ? "" : ` (${difference})`}`;
}

function indented(text: string, columns: number): string {
  return `${" ".repeat(columns)}${fold(text, columns + 2)}`;
}
