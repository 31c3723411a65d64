import { effectOnVerification, effectWithinReach, type EconomicEffect } from "../../economics/effect.ts";
import type { CheatingAssumptions, VerificationTerms } from "../../economics/deterrence.ts";
import type { Economy, MonetaryPolicy } from "../../economics/economy.ts";
import type { Participation } from "../../economics/participation.ts";
import { BILLION, percPoints } from "../../economics/scale.ts";
import type { Project } from "../../inspection/project.ts";
import { POLICY_PARAMETERS, VERIFICATION_PARAMETERS, readEconomy } from "../../inspection/read-economy.ts";
import { readParameters } from "../../inspection/read-parameters.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { readBlockTime } from "../read-block-time.ts";

/** New values of parameters, raw, by the catalogue's id. */
export type NewValues = ReadonlyMap<string, bigint>;

const LPT = 10n ** 18n;
/** Three years of rounds as they were when a round was a day: fixed, so that reports can be compared. */
export const REPORT_ROUNDS = 1_095;
const DEFAULT_REWARD_CUT = 100_000n;
/** Where nobody measured: Ethereum's, which Arbitrum's contracts count as well. */
const DEFAULT_BLOCK_MILLISECONDS = 12_000n;
const LEAST_BLOCK_MILLISECONDS = 1_000n;
/** Half of a distance is gone in seventy rounds, and the rate strays by about two points. */
const DEFAULT_REVERSION_PPB = 10_000_000n;
const DEFAULT_NOISE_PPB = 2_500_000n;
export const DEFAULT_CHEATING: CheatingAssumptions = { stakeWei: 1_000n * LPT, segmentsPerClaim: 1_000n, cheatedSegments: 1n };

/** Of a proposal's report: the same for everybody, and for the same block always the same. */
const REPORT_CHANCE = { seed: 1n, paths: 1_000, samples: 24 };

/** Chance around the present rate. */
export function presentParticipation({ supplyWei, bondedWei }: Economy): Participation {
  const ratePpb = supplyWei === 0n ? 0n : percPoints(bondedWei, supplyWei, BILLION);
  return { kind: "mean-reverting", startPpb: ratePpb, meanPpb: ratePpb, reversionPpb: DEFAULT_REVERSION_PPB, noisePpb: DEFAULT_NOISE_PPB };
}

export function policyWith(policy: MonetaryPolicy, values: NewValues): MonetaryPolicy {
  const changed = { ...policy };
  for (const [id, term] of Object.entries(POLICY_PARAMETERS)) changed[term] = values.get(id) ?? changed[term];
  return changed;
}

export function termsWith(terms: VerificationTerms, values: NewValues): VerificationTerms {
  const changed = { ...terms };
  for (const [id, term] of Object.entries(VERIFICATION_PARAMETERS)) changed[term] = values.get(id) ?? changed[term];
  return changed;
}

export function touchesMoney(values: NewValues): boolean {
  return Object.keys(POLICY_PARAMETERS).some((id) => values.has(id));
}

export function touchesVerification(values: NewValues): boolean {
  return Object.keys(VERIFICATION_PARAMETERS).some((id) => values.has(id));
}

/** What a proposal sets, by the catalogue's id; texts and entries with keys are left out. */
export function valuesOf({ intents }: Pick<Proposal, "intents">): Map<string, bigint> {
  return new Map(intents.flatMap((intent): [string, bigint][] => (intent.kind === "set-parameter" && /^\d+$/.test(intent.value) ? [[intent.parameter, BigInt(intent.value)]] : [])));
}

/**
 * For a proposal's report: what its parameters do, with everything that nobody knows fixed. Undefined where the proposal sets no
 * such parameter, or this deployment does not have what it would follow from.
 */
export async function readProposalEffect(project: Project, proposal: Pick<Proposal, "intents">): Promise<EconomicEffect | undefined> {
  const found = await readEffectFacts(project, proposal);
  if (found === undefined) return undefined;
  const { economy, verification, values, blockMilliseconds } = found;
  const money = economy === undefined ? undefined : effectWithinReach(economy, policyWith(economy.policy, values), presentParticipation(economy), { ...REPORT_CHANCE, rounds: REPORT_ROUNDS, blockMilliseconds });
  const weighed = verification === undefined ? undefined : effectOnVerification(verification, termsWith(verification, values), DEFAULT_CHEATING);
  if (money === undefined && weighed === undefined) return undefined;
  return { ...(money === undefined ? {} : { money }), ...(weighed === undefined ? {} : { verification: weighed }) };
}

/** Everything that the effect is reckoned from: to be read early, so that it can be proven with the rest of the state. */
export async function readEffectFacts(project: Project, proposal: Pick<Proposal, "intents">) {
  const values = valuesOf(proposal);
  if (!touchesMoney(values) && !touchesVerification(values)) return undefined;
  const { economy, verification, doubt } = await readEconomy(project, await readParameters(project), DEFAULT_REWARD_CUT);
  const isReckoned = doubt === undefined && touchesMoney(values) && values.get("RoundsManager.roundLength") !== 0n;
  return {
    values,
    economy: isReckoned ? economy : undefined,
    verification: touchesVerification(values) && values.get("JobsManager.verificationRate") !== 0n ? verification : undefined,
    blockMilliseconds: isReckoned && economy !== undefined ? await readBlockMilliseconds(project) : DEFAULT_BLOCK_MILLISECONDS,
  };
}

/** As rounds count them: measured, or Ethereum's where there is nothing to measure, and on a chain that mines as fast as it is asked to. */
export async function readBlockMilliseconds(project: Project): Promise<bigint> {
  const block = project.block ?? (await project.rpc.block("latest"));
  const measured = await readBlockTime(project.rpc, project.chainId, block);
  return measured === undefined || measured.milliseconds < LEAST_BLOCK_MILLISECONDS ? DEFAULT_BLOCK_MILLISECONDS : measured.milliseconds;
}
