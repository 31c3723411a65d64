import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LpctlError } from "../errors.ts";
import { planHandover, type PlannedHandover } from "../handover/plan-handover.ts";
import { readHandoverStatus } from "../handover/read-handover-status.ts";
import { loadTarget, type LoadedTarget } from "../handover/target/load-target.ts";
import { percent } from "../handover/turnout/format-turnout.ts";
import { readTurnout } from "../handover/turnout/read-turnout.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { executeProposal } from "../lifecycle/execute-proposal.ts";
import { bundlePath, loadSafeBundle, signBundle } from "../lifecycle/safe/safe-bundle.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { writeBundle } from "../safe/bundle-file.ts";
import { act, beginNextRound, refusalOf } from "./act.ts";
import { bond } from "./bond.ts";
import { carryOut } from "./carry-out.ts";
import { makeHeirs, type Heirs } from "./handover-cast.ts";
import { castAs, governorVoteOf, putToVote } from "./put-to-vote.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const DELAY_BLOCKS = 3n;
const STAKE = { transcoder: 1_000n, broadcaster: 900n, delegator: 300n } as const;
const PLANS_AT_MOST = 12;

type Phase = "safe" | "governor" | "stake";

/** The whole way of power: one key, several keys, several keys with a delay, everybody with stake. */
export const handoverScenario: Scenario = {
  name: "handover",
  summary: "From a key to a Safe, to a Governor, to those with stake: each new owner shows that it can, each old one that it cannot any more.",
  prepare: prepareHandover,
};

function prepareHandover(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let heirs: Heirs | undefined;
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const prove = (what: string, holds: boolean, detail: string): number => proofs.push({ what, holds, detail });

  const carry = async (on: Stage, { proposed }: PlannedHandover, update: (doing: string) => void): Promise<void> => {
    const { stored, assessment, reportPath } = ready(proposed);
    const [first] = assessment.plan.steps;
    const people = { send: byKey, safe: byOwners, "vote-create": byVote(options.producedBy) } as const;
    const kind = first?.kind === "send" || first?.kind === "vote-create" ? first.kind : "safe";
    const { verification } = await carryOut(on, stored, assessment.simulation, update, people[kind]);
    proposals.push({ name: stored.name, title: stored.proposal.title, id: stored.proposal.id, effectsHash: assessment.simulation.effectsHash, report: reportPath ?? "" });
    prove(`"${stored.proposal.title}" changed on chain exactly what was simulated`, verification.equal, `effects hash ${verification.effectsHash}`);
  };

  /** One handover from its plan to its end: whatever is proposed is carried out, until nothing is left. */
  const handOver = (phase: Phase, title: string, targetOf: (on: Stage, to: Heirs) => Promise<LoadedTarget>): RehearsalStep[] => {
    let target: LoadedTarget | undefined;
    let planned: PlannedHandover | undefined;
    const plan = (on: Stage): Promise<PlannedHandover> => planHandover(on.project, ready(target), { producedBy: options.producedBy, dryRun: false });
    return [
      {
        title: `${title}: read every privilege, plan it, prove it on a fork`,
        run: async (update) => {
          const on = ready(stage);
          target = await targetOf(on, ready(heirs));
          planned = await planHandover({ ...on.project, progress: update }, target, { producedBy: options.producedBy, dryRun: false });
          const { record } = planned;
          const again = await plan(on);
          prove(`${phase}: nothing is revoked before the new owner has shown that it can`, again.proposed === undefined && record.stages[0]?.kind === "sign-of-life", record.stages.map(({ kind }) => kind).join(", "));
          return `${record.moves.length} privileges move in ${record.stages.length} stages; ${record.proofs.length} proofs hold on a fork`;
        },
      },
      {
        title: `${title}: each stage an ordinary proposal, executed and verified`,
        run: async (update) => {
          const on = ready(stage);
          let current = ready(planned);
          for (let round = 0; current.proposed !== undefined; round++) {
            if (round > PLANS_AT_MOST) throw new Error("the rehearsal is stuck");
            update(current.proposed.stored.proposal.title);
            await carry(on, current, update);
            current = await plan(on);
          }
          const { isOver, proofs: shown, record } = await readHandoverStatus(on.project, current.record.name, { tries: true });
          prove(`${phase}: all stages are done`, isOver, current.progress.map(({ id, state }) => `${id} ${state}`).join(", "));
          for (const { what, holds, detail } of shown) prove(`${phase}: on chain, ${what}`, holds, detail);
          return `${record.stages.length} proposals executed`;
        },
      },
    ];
  };

  const steps: RehearsalStep[] = [
    {
      title: "Start a chain that one key owns; stake is bonded; a Safe, a Governor and a vote of stake stand ready and own nothing",
      run: async (update) => {
        stage = await openStage(options, { delayBlocks: DELAY_BLOCKS, profile: "current", phase: "eoa", isLived: false, aftermath: false }, update);
        update("making those who may take over");
        heirs = await makeHeirs(stage);
        await beginNextRound(stage);
        for (const role of ["transcoder", "broadcaster"] as const) await bond(stage, role, STAKE[role], role);
        await bond(stage, "delegator", STAKE.delegator, "transcoder");
        await beginNextRound(stage);
        for (const role of ["transcoder", "broadcaster"] as const) await act(stage, role, addressIn(stage, "BondingManager"), "function reward()");
        return `Safe ${heirs.safe}, Governor ${heirs.governor}, StakeTimelock ${heirs.timelock}`;
      },
    },
    ...handOver("safe", "Key -> Safe", (_, to) => loadTarget("safe", to.safe)),
    ...handOver("governor", "Safe -> Governor", (_, to) => loadTarget("governor", to.governor)),
    {
      title: "Hand over to votes that may never reach their quorum",
      run: async () => {
        const on = ready(stage);
        const unknown = await refusalOf(planHandover(on.project, await loadTarget("stake", undefined), { producedBy: options.producedBy, dryRun: true }));
        prove("without past votes and without a word on turnout, nobody is handed anything", unknown?.code === "LPCTL_HANDOVER_TURNOUT_UNKNOWN", wordsOf(unknown));
        const poor = await refusalOf(planHandover(on.project, await stakeTarget(on, "15%", "45%"), { producedBy: options.producedBy, dryRun: true }));
        prove("votes that would mostly miss their quorum are refused", poor?.code === "LPCTL_HANDOVER_QUORUM_UNREACHABLE", wordsOf(poor));
        return "both refused";
      },
    },
    ...handOver("stake", "Governor -> stake", (on) => stakeTarget(on, "45%", "90%")),
    {
      title: "Reckon the turnout of votes to come from those that were held",
      run: async () => {
        const on = ready(stage);
        const { source, probability, quantiles } = await readTurnout(on.project, addressIn(on, "StakeGovernor"));
        const votes = source.kind === "past" ? source.votes : [];
        const said = votes.map(({ share, transcoderShare }) => `${percent(share)}, ${percent(transcoderShare)} by transcoders`).join("; ");
        prove("the votes of this handover now tell what turnout to expect", votes.length === 2 && votes.every(({ share, transcoderShare }) => share === 1 && transcoderShare === 1) && probability > 0.99, said);
        return `half of the draws lie above ${percent(quantiles[1])}`;
      },
    },
  ];

  return {
    steps,
    result: () => ({ scenario: handoverScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}

function wordsOf(refusal: LpctlError | undefined): string {
  return refusal === undefined ? "nothing refuses" : [refusal.message, refusal.why].join(": ");
}

async function stakeTarget({ project }: Stage, least: string, most: string): Promise<LoadedTarget> {
  const path = join(project.folder, "handover.yaml");
  const turnout = `{distribution: {triangular: {least: "${least}", mode: "${least}", most: "${most}"}}, transcoders: {shares: ["${least}"]}}`;
  await writeFile(path, `name: to-those-with-stake\ntarget: stake\nturnout: ${turnout}\n`);
  return loadTarget(path, undefined);
}

async function byKey({ project }: Stage, stored: StoredProposal): Promise<void> {
  await executeProposal(project, stored, { signer: walletSigner(localAccounts().deployer.privateKey) });
}

/** How owners sign without a network is the subject of other rehearsals. */
async function byOwners({ project }: Stage, stored: StoredProposal): Promise<void> {
  let bundle = ready(await loadSafeBundle(stored));
  for (const owner of [localAccounts()["owner-1"], localAccounts()["owner-3"]]) bundle = await signBundle(bundle, undefined, walletSigner(owner.privateKey), { ledger: project.ledger });
  await writeBundle(bundlePath(stored), bundle);
}

function byVote(producedBy: string): (stage: Stage, stored: StoredProposal, update: (doing: string) => void) => Promise<void> {
  return async (stage, stored, update) => {
    update("put to the vote");
    const voteId = await putToVote(stage, "broadcaster", stored, { kind: "governor", governor: addressIn(stage, "StakeGovernor") }, producedBy);
    const { snapshot } = await governorVoteOf(stage, voteId);
    while ((await beginNextRound(stage)) <= snapshot);
    for (const role of ["transcoder", "broadcaster"] as const) {
      update(`${role} votes`);
      await castAs(stage, role, voteId, "for");
    }
  };
}
