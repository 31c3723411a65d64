import type { Hex } from "../protocol/hex.ts";
import type { ContractView, StateView } from "../snapshot/view/state-view.ts";
import { wordOf, type ContractDraft } from "./contract-draft.ts";
import type { ForkTerms } from "./fork-terms.ts";

/** Where a round stands when the fork goes on with it. */
export interface RoundsOnFork {
  round: bigint;
  /** What `lastRoundLengthUpdateStartBlock` becomes: where this round begins on the fork's chain. */
  startBlock: bigint;
  length: bigint;
  /** True where the chain is younger than the round: the round begins anew with its block 0. */
  isClamped: boolean;
}

/**
 * The same round, as far into it as it was: in `forkBlock` the fork has what the snapshot had in `snapshotBlock`. A round of
 * another length is as far as before in proportion.
 */
export function continueRound(view: StateView, { clock, parameters }: Pick<ForkTerms, "clock" | "parameters">): RoundsOnFork {
  const value = (label: string): bigint => view.value("RoundsManager", label);
  const [before, updated, start] = [value("roundLength"), value("lastRoundLengthUpdateRound"), value("lastRoundLengthUpdateStartBlock")];
  const length = parameters["RoundsManager.roundLength"] ?? before;
  const passed = before === 0n || clock.snapshotBlock < start ? 0n : clock.snapshotBlock - start;
  const round = before === 0n ? updated : updated + passed / before;
  const into = before === 0n ? 0n : ((passed % before) * length) / before;
  const isClamped = clock.forkBlock < into;
  return { round, startBlock: isClamped ? 0n : clock.forkBlock - into, length, isClamped };
}

/** Blocks are counted as the other chain counts them: rounds, jobs, claims and withdrawals go on where they were. */
export function shiftBlocks(view: StateView, draftOf: (name: string) => ContractDraft | undefined, terms: ForkTerms): void {
  const { clock, parameters } = terms;
  const rounds = draftOf("RoundsManager");
  const isShifted = clock.forkBlock !== clock.snapshotBlock;
  if (rounds !== undefined && (isShifted || parameters["RoundsManager.roundLength"] !== undefined)) {
    const contract = view.contract("RoundsManager");
    const { round, startBlock } = continueRound(view, terms);
    const why = `round ${round} goes on in block ${clock.forkBlock} where it was in block ${clock.snapshotBlock} of the snapshot`;
    rounds.set(contract.cell("lastRoundLengthUpdateRound").slot, wordOf(round), "lastRoundLengthUpdateRound", why);
    rounds.set(contract.cell("lastRoundLengthUpdateStartBlock").slot, wordOf(startBlock), "lastRoundLengthUpdateStartBlock", why);
  }
  const jobs = draftOf("JobsManager");
  const contract = view.find("JobsManager");
  if (isShifted && jobs !== undefined && contract !== undefined && contract.has("jobs")) shiftJobs(contract, jobs, clock.forkBlock - clock.snapshotBlock, view);
}

const JOB_BLOCKS = ["creationBlock", "endBlock"];
const CLAIM_BLOCKS = ["claimBlock", "endVerificationBlock", "endVerificationSlashingBlock"];

function shiftJobs(contract: ContractView, draft: ContractDraft, by: bigint, view: StateView): void {
  const shift = (slot: Hex, value: bigint, name: string): void => {
    // Zero means that there is none.
    if (value === 0n) return;
    const shifted = value + by;
    draft.set(slot, wordOf(shifted < 1n ? 1n : shifted), name, `blocks are counted ${by < 0n ? `${-by} lower` : `${by} higher`} on the fork's chain`);
  };
  const count = contract.number("numJobs");
  for (let id = 0n; id < count; id++) {
    const job = contract.cell("jobs", id);
    for (const label of JOB_BLOCKS) shift(job.member(label).slot, job.member(label).number(), `jobs[${id}].${label}`);
    const claims = job.member("claims");
    for (let claimId = 0n; claimId < claims.length; claimId++) {
      const claim = claims.at(claimId);
      for (const label of CLAIM_BLOCKS) shift(claim.member(label).slot, claim.member(label).number(), `jobs[${id}].claims[${claimId}].${label}`);
    }
  }
  for (const account of view.state.preimages.addresses) {
    const cell = contract.cell("broadcasters", account, "withdrawBlock");
    shift(cell.slot, cell.number(), `broadcasters[${account}].withdrawBlock`);
  }
}
