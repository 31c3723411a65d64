import { proposeUpgrade } from "../lifecycle/propose-upgrade.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts } from "../node/local-accounts.ts";
import { createRunner, type Runner } from "../node/runner/runner.ts";
import type { WorkCounts } from "../node/runner/runner-status.ts";
import { formatHuman } from "../protocol/units.ts";
import { act, foresee, readNumber } from "./act.ts";
import { DOUBLE_CLAIM_SLASH, findPendingClaim, findSlashesForNothing, type PendingClaim, type SlashForNothing } from "./double-claim.ts";
import { proposalSteps } from "./proposal-steps.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const FAULTY_CODE = "contracts/historic/JobsManagerDoubleClaim2019.sol:JobsManagerDoubleClaim2019";
const FIXED_CODE = "contracts/jobs/JobsManager.sol:JobsManager";
const ROUNDS_BEFORE = 2;
/** Enough for work claimed after the repair to be paid: a claim is final after four rounds. */
const ROUNDS_AFTER = 6;
const BALANCE = "function balanceOf(address account) view returns (uint256)";

/** July 2019: a transcoder that did nothing wrong is slashed by naming one claim twice. The protocol lives on around the repair. */
export const emergencyScenario: Scenario = {
  name: "emergency",
  summary: "An honest transcoder is slashed through a fault; pause, repair, unpause in one transaction while everybody works.",
  prepare: prepareEmergency,
};

function prepareEmergency(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let runner: Runner | undefined;
  let slash: SlashForNothing | undefined;
  let worked: WorkCounts | undefined;
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const { deployer, delegator: attacker } = localAccounts();

  const setUp: RehearsalStep[] = [
    {
      title: "Start a chain with the faulty JobsManager; transcoders, delegators, a broadcaster, a solver and a watcher enter",
      run: async (update) => {
        stage = await openStage(options, { delayBlocks: 0n, instead: { JobsManager: FAULTY_CODE }, isLived: false }, update);
        update("the actors enter");
        runner = await createRunner({ rpc: stage.project.rpc, protocol: stage.protocol, cast: { profile: "launch", seed: 2019n, transcoders: 3, delegators: 4, misbehaviour: [] } });
        await runner.enter();
        update("rounds pass");
        await runner.playRounds(ROUNDS_BEFORE);
        const { work } = await runner.status();
        return `${work.rounds} rounds, ${work.rewards} rewards, ${work.claims} claims of work, no slash`;
      },
    },
    {
      title: "Somebody gives one claim twice, and an honest transcoder is slashed",
      run: async () => {
        const on = ready(stage);
        const claim = await waitForClaim(on, ready(runner));
        const name = ready(runner).cast.members.find(({ address }) => address === claim.transcoder)?.name ?? claim.transcoder;
        const before = await readNumber(on, "LivepeerToken", BALANCE, [attacker.address]);
        await act(on, "delegator", addressIn(on, "JobsManager"), DOUBLE_CLAIM_SLASH, [claim.jobId, claim.claimId, claim.claimId, claim.segment]);
        const reward = (await readNumber(on, "LivepeerToken", BALANCE, [attacker.address])) - before;
        // The actors see it in their next turn, and the one it hit says so.
        await ready(runner).tick();
        const { work } = await ready(runner).status();
        [slash] = await findSlashesForNothing(on);
        proofs.push({
          what: `${name}, which did nothing wrong, was slashed by claim ${claim.claimId} of job ${claim.jobId} named twice, and whoever did it was paid`,
          holds: slash !== undefined && slash.transcoder === claim.transcoder && slash.penaltyWei > 0n && reward === slash.finderRewardWei && work.slashes === 1n,
          detail: slash === undefined ? "not found" : `${formatHuman(slash.penaltyWei, "wei-lpt")} lost, ${formatHuman(reward, "wei-lpt")} paid to ${slash.finder}; found in ${slash.transaction}`,
        });
        worked = work;
        return `${name} loses ${formatHuman(slash?.penaltyWei ?? 0n, "wei-lpt")}`;
      },
    },
  ];

  const repair = proposalSteps<{ block: bigint }>({
    title: "Pause, repair, unpause, without delay",
    stage: () => ready(stage),
    observe: async (on) => ({ block: await on.project.rpc.blockNumber() }),
    propose: ({ project }) =>
      proposeUpgrade(
        project,
        { contract: "JobsManager", to: FIXED_CODE, whilePaused: true, delayBlocks: 0n, delaySeconds: 0n },
        { producedBy: options.producedBy, dryRun: false },
        () => Promise.resolve(walletSigner(deployer.privateKey)),
      ),
    proposals,
    proofs,
    prove: async (before, on, done) => {
      const { transactions } = done.verification;
      const block = await on.project.rpc.blockNumber();
      return [
        {
          what: "paused, repaired and unpaused in one transaction: nobody waited, and nobody could read the repair before it ran",
          holds: transactions.length === 1,
          detail: `${transactions.join(", ")}, ${block - ready(slash).block} blocks after the slash, ${block - before.block} after the command`,
        },
      ];
    },
  });

  const afterwards: RehearsalStep = {
    title: "The actors go on; the same is tried again",
    run: async () => {
      const on = ready(stage);
      const actors = ready(runner);
      const before = ready(worked);
      await actors.playRounds(ROUNDS_AFTER);
      const claim = await waitForClaim(on, actors);
      const refusal = await foresee(on, "delegator", addressIn(on, "JobsManager"), DOUBLE_CLAIM_SLASH, [claim.jobId, claim.claimId, claim.claimId, claim.segment]);
      const { work, actors: health, activeSet } = await actors.status();
      const unwell = health.filter(({ health: { state } }) => state === "failing");
      proofs.push(
        { what: "the same reverts now", holds: refusal?.includes("JobsSameClaim") === true, detail: `claim ${claim.claimId} of job ${claim.jobId}: ${refusal ?? "it would work"}` },
        {
          what: "rounds pass, rewards are minted, work is claimed and paid",
          holds: work.rounds >= before.rounds + BigInt(ROUNDS_AFTER) && work.rewards > before.rewards && work.claims > before.claims && work.feesWei > before.feesWei && work.slashes === before.slashes,
          detail: `${work.rounds - before.rounds} rounds, ${work.rewards - before.rewards} rewards, ${work.claims - before.claims} claims, ${work.feesWei - before.feesWei} wei of fees, no further slash`,
        },
        {
          what: "nobody stayed behind: the slashed transcoder is in the active set again",
          holds: unwell.length === 0 && activeSet.some(({ address }) => address === ready(slash).transcoder),
          detail: `${activeSet.length} active${unwell.length === 0 ? "" : `, unwell: ${unwell.map(({ name }) => name).join(", ")}`}`,
        },
      );
      return `${work.rounds - before.rounds} rounds later`;
    },
  };

  return {
    steps: [...setUp, ...repair, afterwards],
    result: () => ({ scenario: emergencyScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}

async function waitForClaim(stage: Stage, runner: Runner): Promise<PendingClaim> {
  let claim: PendingClaim | undefined;
  await runner.playUntil(async () => (claim = await findPendingClaim(stage)) !== undefined, "a claim of work");
  return ready(claim);
}
