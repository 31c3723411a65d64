import { replaceFile } from "../../replace-file.ts";
import { canonicalJson } from "../../proposal/canonical.ts";
import type { Address } from "../../protocol/hex.ts";
import { readContractBlock } from "../../voting/contract-block.ts";
import { differs } from "../../voting/tally/file/compare-inputs.ts";
import { parseFile, readText } from "../../voting/tally/file/load-tally-file.ts";
import { checkReceipt, makeReceipt, receiptFalse, receiptSchema, type Receipt } from "../../voting/tally/file/receipt.ts";
import { domainOf, type TallyFile } from "../../voting/tally/file/tally-file.ts";
import type { Project } from "../project.ts";
import { checkStakeProof, readStakeProof, type ProvenStake } from "./stake-proof.ts";

/**
 * Writes the receipt of one voter. With a project it also proves the stake, where the RPC gives proofs of that block.
 * @throws LPCTL_TALLY_NO_SUCH_VOTER, LPCTL_FILE_NOT_WRITTEN
 */
export async function writeReceipt(file: TallyFile, voter: Address, path: string, project: Project | undefined): Promise<Receipt> {
  const bare = await makeReceipt(file, voter);
  const bondingManager = file.contracts.find(({ role }) => role === "BondingManager")?.address;
  const stake = project === undefined || bondingManager === undefined ? undefined : await readStakeProof(project.rpc, bondingManager, bare.row, file.header);
  const receipt = stake === undefined ? bare : await makeReceipt(file, voter, stake);
  await replaceFile(path, `${JSON.stringify(JSON.parse(canonicalJson(receipt)), null, 2)}\n`);
  return receipt;
}

/** @returns undefined where the file is a tally, or anything but a receipt */
export async function loadReceipt(path: string): Promise<Receipt | undefined> {
  const text = await readText(path);
  return text.includes('"lpctl-vote-receipt"') ? parseFile(text, path, receiptSchema) : undefined;
}

/**
 * Checks a receipt by itself; with a project also that its block is in that chain, and with the tally, that it is of it.
 * @throws LPCTL_TALLY_RECEIPT_FALSE, LPCTL_TALLY_DIFFERS
 */
export async function verifyReceipt(receipt: Receipt, { project, tally }: { project?: Project | undefined; tally?: TallyFile | undefined }): Promise<{ stake: ProvenStake | undefined; blockKnown: boolean | undefined }> {
  await checkReceipt(receipt);
  const stake = checkStakeProof(receipt);
  const { domain } = receipt;
  if (tally !== undefined && (tally.root !== receipt.root || canonicalJson(domainOf(tally)) !== canonicalJson(domain))) {
    throw receiptFalse(`it is of a tally with the root ${receipt.root}, not of this one with ${tally.root}`, { receipt: receipt.root, tally: tally.root });
  }
  if (tally !== undefined && tally.id !== receipt.tally) throw receiptFalse(`it names the tally ${receipt.tally}, and this one is ${tally.id}`, { receipt: receipt.tally, tally: tally.id });
  if (project === undefined) return { stake, blockKnown: undefined };
  const number = receipt.header["number"];
  if (domain.chainId !== project.chainId) throw differs(project.rpc.origin, `the receipt is of chain ${domain.chainId}`, {});
  if (number === undefined) return { stake, blockKnown: undefined };
  const { hash } = await readContractBlock(project.rpc, BigInt(number));
  if (hash !== domain.blockHash) throw differs(project.rpc.origin, `its block ${BigInt(number)} has the hash ${hash}, not ${domain.blockHash}`, {});
  return { stake, blockKnown: true };
}
