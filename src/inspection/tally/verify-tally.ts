import { LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";
import { blockFieldsSchema, hashHeader } from "../../snapshot/trie/block-header.ts";
import { readContractBlock } from "../../voting/contract-block.ts";
import { checkTallyFile } from "../../voting/tally/file/check-tally-file.ts";
import { compareInputs, differs } from "../../voting/tally/file/compare-inputs.ts";
import { edited, loadTallyFile } from "../../voting/tally/file/load-tally-file.ts";
import type { TallyFile } from "../../voting/tally/file/tally-file.ts";
import type { TallyInput } from "../../voting/tally/tally-input.ts";
import type { VoteFacts } from "../../voting/vote.ts";
import type { Project } from "../project.ts";
import { readSurroundings } from "./read-surroundings.ts";

/** Where the same inputs are read again. A chain is one; a complete state of the protocol at the block is another. */
export interface TallySource {
  /** For messages: "the RPC at …". */
  name: string;
  chainId: () => Promise<bigint>;
  /** The vote of the file, as the source knows it. */
  vote: (file: TallyFile) => Promise<VoteFacts>;
  /** What the tally depends on, at the file's block. */
  read: (file: TallyFile, vote: VoteFacts) => Promise<TallyInput>;
  /** Whether the file's block is where the vote is decided. @throws LPCTL_TALLY_DIFFERS */
  requireDecided: (file: TallyFile, input: TallyInput) => Promise<void>;
  /** The rest of what the file is bound to. */
  surroundings: (file: TallyFile, input: TallyInput) => Promise<Pick<TallyFile, "chainId" | "genesisHash" | "contracts">>;
  /** What the source cannot tell and was taken from the file, one phrase each. A chain tells everything. */
  unproven?: (file: TallyFile) => string[];
}

export interface Verification {
  file: TallyFile;
  /** As the source knows it, else as the file has it. */
  vote: VoteFacts;
  /** Undefined where the file was checked by itself alone. */
  against: string | undefined;
  /** The header in the file hashes to its block. */
  headerChecked: boolean;
  /** What was taken from the file although there was a source. */
  unproven: readonly string[];
}

/**
 * Checks a tally: that it is as it was written, that its rows and result follow from what it was made from, and, with a
 * source, that what it was made from is what the source says.
 * @throws LPCTL_TALLY_FILE_*, LPCTL_TALLY_DIFFERS, LPCTL_TALLY_REORG, and what the source throws
 */
export async function verifyTally(path: string, source?: TallySource): Promise<Verification> {
  const file = await loadTallyFile(path);
  await checkTallyFile(path, file);
  const headerChecked = checkHeader(path, file);
  if (source === undefined) return { file, vote: file.vote, against: undefined, headerChecked, unproven: [] };
  if ((await source.chainId()) !== file.chainId) throw differs(source.name, `it is of chain ${file.chainId}, and this is another`, { file: file.chainId });
  const vote = await source.vote(file);
  const input = await source.read(file, vote);
  compareInputs(file, input, source.name);
  // A tally of an earlier block may be true of that block, and is not the result.
  if (file.isFinal) await source.requireDecided(file, input);
  const { genesisHash, contracts } = await source.surroundings(file, input);
  if (genesisHash !== file.genesisHash) throw differs(source.name, "its chain began with another block", { file: file.genesisHash, found: genesisHash });
  const other = file.contracts.find(({ role, codeHash, address }) => !contracts.some((one) => one.role === role && one.address === address && one.codeHash === codeHash));
  if (other !== undefined) throw differs(source.name, `the code of ${printable(other.role)} at ${other.address} is another`, { contract: other });
  const left = contracts.find(({ role, address }) => !file.contracts.some((one) => one.role === role && one.address === address));
  if (left !== undefined) throw differs(source.name, `the code of ${printable(left.role)} at ${left.address} is missing in the file`, { contract: left });
  return { file, vote, against: source.name, headerChecked, unproven: source.unproven?.(file) ?? [] };
}

function checkHeader(path: string, { header, at }: TallyFile): boolean {
  if (Object.keys(header).length === 0) return false;
  const block = blockFieldsSchema.safeParse(header);
  if (block.success && hashHeader(block.data) === at.blockHash && BigInt(block.data.number) === at.blockNumber) return true;
  throw edited(path, `its header is not that of block ${at.blockNumber} with the hash ${at.blockHash}`, {});
}

/** The chain of a project as a source. A governor's snapshot does not change, so it may be read where the node still has state. */
export function chainSource(project: Project, openVote: (file: TallyFile) => Promise<VoteFacts>): TallySource {
  const { rpc, controller, progress } = project;
  return {
    name: `the chain behind ${rpc.origin}`,
    chainId: () => rpc.chainId(),
    vote: openVote,
    read: async ({ at, isFinal }, vote) => {
      const { readTallyInput } = await import("../../voting/tally/read-tally-input.ts");
      const { hash } = await readContractBlock(rpc, at.blockNumber).catch((error: unknown) => {
        if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_NO_BLOCK") throw differs(rpc.origin, `it has no block ${at.blockNumber}`, {});
        throw error;
      });
      if (hash !== at.blockHash) throw differs(rpc.origin, `its block ${at.blockNumber} has the hash ${hash}, not ${at.blockHash}`, { file: at.blockHash, found: hash });
      return readTallyInput(rpc, vote, { controller, at, progress }).catch((error: unknown) => {
        if (vote.kind !== "governor" || !isFinal || !(error instanceof LpctlError) || error.code !== "LPCTL_ANVIL_STATE_GONE") throw error;
        return readTallyInput(rpc, vote, { controller, progress });
      });
    },
    requireDecided: async ({ at }, { vote, at: found }) => {
      const { readDecidingBlock } = await import("../../voting/tally/read-tally-input.ts");
      const { block, isFinal } = await readDecidingBlock(rpc, vote);
      if (!isFinal) throw differs(rpc.origin, "it says that the vote is over, and the vote is still open", { block: at.blockNumber });
      if (vote.kind === "poll" && block.hash !== at.blockHash) throw differs(rpc.origin, `it was counted at block ${at.blockNumber}, and the poll is decided by block ${block.number}`, { file: at.blockNumber, found: block.number });
      if (vote.kind === "governor" && found.round <= vote.deadline && vote.state !== "canceled") throw differs(rpc.origin, `it was counted when the clock stood at ${found.round}, and votes were taken through ${vote.deadline}`, { file: found.round, found: vote.deadline });
    },
    surroundings: (_, input) => readSurroundings(rpc, input, controller),
  };
}
