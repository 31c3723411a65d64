import { MILLION, percOf } from "../../economics/scale.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { BondingView } from "../../snapshot/view/bonding.ts";
import type { Cell } from "../../snapshot/view/cell.ts";
import { roundsOf } from "../../snapshot/view/rounds.ts";
import type { ContractView, StateView } from "../../snapshot/view/state-view.ts";
import { VotesView } from "../../snapshot/view/votes.ts";
import { differs } from "../../voting/tally/file/compare-inputs.ts";
import type { StakeSource } from "../../voting/tally/read-account-stakes.ts";
import type { AccountStake, CastVote, TallyInput } from "../../voting/tally/tally-input.ts";
import { hashVote } from "../../voting/vote-id.ts";
import type { Choice, GovernorVoteFacts, RuleSetId } from "../../voting/vote.ts";

/** In the order of the contract's numbers. */
const CHOICES: readonly Choice[] = ["against", "for", "abstain"];

/** A vote of a BondingVotesGovernor as it stands in a state (contracts/governance/). */
export interface GovernorState {
  deadline: bigint;
  /** Whose votes, with what weight. */
  stakes: StakeSource;
  totals(): Pick<TallyInput, "totalStakedWei" | "totalActiveStakeWei" | "quorumPpm" | "quotaPpm" | "quorumWei" | "transcoderQuorumWei" | "contract">;
  /**
   * Holds the facts of a vote, and who voted what, to the state: every vote that the Governor has, and no other.
   * @returns the facts as the state has them
   * @throws LPCTL_TALLY_DIFFERS
   */
  check(vote: GovernorVoteFacts, votes: readonly CastVote[]): GovernorVoteFacts;
}

/** @throws LPCTL_TALLY_SNAPSHOT_UNFIT where the state cannot tell of such a vote; LPCTL_TALLY_DIFFERS where it has another */
export function openGovernorState(view: StateView, { governor: address, voteId, token, rules }: GovernorVoteFacts, name: string): GovernorState {
  const governor = findGovernor(view, address);
  const proposal = governor.cell("_proposals", voteId);
  const tally = governor.cell("_proposalTallies", voteId);
  const [snapshot, deadline] = [proposal.member("voteStart").number(), proposal.member("voteEnd").number()];
  if (deadline === 0n) throw differs(name, `the Governor ${address} has no vote ${voteId} in it`, { voteId });
  if (governor.cell("token").address() !== token || view.find("BondingVotes")?.address !== token) throw unfit(address, "its votes are not counted by the BondingVotes of the snapshot");
  const own: RuleSetId = governor.has("_transcoderVotes") ? "stake-governor" : "livepeer-governor";
  if (own !== rules) throw differs(name, `the Governor counts by ${own}, not by ${rules}`, { file: rules, found: own });
  const votes = new VotesView(view, new BondingView(view));
  const supplyWei = votes.totalAt(snapshot + 1n, view.value("BondingManager", "nextRoundTotalActiveStake"));

  function votesOf(account: Address): { votesWei: bigint; delegate: Address } {
    const found = votes.atRoundStart(account, snapshot + 1n);
    if (found === undefined) throw unfit(address, `the votes of ${account} cannot be worked out: a factor is missing, and BondingVotes reverts`);
    return found;
  }

  function counted(): NonNullable<TallyInput["contract"]> {
    const [againstWei, forWei, abstainWei] = (["againstVotes", "forVotes", "abstainVotes"] as const).map((member) => tally.member(member).number()) as [bigint, bigint, bigint];
    return { againstWei, forWei, abstainWei, ...(own === "stake-governor" ? { transcodersWei: governor.number("_transcoderVotes", voteId) } : {}) };
  }

  return {
    deadline,
    stakes: {
      name: `votes ${token} ${snapshot}`,
      read: (accounts) =>
        Promise.resolve(
          accounts.map((account): AccountStake => {
            const { votesWei, delegate } = votesOf(account);
            const isTranscoder = delegate === account && votesWei > 0n;
            return { delegate, bondedWei: votesWei, pendingStakeWei: votesWei, delegatedWei: isTranscoder ? votesWei : 0n, isRegistered: isTranscoder, isActive: isTranscoder, votesWei };
          }),
        ),
    },
    totals: () => {
      const quorumPpm = valueAt(governor.cell("_quorumNumeratorHistory"), snapshot) ?? governor.number("_quorumNumerator");
      return {
        totalStakedWei: supplyWei,
        totalActiveStakeWei: supplyWei,
        quorumPpm,
        quotaPpm: governor.number("quota"),
        quorumWei: percOf(supplyWei, quorumPpm, MILLION),
        ...(own === "stake-governor" ? { transcoderQuorumWei: percOf(supplyWei, valueAt(governor.cell("_transcoderQuorumHistory"), snapshot) ?? 0n, MILLION) } : {}),
        contract: counted(),
      };
    },
    check: (vote, cast) => {
      if (hashVote(vote.calls, vote.description, vote.descriptionHash) !== voteId) throw differs(name, "the calls and the description of the file do not have the id of the vote", { voteId });
      const [proposer, canceled] = [proposal.member("proposer").address(), proposal.member("canceled").flag()];
      if (proposer !== ZERO_ADDRESS && proposer !== vote.proposer) throw differs(name, `the vote was put by ${proposer}, not by ${vote.proposer}`, { proposer });
      const voters = tally.member("voters");
      const named = new Map(cast.map(({ voter, choice, weightWei }) => [voter, { choice, weightWei }]));
      for (const [voter, { choice, weightWei }] of named) {
        const state = voters.at(voter);
        const said = state.member("hasVoted").flag() ? CHOICES[Number(state.member("support").number())] : undefined;
        if (said !== choice) throw differs(name, `${voter} has ${said === undefined ? "not voted" : `voted ${said}`}, and the file says ${choice}`, { voter });
        const { votesWei } = votesOf(voter);
        if (weightWei !== undefined && weightWei !== votesWei) throw differs(name, `${voter} has ${votesWei} votes, and the file says ${weightWei}`, { voter });
      }
      const missing = view.state.preimages.addresses.find((account) => !named.has(account) && voters.at(account).member("hasVoted").flag());
      if (missing !== undefined) throw differs(name, `the vote of ${missing} is missing in the file`, { voter: missing });
      const { forWei, againstWei, abstainWei } = counted();
      return { ...vote, snapshot, deadline, forWei, againstWei, abstainWei, clock: roundsOf(view).current, ...(canceled ? { state: "canceled" as const } : {}) };
    },
  };
}

function findGovernor(view: StateView, address: Address): ContractView {
  for (const contract of view.contracts()) {
    if (contract.address !== address) continue;
    if (["_proposals", "_proposalTallies", "token", "quota", "_quorumNumeratorHistory"].every((variable) => contract.has(variable))) return contract;
    throw unfit(address, "it keeps its votes in another way than the Governors of this protocol");
  }
  throw unfit(address, "it is not in the snapshot, or nothing is known of its storage");
}

/** What was written down last at or before a moment (OpenZeppelin's Checkpoints); undefined where nothing ever was. */
function valueAt(history: Cell, moment: bigint): bigint | undefined {
  const checkpoints = history.member("_checkpoints");
  if (checkpoints.length === 0n) return undefined;
  let [low, high] = [0n, checkpoints.length];
  while (low < high) {
    const middle = (low + high) / 2n;
    if (checkpoints.at(middle).member("_key").number() <= moment) low = middle + 1n;
    else high = middle;
  }
  return low === 0n ? 0n : checkpoints.at(low - 1n).member("_value").number();
}

function unfit(governor: Address, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_SNAPSHOT_UNFIT",
    exit: Exit.usage,
    message: `The snapshot cannot tell of votes of the Governor ${governor}`,
    why,
    next: "Check the tally with a network: lpctl vote verify TALLY",
    details: { governor },
  });
}
