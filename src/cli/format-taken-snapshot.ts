import { plural } from "../protocol/plural.ts";
import { formatCount, formatTokens } from "../report/format-amount.ts";
import type { Finality } from "../snapshot/take/pin-block.ts";
import type { TakenSnapshot } from "../snapshot/take/snapshot-take.ts";
import { styleFor, symbols } from "./style.ts";
import { formatTable } from "./table.ts";

/** A snapshot that was taken, for people: what it is of, what is in it, and how anybody can check it. */
export function formatTakenSnapshot({ id, folder, block, state, contracts, slotsRead }: TakenSnapshot, network: string): string {
  const style = styleFor("stdout");
  const words = contracts.reduce((sum, each) => sum + each.words.count, 0);
  const found = contracts.filter((each) => each.found.length > 0);
  return [
    `Snapshot of ${network} (chain ${state.chainId}) at block ${formatCount(block.number)}, ${formatTime(block.header.timestamp)}`,
    `${style.green(`${symbols.done} complete`)}: the storage roots of all ${plural(contracts.length, "contract")} are made of these words and no others`,
    "",
    formatTable(contracts.filter(holds).toSorted((left, right) => right.words.count - left.words.count || left.contract.name.localeCompare(right.contract.name, "en")), [
      { header: "CONTRACT", value: ({ contract }) => contract.name },
      { header: "WORDS", value: (each) => formatCount(each.words.count), align: "right" },
      { header: "ETHER", value: ({ proven }) => (proven.account.balanceWei === 0n ? "-" : formatTokens(proven.account.balanceWei, "ETH")), align: "right" },
    ]),
    ...others(contracts.filter((each) => !holds(each)).length),
    "",
    ...found.map(({ contract: { name }, found: slots }) => `${style.yellow(symbols.warning)} ${name}: no layout and no event leads to ${plural(slots.length, "slot")}; the node itself listed ${slots.length === 1 ? "it" : "them"}`),
    `${formatCount(words)} words, in ${formatCount(slotsRead)} slots that were read`,
    ...contractAccounts(state.preimages.contracts?.length ?? 0),
    `Block     ${block.hash}`,
    `Identity  ${style.bold(id)}`,
    `Written to ${folder}`,
  ].join("\n");
}

function holds({ words, proven }: TakenSnapshot["contracts"][number]): boolean {
  return words.count > 0 || proven.account.balanceWei > 0n;
}

function contractAccounts(count: number): string[] {
  return count === 0 ? [] : [`${plural(count, "account")} with anything ${count === 1 ? "is a contract" : "are contracts"} beside the protocol's`];
}

function others(count: number): string[] {
  return count === 0 ? [] : [`and ${plural(count, "contract")} that ${count === 1 ? "has" : "have"} code only`];
}

/** `2026-11-23 12:43:28 UTC`. @param timestamp seconds, as the header has them */
function formatTime(timestamp: string): string {
  return `${new Date(Number(BigInt(timestamp)) * 1_000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The same for `--json`. */
export function takenSnapshotResult({ id, folder, block, resumed, state, contracts, slotsRead }: TakenSnapshot, network: string): object {
  return {
    id,
    folder,
    network,
    chainId: state.chainId,
    block: { number: block.number, hash: block.hash, timestampSeconds: BigInt(block.header.timestamp), stateRoot: block.header.stateRoot, final: finalityResult(block.finality) },
    controller: state.controller,
    contracts: contracts.map(({ contract, proven, words, writtenZeros, found, slotsRead: read }) => ({
      name: contract.name,
      address: contract.address,
      layoutOf: contract.layoutOf ?? null,
      storageHash: proven.account.storageHash,
      codeHash: proven.account.codeHash,
      balanceWei: proven.account.balanceWei,
      words: words.count,
      slotsRead: read,
      writtenZeros: writtenZeros.length,
      found: found.map(({ slot, word }) => ({ slot, word })),
    })),
    words: contracts.reduce((sum, each) => sum + each.words.count, 0),
    slotsRead,
    preimages: {
      addresses: state.preimages.addresses.length,
      words: state.preimages.words.length,
      together: state.preimages.together?.length ?? 0,
      contracts: state.preimages.contracts?.length ?? 0,
    },
    resumed,
  };
}

function finalityResult(finality: Finality): object {
  return finality.by === "confirmations" ? { by: finality.by, confirmations: finality.confirmations } : { by: finality.by };
}
