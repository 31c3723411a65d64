import { deployImplementation, constructorArguments } from "../lifecycle/deploy-implementation.ts";
import { compareUpgrade, type UpgradeComparison } from "../lifecycle/compare-upgrade.ts";
import { proposeParameters } from "../lifecycle/propose-parameters.ts";
import { proposeUpgrade, requireCompatible } from "../lifecycle/propose-upgrade.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts } from "../node/local-accounts.ts";
import { readJobsState, stateKept } from "./jobs-state.ts";
import { proposalSteps } from "./proposal-steps.ts";
import { ready } from "./ready.ts";
import { openStage, type Stage } from "./stage.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";

const NEW_CODE = "contracts/jobs/JobsManagerV2.sol:JobsManagerV2";
/** Long enough to be seen to pass, short enough to be mined at once. */
const DELAY_BLOCKS = 10n;
const NEW_RATE = "1 in 500";

/**
 * A new JobsManager and a new verificationRate, each from source or value to verified state, through a 2-of-3 Safe that owns
 * a LIP-25 Governor that owns the Controller.
 */
export const upgradeScenario: Scenario = {
  name: "upgrade",
  summary: "One proxy upgrade and one parameter change through Safe and Governor, from source to verified state.",
  prepare: prepareUpgrade,
};

function prepareUpgrade(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let comparison: UpgradeComparison | undefined;
  let evidence: CodeEvidence | undefined;
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const { deployer } = localAccounts();

  const setUp: RehearsalStep[] = [
    {
      title: "Start a chain; deploy the protocol, a 2-of-3 Safe and a Governor; write live state",
      run: async (update) => {
        stage = await openStage(options, { delayBlocks: DELAY_BLOCKS }, update);
        return `Controller ${stage.project.controller ?? ""}`;
      },
    },
    {
      title: `Check ${NEW_CODE.split(":")[1] ?? NEW_CODE} against the code that runs`,
      run: async () => {
        const { project } = ready(stage);
        comparison = await compareUpgrade(project, { contract: "JobsManager", to: NEW_CODE });
        requireCompatible(comparison);
        return `${comparison.verdict?.slots.length ?? 0} variables compared, storage compatible`;
      },
    },
    {
      title: "Deploy the new implementation",
      run: async () => {
        const { project } = ready(stage);
        const checked = ready(comparison);
        const args = constructorArguments(checked, undefined);
        ({ evidence } = await deployImplementation(project, checked, args, walletSigner(deployer.privateKey)));
        return evidence.address;
      },
    },
  ];

  const upgrade = proposalSteps({
    title: "Upgrade JobsManager",
    stage: () => ready(stage),
    observe: readJobsState,
    propose: ({ project }) =>
      proposeUpgrade(
        project,
        {
          contract: "JobsManager",
          to: NEW_CODE,
          implementation: ready(evidence).address,
          delayBlocks: DELAY_BLOCKS,
          delaySeconds: 0n,
        },
        { producedBy: options.producedBy, dryRun: false },
        () => Promise.reject(new Error("the code is deployed already")),
      ),
    proposals,
    proofs,
    prove: async (before, current, done) => [
      stateKept(before, await readJobsState(current)),
      {
        what: "the code at the target is the code that was simulated",
        holds: done.verification.postconditions.every(({ holds }) => holds),
        detail: `${ready(evidence).address}, code hash ${ready(evidence).codeHash}`,
      },
    ],
  });

  const parameter = proposalSteps({
    title: `Set verificationRate to ${NEW_RATE}`,
    stage: () => ready(stage),
    observe: readJobsState,
    propose: ({ project }) =>
      proposeParameters(project, [{ name: "verificationRate", value: NEW_RATE, acceptRaw: false }], {
        producedBy: options.producedBy,
        dryRun: false,
        delayBlocks: DELAY_BLOCKS,
        delaySeconds: 0n,
      }),
    proposals,
    proofs,
    prove: async (before, current) => {
      const after = await readJobsState(current);
      return [
        {
          what: "verificationRate is the new value, and nothing else of the JobsManager changed",
          holds: after["verificationRate"] === "500" && stateKept({ ...before, verificationRate: "500" }, after).holds,
          detail: `${before["verificationRate"] ?? ""} -> ${after["verificationRate"] ?? ""}`,
        },
      ];
    },
  });

  return {
    steps: [...setUp, ...upgrade, ...parameter],
    result: () => ({
      scenario: upgradeScenario.name,
      folder: options.folder,
      controller: ready(stage).protocol.controller,
      proposals,
      proofs,
    }),
    stop: async () => stage?.stop(),
  };
}
