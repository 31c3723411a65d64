import { Interface } from "ethers/abi";
import { executeProposal } from "../lifecycle/execute-proposal.ts";
import { executeVote } from "../lifecycle/votes/execute-vote.ts";
import { proposeParameters } from "../lifecycle/propose-parameters.ts";
import type { Proposed } from "../lifecycle/propose.ts";
import { openStep } from "../lifecycle/status/open-step.ts";
import { readStatus } from "../lifecycle/status/proposal-status.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import type { LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import type { Hex } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { readTallyInput } from "../voting/tally/read-tally-input.ts";
import { tallyUnder } from "../voting/tally/tally-under.ts";
import type { Choice, GovernorState } from "../voting/vote.ts";
import { beginNextRound, mineBlocks, readNumber, refusalOf } from "./act.ts";
import { bond } from "./bond.ts";
import { carrySafeCall } from "./carry-safe-call.ts";
import { castAs, castBare, createBare, governorVoteOf, textAbout } from "./put-to-vote.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";
import { vetoCall } from "./veto-call.ts";

const ROUND_LENGTH = 25n;
const VOTING_PERIOD = 3n;
/** Two transcoders, a large delegator of the first one, a small one of the second. In LPT. */
const STAKE = { transcoder: 1_000n, broadcaster: 1_000n, delegator: 1_500n, deployer: 100n } as const;
const TIE: readonly Ballot[] = [["transcoder", "for"], ["delegator", "abstain"], ["broadcaster", "against"], ["deployer", "abstain"]];
const ABSTAIN: readonly Ballot[] = [["transcoder", "abstain"], ["broadcaster", "abstain"]];
const AGREE: readonly Ballot[] = [["transcoder", "for"], ["broadcaster", "for"]];

type Ballot = readonly [role: LocalRole, choice: Choice];

/** A vote that is lived through next to the others, in the same rounds. */
interface Case {
  name: string;
  governor: "StakeGovernor" | "LivepeerGovernor";
  ballots: readonly Ballot[];
  /** What becomes of it once its rounds are over. */
  ends: GovernorState;
  proves: string;
  /** It comes from a proposal of this folder, and is looked at through it. */
  ofProposal?: string;
}

const CASES: readonly Case[] = [
  { name: "too little stake", governor: "StakeGovernor", ballots: [["deployer", "for"]], ends: "defeated", proves: "a vote that misses the quorum is defeated, although all of it is for", ofProposal: "8" },
  { name: "transcoders stay away", governor: "StakeGovernor", ballots: [["delegator", "for"]], ends: "defeated", proves: "delegators alone do not carry a vote: transcoders must vote too" },
  { name: "a tie", governor: "StakeGovernor", ballots: TIE, ends: "defeated", proves: "a tie is defeated in the StakeGovernor" },
  { name: "a tie about the treasury", governor: "LivepeerGovernor", ballots: TIE, ends: "succeeded", proves: "the same tie succeeds in the LivepeerGovernor" },
  { name: "abstentions only", governor: "StakeGovernor", ballots: ABSTAIN, ends: "defeated", proves: "abstentions alone are defeated in the StakeGovernor" },
  { name: "abstentions only about the treasury", governor: "LivepeerGovernor", ballots: ABSTAIN, ends: "succeeded", proves: "the same abstentions succeed in the LivepeerGovernor, with nobody for it" },
  { name: "vetoed", governor: "StakeGovernor", ballots: AGREE, ends: "succeeded", proves: "two transcoders agree on what is vetoed below", ofProposal: "10" },
  { name: "forgotten", governor: "StakeGovernor", ballots: AGREE, ends: "succeeded", proves: "two transcoders agree on what nobody queues below" },
];

/** Every way in which a binding vote comes to nothing, and the two in which it should and does not. */
export const failedVotesScenario: Scenario = {
  name: "failed-votes",
  summary: "Quorum missed, transcoders absent, a tie, abstentions only, a guardian's veto, a success nobody queued: and what lpctl says of each.",
  prepare: prepareFailedVotes,
};

function prepareFailedVotes(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  const proposed = new Map<string, Proposed>();
  const votes = new Map<string, string>();
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const prove = (what: string, holds: boolean, detail: string): number => proofs.push({ what, holds, detail });
  const lpt = (wei: bigint): string => formatHuman(wei, "wei-lpt");
  const idOf = (name: string): string => ready(votes.get(name));
  const operator = walletSigner(localAccounts().operator.privateKey);
  const execute = async (name: string): Promise<LpctlError | undefined> => refusalOf(executeProposal(ready(stage).project, ready(proposed.get(name)).stored, { signer: operator }));
  const statusOf = async (name: string): Promise<string> => {
    const state = openStep((await readStatus(ready(stage).project, ready(proposed.get(name)).stored)).steps)?.state;
    return state?.state === "blocked" ? `blocked: ${state.why}` : (state?.state ?? "done");
  };

  return {
    steps: [
      {
        title: "Start a chain whose Controller obeys a vote of stake, with a Safe that can veto; transcoders and delegators bond",
        run: async (update) => {
          const parameters = { "RoundsManager.roundLength": ROUND_LENGTH, "StakeGovernor.votingPeriod": VOTING_PERIOD, "LivepeerGovernor.votingPeriod": VOTING_PERIOD };
          stage = await openStage(options, { delayBlocks: 0n, profile: "current", phase: "stake", isLived: false, parameters, aftermath: false }, update);
          await beginNextRound(stage);
          for (const role of ["transcoder", "broadcaster"] as const) await bond(stage, role, STAKE[role], role);
          await bond(stage, "delegator", STAKE.delegator, "transcoder");
          await bond(stage, "deployer", STAKE.deployer, "broadcaster");
          await beginNextRound(stage);
          return Object.entries(STAKE).map(([role, amount]) => `${role} ${amount} LPT`).join(", ");
        },
      },
      {
        title: `Put ${CASES.length} things to the vote, two of them as proposals`,
        run: async (update) => {
          const on = ready(stage);
          for (const { name, governor, ofProposal } of CASES) {
            if (ofProposal === undefined) continue;
            update(`proposing what will be: ${name}`);
            const made = await proposeParameters(on.project, [{ name: "unbondingPeriod", value: ofProposal, acceptRaw: false }], { producedBy: options.producedBy, dryRun: false, delayBlocks: 0n, delaySeconds: 0n });
            proposed.set(name, made);
            proposals.push({ name: made.stored.name, title: made.stored.proposal.title, id: made.stored.proposal.id, effectsHash: made.assessment.simulation.effectsHash, report: made.reportPath ?? "" });
            votes.set(name, await createBare(on, "broadcaster", addressIn(on, governor), made.stored.proposal.calls, textAbout(made)));
          }
          for (const { name, governor, ofProposal } of CASES) {
            if (ofProposal === undefined) votes.set(name, await createBare(on, "broadcaster", addressIn(on, governor), [callOf(on, governor)], `For a rehearsal: ${name}`));
          }
          return `${votes.size} votes`;
        },
      },
      {
        title: "Vote, and let the rounds of the votes pass",
        run: async (update) => {
          const on = ready(stage);
          const open = await Promise.all(CASES.map(async ({ name }) => governorVoteOf(on, idOf(name))));
          const last = (moments: readonly bigint[]): bigint => moments.reduce((latest, moment) => (moment > latest ? moment : latest));
          while ((await beginNextRound(on)) <= last(open.map(({ snapshot }) => snapshot)));
          for (const [index, { name, ballots }] of CASES.entries()) {
            update(name);
            for (const [role, choice] of ballots) await castBare(on, role, ready(open[index]), choice);
          }
          while ((await beginNextRound(on)) <= last(open.map(({ deadline }) => deadline)));
          const late = await refusalOf(castAs(on, "transcoder", idOf("too little stake"), "for"));
          prove("a vote after the last round is refused before anything is sent", late?.code === "LPCTL_VOTE_CLOSED", late?.message ?? "nothing refuses");
          return `${CASES.flatMap(({ ballots }) => ballots).length} votes were given`;
        },
      },
      {
        title: "Count each under its rules, and compare with what the contracts say",
        run: async () => {
          const on = ready(stage);
          for (const { name, ends, proves } of CASES) {
            const vote = await governorVoteOf(on, idOf(name));
            const tally = tallyUnder(vote.rules, await readTallyInput(on.project.rpc, vote));
            const isEqual = tally.forWei === vote.forWei && tally.againstWei === vote.againstWei && tally.abstainWei === vote.abstainWei && (tally.outcome === "passed") === (ends === "succeeded");
            const transcoders = tally.transcoders?.reached === false ? `; transcoders cast ${lpt(tally.transcoders.castWei)} of ${lpt(tally.transcoders.requiredWei)}` : "";
            const warned = tally.abstainOnly ? "; only abstentions, which lpctl says aloud" : "";
            const isNamed = tally.abstainOnly === name.startsWith("abstentions only");
            prove(proves, vote.state === ends && isEqual && isNamed, `${vote.state} under ${vote.rules}: ${lpt(vote.forWei)} for, ${lpt(vote.againstWei)} against, ${lpt(vote.abstainWei)} abstain, quorum ${lpt(tally.quorumWei)}${transcoders}${warned}`);
          }
          const refused = await execute("too little stake");
          prove("a proposal whose vote was lost cannot be executed, and says why", refused?.code === "LPCTL_STEP_BLOCKED", `${refused?.message ?? "nothing refuses"}: ${await statusOf("too little stake")}`);
          return `${CASES.length} outcomes, each the contract's own`;
        },
      },
      {
        title: "Queue what passed; the guardian's Safe vetoes it",
        run: async (update) => {
          const on = ready(stage);
          const { stored } = ready(proposed.get("vetoed"));
          const executed = await executeProposal(on.project, stored, { signer: operator });
          const queued = ready(executed.find(({ kind }) => kind === "vote-queue")?.sent[0]);
          update("two owners sign the veto");
          const transaction = await carrySafeCall(on, ready(on.protocol.safe), await vetoCall(on, queued), "veto");
          const vote = await governorVoteOf(on, idOf("vetoed"));
          const refused = await execute("vetoed");
          const why = await statusOf("vetoed");
          prove("what was queued and vetoed can never be executed, and the proposal names the transaction of the veto", vote.state === "canceled" && refused?.code === "LPCTL_STEP_BLOCKED" && why.includes(transaction), why);
          const period = await readNumber(on, "BondingManager", "function unbondingPeriod() view returns (uint64)");
          prove("nothing of any of these votes has happened", period === 7n, `unbondingPeriod is ${period} rounds`);
          return why;
        },
      },
      {
        title: "Nobody queues the other one in time",
        run: async () => {
          const on = ready(stage);
          const waits = await readNumber(on, "StakeGovernor", "function QUEUE_ROUNDS() view returns (uint256)");
          await mineBlocks(on, waits * ROUND_LENGTH);
          const vote = await governorVoteOf(on, idOf("forgotten"));
          const refused = await refusalOf(executeVote(on.project, vote, { signer: operator }));
          prove("a success that nobody queues lapses: the stake of long ago does not decide today", vote.state === "expired" && refused?.code === "LPCTL_VOTE_NOT_EXECUTABLE", `${vote.state} ${waits} rounds after its last one; ${refused?.why ?? "nothing refuses"}`);
          return vote.state;
        },
      },
    ],
    result: () => ({ scenario: failedVotesScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}

const SET_PERIOD = new Interface(["function setUnbondingPeriod(uint64 unbondingPeriod)"]);

/** Something to vote on: a parameter, or nothing at all of the treasury's. */
function callOf(stage: Stage, governor: Case["governor"]): Call {
  if (governor === "LivepeerGovernor") return { to: localAccounts().operator.address, valueWei: 0n, data: "0x" };
  return { to: addressIn(stage, "BondingManager"), valueWei: 0n, data: SET_PERIOD.encodeFunctionData("setUnbondingPeriod", [9n]) as Hex };
}
