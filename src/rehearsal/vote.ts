import { proposeParameters } from "../lifecycle/propose-parameters.ts";
import type { Proposed } from "../lifecycle/propose.ts";
import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import { formatHuman } from "../protocol/units.ts";
import { shortReference } from "../voting/short-reference.ts";
import { linkOf } from "../voting/link.ts";
import { readTallyInput } from "../voting/tally/read-tally-input.ts";
import { tallyUnder } from "../voting/tally/tally-under.ts";
import type { Choice } from "../voting/vote.ts";
import { act, beginNextRound, readNumber, refusalOf } from "./act.ts";
import { bond, LPT } from "./bond.ts";
import { carryOut } from "./carry-out.ts";
import { promisesOf } from "./proposal-steps.ts";
import { castAs, governorVoteOf, putToVote } from "./put-to-vote.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const NEW_PERIOD = "10";
const REASON = "ten rounds are time enough to notice";
/** Two transcoders; two delegators of the first one, who disagree with it. In LPT. */
const STAKE = { transcoder: 1_000n, delegator: 1_800n, deployer: 100n, broadcaster: 600n } as const;
/** The first transcoder votes between its delegators: one override comes before its vote, one after it. */
const VOTES: readonly [LocalRole, Choice][] = [
  ["deployer", "abstain"],
  ["transcoder", "against"],
  ["delegator", "for"],
  ["broadcaster", "for"],
];

/** The protocol's promise: those with stake decide, and nobody else has a hand in it. */
export const voteScenario: Scenario = {
  name: "vote",
  summary: "A parameter through a full binding vote of stake: two delegators override their transcoder, the timelock does what was voted.",
  prepare: prepareVote,
};

function prepareVote(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let proposed: Proposed | undefined;
  let voteId: string | undefined;
  /** What each was shown to have before it voted, in wei. */
  const weights: Partial<Record<LocalRole, bigint>> = {};
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const prove = (what: string, holds: boolean, detail: string): number => proofs.push({ what, holds, detail });
  const lpt = (wei: bigint): string => formatHuman(wei, "wei-lpt");

  return {
    steps: [
      {
        title: "Start a chain whose Controller obeys a vote of stake; two transcoders and two delegators bond, and earn a reward",
        run: async (update) => {
          stage = await openStage(options, { delayBlocks: 0n, profile: "current", phase: "stake", isLived: false, aftermath: false }, update);
          await beginNextRound(stage);
          for (const role of ["transcoder", "broadcaster"] as const) await bond(stage, role, STAKE[role], role);
          for (const role of ["delegator", "deployer"] as const) await bond(stage, role, STAKE[role], "transcoder");
          await beginNextRound(stage);
          // From here on nobody's stake is a round number any more.
          for (const role of ["transcoder", "broadcaster"] as const) await act(stage, role, addressIn(stage, "BondingManager"), "function reward()");
          return Object.entries(STAKE).map(([role, amount]) => `${role} ${amount} LPT`).join(", ");
        },
      },
      {
        title: `Propose unbondingPeriod ${NEW_PERIOD}: simulate the vote, the timelock and the change on a fork`,
        run: async () => {
          proposed = await proposeParameters(ready(stage).project, [{ name: "unbondingPeriod", value: NEW_PERIOD, acceptRaw: false }], {
            producedBy: options.producedBy,
            dryRun: false,
            delayBlocks: 0n,
            delaySeconds: 0n,
          });
          const { route } = proposed.report;
          prove("the proposal's route is the vote, and nobody's signature is part of it", route.length === 4 && route.every(({ approvals }) => approvals === undefined), route.map(({ title }) => title).join("; "));
          return proposed.report.verdict.summary;
        },
      },
      {
        title: "Put it to the vote",
        run: async () => {
          const on = ready(stage);
          const { stored } = ready(proposed);
          voteId = await putToVote(on, "broadcaster", stored, { kind: "governor", governor: addressIn(on, "StakeGovernor") }, options.producedBy);
          const vote = await governorVoteOf(on, voteId);
          prove("what is voted on is exactly what the proposal runs, and its text names the proposal and its report", linkOf(vote, stored.proposal) === "belongs" && vote.link?.reportHash === proposed?.report.evidence?.hash, vote.description.replaceAll("\n", " / "));
          const early = await refusalOf(castAs(on, "transcoder", voteId, "for"));
          prove("nobody votes before the deciding moment", early?.code === "LPCTL_VOTE_NOT_OPEN", early?.why ?? "nothing refuses");
          return `vote ${shortReference(vote)}, power counts as it is at the end of round ${vote.snapshot}`;
        },
      },
      {
        title: "A delegator abstains, its transcoder votes against, another delegator for, and so does another transcoder",
        run: async (update) => {
          const on = ready(stage);
          const id = ready(voteId);
          const { snapshot } = await governorVoteOf(on, id);
          while ((await beginNextRound(on)) <= snapshot);
          for (const [role, choice] of VOTES) {
            update(`${role}: ${choice}`);
            const { power } = await castAs(on, role, id, choice, role === "delegator" ? REASON : undefined);
            weights[role] = power.weightWei;
            if (role !== "delegator") continue;
            const from = power.takesFrom;
            prove(
              "before it votes, a delegator is shown what it takes, from whom, and against which vote",
              from?.transcoder === localAccounts().transcoder.address && from.weightWei === power.weightWei && power.weightWei > STAKE.delegator * LPT && from.choice === "against",
              `${lpt(from?.weightWei ?? 0n)} from ${from?.transcoder ?? "nobody"}, which voted ${from?.choice ?? "nothing"}`,
            );
          }
          const twice = await refusalOf(castAs(on, "transcoder", id, "for"));
          prove("a vote is given once", twice?.code === "LPCTL_VOTE_ALREADY_CAST", twice?.message ?? "nothing refuses");
          return VOTES.map(([role, choice]) => `${role} ${choice}`).join(", ");
        },
      },
      {
        title: "Count it from logs and state, and compare with what the contract counted",
        run: async () => {
          const on = ready(stage);
          const vote = await governorVoteOf(on, ready(voteId));
          const tally = tallyUnder("stake-governor", await readTallyInput(on.project.rpc, vote));
          const counted = [tally.forWei, tally.againstWei, tally.abstainWei, tally.transcoders?.castWei];
          const onChain = [vote.forWei, vote.againstWei, vote.abstainWei, await readNumber(on, "StakeGovernor", "function transcoderVotes(uint256 proposalId) view returns (uint256)", [vote.voteId])];
          const { transcoder = 0n, delegator = 0n, deployer = 0n, broadcaster = 0n } = weights;
          const left = transcoder - delegator - deployer;
          const expected = [delegator + broadcaster, left, deployer, left + broadcaster];
          const detail = `${lpt(tally.forWei)} for, ${lpt(tally.againstWei)} against, ${lpt(tally.abstainWei)} abstain; transcoders ${lpt(tally.transcoders?.castWei ?? 0n)} of the ${lpt(tally.transcoders?.requiredWei ?? 0n)} that they must cast`;
          prove("the tally is the contract's, to the wei, and each override is taken out of the transcoder once", counted.join() === onChain.join() && counted.join() === expected.join(), detail);
          prove("without the overrides it would have failed", tally.outcome === "passed" && transcoder > broadcaster, `${lpt(broadcaster)} for, ${lpt(transcoder)} against`);
          return detail;
        },
      },
      {
        title: "The vote ends; anyone queues and executes, verify",
        run: async (update) => {
          const on = ready(stage);
          const { stored, assessment, reportPath } = ready(proposed);
          const done = await carryOut(on, stored, assessment.simulation, update, async () => {});
          proposals.push({ name: stored.name, title: stored.proposal.title, id: stored.proposal.id, effectsHash: assessment.simulation.effectsHash, report: reportPath ?? "" });
          prove(`"${stored.proposal.title}" changed on chain exactly what was simulated before the vote`, done.verification.equal, `effects hash ${done.verification.effectsHash}`);
          proofs.push(...promisesOf(done));
          const late = await refusalOf(castAs(on, "delegator", ready(voteId), "against"));
          prove("nobody votes on what has been executed", late?.code === "LPCTL_VOTE_EXECUTED", late?.message ?? "nothing refuses");
          return done.verification.equal ? "the chain changed exactly as simulated" : "DIFFERENT from the simulation";
        },
      },
    ],
    result: () => ({ scenario: voteScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}
