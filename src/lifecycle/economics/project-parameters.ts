import { effectOnMoney, effectOnVerification, type EconomicEffect } from "../../economics/effect.ts";
import type { CheatingAssumptions } from "../../economics/deterrence.ts";
import { roundsInTime, type Economy } from "../../economics/economy.ts";
import { learnParticipation, type Participation } from "../../economics/participation.ts";
import { MILLION } from "../../economics/scale.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { requireController, type Project } from "../../inspection/project.ts";
import { readBondingHistory, type BondingHistory } from "../../inspection/read-bonding-history.ts";
import { POLICY_PARAMETERS, VERIFICATION_PARAMETERS, readEconomy } from "../../inspection/read-economy.ts";
import { readParameters } from "../../inspection/read-parameters.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { parameterKey } from "../../protocol/parameters.ts";
import { printable } from "../../protocol/printable.ts";
import { formatHuman, formatRaw, parseHuman, type ParameterValue, type Unit } from "../../protocol/units.ts";
import { atOneBlock } from "../at-one-block.ts";
import { prepareParameters } from "../prepare-parameter.ts";
import { policyWith, presentParticipation, readBlockMilliseconds, termsWith, touchesMoney, touchesVerification, valuesOf, type NewValues } from "./economic-effect.ts";

/** Not a parameter of the protocol: each transcoder sets its own. */
const REWARD_CUT = "rewardCut";
const OWN_BLOCK_CHAINS_DIFFER: readonly bigint[] = [42_161n, 421_614n];

export interface ProjectionRequest {
  /** What would be set, as typed; the reward cut that is assumed may be among it. */
  settings: readonly { name: string; value: string }[];
  /** Instead of settings. */
  proposal: Proposal | undefined;
  /** Bare integers are meant as they stand. */
  acceptRaw: boolean;
  /** Rounds of the present length, or the time that they take. */
  horizon: { rounds: number } | { milliseconds: bigint };
  paths: number;
  seed: bigint;
  participation:
    | { kind: "fixed"; bondedPpb: bigint | undefined }
    | { kind: "mean-reverting"; bondedPpb: bigint | undefined; reversionPpb: bigint; noisePpb: bigint }
    | { kind: "history"; rounds: number };
  /** What transcoders keep now, parts per million. */
  rewardCut: bigint;
  /** Undefined: as the last blocks took. */
  blockMilliseconds: bigint | undefined;
  cheating: CheatingAssumptions;
  samples: number;
}

export interface ProjectedChange {
  id: string;
  before: { human: string; raw: string } | undefined;
  after: { human: string; raw: string };
}

export interface Projection {
  block: { number: bigint; hash: string };
  changes: ProjectedChange[];
  effect: EconomicEffect;
  participation: Participation | undefined;
  /** Where participation was learned from the past. */
  backTest: BondingHistory["backTest"] | undefined;
}

/**
 * What new values of parameters would do, or what goes on without any. Reads one block, writes and sends nothing.
 * @throws LPCTL_PROJECTION_*, LPCTL_PARAMETER_*, LPCTL_UNITS_*
 */
export async function projectParameters(given: Project, request: ProjectionRequest): Promise<Projection> {
  requireController(given);
  const project = await atOneBlock(given);
  const parameters = await readParameters(project);
  const { changes, values, rewardCut } = await readChanges(project, request);
  const { economy, verification, doubt } = await readEconomy(project, parameters, request.rewardCut);
  const isWithout = values.size === 0 && rewardCut === undefined;
  const wantsMoney = isWithout || touchesMoney(values) || rewardCut !== undefined;
  if (wantsMoney && !isWithout && economy === undefined) throw nothingToReckon("this deployment has no Minter, or nothing to mint from");
  if (wantsMoney && economy !== undefined && doubt !== undefined) throw scaleUncertain(doubt);
  const learned = wantsMoney && economy !== undefined ? await chooseParticipation(project, economy, request) : undefined;
  const money =
    learned === undefined || economy === undefined
      ? undefined
      : effectOnMoney(economy, isWithout ? undefined : { ...policyWith(economy.policy, values), rewardCut: rewardCut ?? request.rewardCut }, learned.participation, await optionsOf(project, economy, request));
  const wantsVerification = isWithout || touchesVerification(values);
  const weighed = verification === undefined || !wantsVerification ? undefined : effectOnVerification(verification, isWithout ? undefined : termsWith(verification, values), request.cheating);
  if (money === undefined && weighed === undefined) throw nothingToReckon("this deployment has neither a Minter nor verification of jobs");
  const { block } = project;
  if (block === undefined) throw new Error("a project at one block has one");
  return {
    block: { number: block.number, hash: block.hash },
    changes,
    effect: { ...(money === undefined ? {} : { money }), ...(weighed === undefined ? {} : { verification: weighed }) },
    participation: learned?.participation,
    backTest: learned?.backTest,
  };
}

async function optionsOf(project: Project, economy: Economy, request: ProjectionRequest) {
  const blockMilliseconds = request.blockMilliseconds ?? (await readBlockMilliseconds(project));
  const { horizon, paths, seed, samples } = request;
  const rounds = "rounds" in horizon ? horizon.rounds : Number(roundsInTime(horizon.milliseconds, economy.policy.roundLengthBlocks, blockMilliseconds));
  if (rounds < 1) throw assumption("That is less than one round", `A round takes ${economy.policy.roundLengthBlocks} blocks of ${blockMilliseconds} ms.`, "Project more years, or name the rounds: --rounds 100");
  return { rounds, paths: request.participation.kind === "fixed" ? 0 : paths, seed, samples, blockMilliseconds };
}

/** What is set, in the order in which it is set, and the reward cut apart. */
async function readChanges(project: Project, { settings, proposal, acceptRaw, rewardCut: presentCut }: ProjectionRequest): Promise<{ changes: ProjectedChange[]; values: NewValues; rewardCut: bigint | undefined }> {
  if (proposal !== undefined) {
    if (settings.length > 0) throw assumption("Either a proposal or values, not both", "The proposal says itself what it sets.", "Leave out one of the two");
    const values = valuesOf(proposal);
    requireReckoned([...values.keys()].filter(hasEffect).length > 0 ? [] : [proposal.title]);
    const { live, current } = await readParameters(project);
    const changes = [...values].filter(([id]) => hasEffect(id)).map(([id, value]): ProjectedChange => {
      const unit = live.find(({ parameter }) => parameter.id === id)?.parameter.unit ?? "count";
      return changeOf(id, unit, current[id], value);
    });
    return { changes, values: new Map([...values].filter(([id]) => hasEffect(id))), rewardCut: undefined };
  }
  const isCut = ({ name }: { name: string }): boolean => name.toLowerCase() === REWARD_CUT.toLowerCase();
  const cuts = settings.filter(isCut);
  const prepared = await prepareParameters(project, settings.filter((setting) => !isCut(setting)).map((setting) => ({ ...setting, acceptRaw })));
  requireReckoned(prepared.map(({ parameter, intent }) => ({ id: parameterKey(parameter), shown: intent.parameter })).filter(({ id }) => !hasEffect(id)).map(({ shown }) => shown));
  const names = [...prepared.map(({ intent }) => intent.parameter), ...cuts.map(() => REWARD_CUT)];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw assumption(`${printable(twice)} is given twice`, undefined, "Give one value for each");
  const [cut] = cuts;
  const rewardCut = cut === undefined ? undefined : parseShare(cut.value, "percent-1e6", "rewardCut");
  return {
    changes: [
      ...prepared.map(({ intent, parameter, before, after }) => changeOf(intent.parameter, parameter.unit, before, after)),
      ...(rewardCut === undefined ? [] : [changeOf(REWARD_CUT, "percent-1e6", presentCut, rewardCut)]),
    ],
    values: new Map(prepared.flatMap(({ parameter, after }): [string, bigint][] => (typeof after === "bigint" ? [[parameterKey(parameter), after]] : []))),
    rewardCut,
  };
}

async function chooseParticipation(project: Project, economy: Economy, { participation }: ProjectionRequest): Promise<{ participation: Participation; backTest: BondingHistory["backTest"] | undefined }> {
  const present = presentParticipation(economy);
  if (participation.kind === "history") {
    const { roundLengthBlocks, inflationChange, targetBondingRate } = economy.policy;
    const { ratesPpb, backTest } = await readBondingHistory(project, {
      rounds: participation.rounds,
      roundLengthBlocks,
      countsOwnBlocks: !OWN_BLOCK_CHAINS_DIFFER.includes(project.chainId),
      terms: { divisor: economy.divisor, change: inflationChange, target: targetBondingRate },
    });
    return { participation: learnParticipation(ratesPpb), backTest };
  }
  if (present.kind === "fixed") throw new Error("the present has a start and a mean");
  const ratePpb = participation.bondedPpb;
  if (participation.kind === "fixed") return { participation: { kind: "fixed", ratePpb: ratePpb ?? present.startPpb }, backTest: undefined };
  const { reversionPpb, noisePpb } = participation;
  return { participation: { kind: "mean-reverting", startPpb: present.startPpb, meanPpb: ratePpb ?? present.meanPpb, reversionPpb, noisePpb }, backTest: undefined };
}

/** A percentage from 0% to 100%, written with its sign. @throws LPCTL_UNITS_*, LPCTL_PROJECTION_ASSUMPTION */
export function parseShare(text: string, unit: "percent-1e6" | "percent-1e9", what: string): bigint {
  const { value, form } = parseNamed(text, unit, what, "10%");
  const most = unit === "percent-1e6" ? MILLION : MILLION * 1_000n;
  if (form === "raw") throw assumption(`${what} is a percentage, not ${printable(text)}`, "A bare number does not say of what it is a part.", `Write it with its sign: ${what} 10%`);
  if (typeof value !== "bigint" || value > most) throw assumption(`${what} is at most 100%, not ${printable(text)}`, undefined, `For example: ${what} 10%`);
  return value;
}

/** As `parseHuman`; what is wrong names the flag, and how it is written there. */
export function parseNamed(text: string, unit: Unit, what: string, example: string): ReturnType<typeof parseHuman> {
  try {
    return parseHuman(text, unit);
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    const { code, exit, message, why, details } = error;
    throw new LpctlError({ code, exit, message: `${what}: ${message}`, why, details, next: `For example: ${what} ${example}`, cause: error });
  }
}

function changeOf(id: string, unit: Unit, before: ParameterValue | undefined, after: ParameterValue): ProjectedChange {
  const show = (value: ParameterValue): { human: string; raw: string } => ({ human: formatHuman(value, unit), raw: formatRaw(value) });
  return { id, before: before === undefined ? undefined : show(before), after: show(after) };
}

function hasEffect(id: string): boolean {
  return id in POLICY_PARAMETERS || id in VERIFICATION_PARAMETERS;
}

function requireReckoned(without: readonly string[]): void {
  const [first] = without;
  if (first !== undefined) throw nothingToReckon(`nothing here follows from ${without.map(printable).join(", ")}`);
}

function nothingToReckon(why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_PROJECTION_NO_EFFECT",
    exit: Exit.usage,
    message: "There is nothing to project",
    why,
    next: `Project one of ${[...Object.keys(POLICY_PARAMETERS), ...Object.keys(VERIFICATION_PARAMETERS)].map((id) => id.slice(id.indexOf(".") + 1)).join(", ")}, ${REWARD_CUT}`,
  });
}

function scaleUncertain(why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_PARAMETER_SCALE_UNCERTAIN",
    exit: Exit.refused,
    message: "The scale of the Minter's rates is not certain: nothing can be reckoned from them",
    why,
    next: "Find out how the Minter counts; what an inflation of 500 means differs by a thousand",
  });
}

export function assumption(message: string, why: string | undefined, next: string): LpctlError {
  return new LpctlError({ code: "LPCTL_PROJECTION_ASSUMPTION", exit: Exit.usage, message, why, next });
}
