import { toUtf8Bytes } from "ethers/utils";
import { proposeParameters } from "../lifecycle/propose-parameters.ts";
import type { Proposed } from "../lifecycle/propose.ts";
import { readStatus } from "../lifecycle/status/proposal-status.ts";
import { reviewBundle } from "../lifecycle/safe/review-bundle.ts";
import { reviewForSigning, signReviewed } from "../lifecycle/sign-proposal.ts";
import { bundlePath } from "../lifecycle/safe/safe-bundle.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { Call } from "../proposal/call.ts";
import { CHANGE_KINDS } from "../protocol/policy.ts";
import type { Address } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { createBundle, type SafeBundle } from "../safe/bundle.ts";
import { loadBundle, writeBundle } from "../safe/bundle-file.ts";
import { packCalls } from "../safe/multisend.ts";
import { readSafe } from "../safe/read-safe.ts";
import { readTallyInput } from "../voting/tally/read-tally-input.ts";
import { tallyUnder } from "../voting/tally/tally-under.ts";
import { act, beginNextRound, mineBlocks, readNumber, refusalOf } from "./act.ts";
import { bond, LPT } from "./bond.ts";
import { carryOut } from "./carry-out.ts";
import { deployCode } from "./deploy-code.ts";
import { findingCodes } from "./finding-codes.ts";
import { promisesOf } from "./proposal-steps.ts";
import { castAs, pollBox, pollOf, putToVote, textAbout } from "./put-to-vote.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const CREATOR = "contracts/governance/PollCreator.sol:PollCreator";
/** Four rounds: nobody waits for the 57,600 blocks of a real poll. */
const POLL_BLOCKS = 200n;
const NEW_PERIOD = "10";
/** A local chain takes a block for final that many blocks later. */
const FINAL_AFTER_BLOCKS = 64n;
/** What each has, in LPT: two transcoders, and a delegator who has more than its transcoder itself. */
const STAKE = { transcoder: 1_000n, delegator: 1_800n, broadcaster: 600n } as const;

/** Those with stake decide, the Safe executes: the way from a multisig to a vote begins with a poll that binds by policy alone. */
export const pollScenario: Scenario = {
  name: "poll",
  summary: "A policy requires a poll: nobody can sign before; a delegator overrides its transcoder, the poll passes, the Safe executes.",
  prepare: preparePoll,
};

function preparePoll(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let proposed: Proposed | undefined;
  let poll: Address | undefined;
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const prove = (what: string, holds: boolean, detail: string): number => proofs.push({ what, holds, detail });
  const pollStep = async (): Promise<{ state: string; detail: string }> => {
    const { steps } = await readStatus(ready(stage).project, ready(proposed).stored);
    const state = steps.find(({ kind }) => kind === "poll")?.state;
    return { state: state?.state ?? "no step", detail: state?.state === "waiting" ? state.waitingFor : state?.state === "blocked" ? state.why : (state?.state ?? "no poll is asked for") };
  };
  const signingRefused = async (what: string, code: string): Promise<void> => {
    const refused = await refusalOf(reviewForSigning(ready(stage).project, ready(proposed).stored, options.producedBy));
    prove(what, refused?.code === "LPCTL_PROPOSAL_REFUSED" && findingCodes(refused).includes(code), `${code}: ${refused?.message ?? "nothing refuses"}`);
  };

  return {
    steps: [
      {
        title: "Start a chain whose Controller belongs to a Safe; two transcoders and a delegator bond",
        run: async (update) => {
          const policy = { refuse: [], allow: [], requires: { vote: "poll", rules: "lip-16", for: CHANGE_KINDS } } as const;
          stage = await openStage(options, { delayBlocks: 0n, profile: "current", phase: "safe", parameters: { "PollCreator.POLL_PERIOD": POLL_BLOCKS }, isLived: false, policy, aftermath: false }, update);
          await beginNextRound(stage);
          await bond(stage, "transcoder", STAKE.transcoder, "transcoder");
          await bond(stage, "broadcaster", STAKE.broadcaster, "broadcaster");
          await bond(stage, "delegator", STAKE.delegator, "transcoder");
          await beginNextRound(stage);
          return `${STAKE.transcoder} LPT and ${STAKE.broadcaster} LPT of transcoders, ${STAKE.delegator} LPT of a delegator`;
        },
      },
      {
        title: `Propose unbondingPeriod ${NEW_PERIOD} under a policy that requires a poll`,
        run: async () => {
          proposed = await proposeParameters(ready(stage).project, [{ name: "unbondingPeriod", value: NEW_PERIOD, acceptRaw: false }], {
            producedBy: options.producedBy,
            dryRun: false,
            delayBlocks: 0n,
            delaySeconds: 0n,
          });
          const { verdict, route } = proposed.report;
          prove("the proposal is prepared and simulated before anybody voted, and its report says what it waits for", verdict.outcome === "ready" && verdict.summary.includes("be voted on") && route[0]?.state?.is === "waiting", `${verdict.summary}; ${route[0]?.title ?? ""}`);
          await signingRefused("nobody can sign it before there is a poll", "poll-missing");
          const aside = await refusalOf(reviewBundle(ready(stage).project, await bundleAside(ready(stage), proposed.stored.proposal.calls), options.producedBy));
          prove("nor a Safe transaction that makes the same call without a proposal", findingCodes(aside).includes("poll-missing"), `poll-missing: ${aside?.message ?? "nothing refuses"}`);
          return verdict.summary;
        },
      },
      {
        title: "Somebody opens a poll about it with a factory of their own",
        run: async () => {
          const on = ready(stage);
          const { address } = await deployCode(on, CREATOR, [addressIn(on, "BondingManager"), POLL_BLOCKS]);
          await act(on, "broadcaster", address, "function createPoll(bytes proposal)", [toUtf8Bytes(textAbout(ready(proposed)))]);
          const { detail } = await pollStep();
          prove("a poll of another factory, with the same text, does not count", detail.includes("were not created by the protocol's PollCreator"), detail);
          return address;
        },
      },
      {
        title: "Put it to the vote; a transcoder votes no, its delegator yes, another transcoder changes its mind",
        run: async (update) => {
          const on = ready(stage);
          poll = (await putToVote(on, "transcoder", ready(proposed).stored, pollBox(on), options.producedBy)) as Address;
          await signingRefused("nobody can sign it while the poll is open", "poll-running");
          for (const [role, choice] of [["transcoder", "against"], ["broadcaster", "against"], ["delegator", "for"], ["broadcaster", "for"]] as const) {
            update(`${role} votes ${choice}`);
            await castAs(on, role, poll, choice);
          }
          return poll;
        },
      },
      {
        title: "The poll ends, and is counted once its last block is final",
        run: async () => {
          const on = ready(stage);
          const endBlock = await readNumber(on, ready(poll), "function endBlock() view returns (uint256)");
          await mineBlocks(on, endBlock + 1n - (await on.project.rpc.blockNumber()));
          const early = await pollStep();
          prove("it is not counted while its last block could still be replaced", early.state === "waiting" && early.detail.includes("not final yet"), early.detail);
          await mineBlocks(on, FINAL_AFTER_BLOCKS);
          const { forWei, againstWei, outcome } = tallyUnder("lip-16", await readTallyInput(on.project.rpc, await pollOf(on, ready(poll))));
          const lpt = (wei: bigint): string => formatHuman(wei, "wei-lpt");
          prove(
            "the delegator's vote is taken out of its transcoder's, to the wei, and decides the poll",
            outcome === "passed" && forWei === (STAKE.delegator + STAKE.broadcaster) * LPT && againstWei === STAKE.transcoder * LPT,
            `${lpt(forWei)} for and ${lpt(againstWei)} against; without the override ${STAKE.broadcaster} LPT for and ${STAKE.transcoder + STAKE.delegator} LPT against`,
          );
          const { state } = await pollStep();
          prove("the poll is done, and the Safe's route is open", state === "done", state);
          return `${outcome}: ${lpt(forWei)} for, ${lpt(againstWei)} against`;
        },
      },
      {
        title: "Two owners review and sign, one of them from the file; execute, verify",
        run: async (update) => {
          const on = ready(stage);
          const { stored, assessment, reportPath } = ready(proposed);
          const done = await carryOut(on, stored, assessment.simulation, update, async (_stage, _stored, say) => signOnline(on, stored, options.producedBy, say));
          proposals.push({ name: stored.name, title: stored.proposal.title, id: stored.proposal.id, effectsHash: assessment.simulation.effectsHash, report: reportPath ?? "" });
          prove(`"${stored.proposal.title}" changed on chain exactly what was simulated before the vote`, done.verification.equal, `effects hash ${done.verification.effectsHash}`);
          proofs.push(...promisesOf(done));
          return done.verification.equal ? "the chain changed exactly as simulated" : "DIFFERENT from the simulation";
        },
      },
    ],
    result: () => ({ scenario: pollScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}

/** A Safe transaction made of bare calls, as it comes from some other tool. */
async function bundleAside({ project, protocol }: Stage, calls: readonly Call[]): Promise<SafeBundle> {
  const safe = await readSafe(project.rpc, ready(protocol.safe));
  return createBundle({ chainId: project.chainId, safe, proposalId: null, transaction: packCalls(calls, { version: safe.version, nonce: safe.nonce }) });
}

/** One owner signs in the project's folder, the other the file: both review everything anew, the poll too. */
async function signOnline({ project }: Stage, stored: Proposed["stored"], producedBy: string, update: (doing: string) => void): Promise<void> {
  const { "owner-1": first, "owner-3": second } = localAccounts();
  update("owner-1 reviews and signs");
  await signReviewed(await reviewForSigning(project, stored, producedBy), stored, walletSigner(first.privateKey));
  update("owner-3 reviews and signs the file");
  const file = bundlePath(stored);
  const review = await reviewBundle(project, await loadBundle(file), producedBy);
  await writeBundle(file, await review.sign(walletSigner(second.privateKey), undefined));
}
