import type { ProvenStake } from "../inspection/tally/stake-proof.ts";
import type { Verification } from "../inspection/tally/verify-tally.ts";
import { formatHuman } from "../protocol/units.ts";
import { printable } from "../protocol/printable.ts";
import type { Receipt } from "../voting/tally/file/receipt.ts";
import { voteReference } from "../voting/vote.ts";
import { plural } from "../protocol/plural.ts";

/** What was found to be true of a tally file. */
export function formatVerification({ file, vote, against, headerChecked, unproven }: Verification): string {
  const { result, entries, at } = file;
  return [
    `${voteReference(file.vote)} ${file.isFinal ? "as it ended" : "as it stood, which is not the result"}, under ${file.rules}: ${result.outcome === "invalid" ? "no quorum" : result.outcome}`,
    `  ${plural(entries.votes.length, "vote")} and the stake of ${plural(entries.accounts.length, "account")} give its ${plural(entries.rows.length, "row")}`,
    ...(vote.kind === "poll" && vote.foreign ? ["  a FOREIGN POLL: its creator is not the registered PollCreator"] : []),
    `  Merkle root ${file.root}`,
    `  block ${at.blockNumber}, ${at.blockHash}${headerChecked ? ", which is the hash of the header in the file" : ""}`,
    against === undefined ? "  The file was checked by itself. Whether its votes and stakes are those of the chain, only the chain knows: give a network." : unproven.length > 0 ? `  Every stake and the totals are what ${printable(against)} says` : `  Every vote, every stake, the totals and the code are what ${against} says`,
    ...(unproven.length === 0 ? [] : ["  It does not tell:", ...unproven.map((what) => `    ${printable(what)}`)]),
  ].join("\n");
}

export interface CheckedReceipt {
  receipt: Receipt;
  stake: ProvenStake | undefined;
  /** The chain has that block; undefined where no chain was asked. */
  blockKnown: boolean | undefined;
}

export function formatReceipt({ receipt, stake, blockKnown }: CheckedReceipt): string {
  const { row, root, domain, index, tally } = receipt;
  return [
    `The vote of ${row.voter} (${row.choice}, ${lpt(row.effectiveWei)}) is row ${index} of the tally ${tally}`,
    `  ${printable(domain.vote)} under ${domain.rules}, in ${row.transaction}`,
    `  weight ${lpt(row.weightWei)}, of which its delegators took ${lpt(row.deductionWei)} by voting themselves`,
    `  Merkle root ${root}: compare it with the one that was published`,
    stake === undefined
      ? "  Its stake is not proven by this receipt: the RPC that it was made with gave no storage proof"
      : `  The state of block ${domain.blockHash} proves: bonded ${lpt(stake.bondedWei)}, delegated to ${stake.delegate}, ${lpt(stake.delegatedWei)} delegated to it`,
    blockKnown === undefined ? "  Whether that block is in the chain was not asked" : "  That block is in the chain",
  ].join("\n");
}

function lpt(wei: bigint): string {
  return formatHuman(wei, "wei-lpt");
}
