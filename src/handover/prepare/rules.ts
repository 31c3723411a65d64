import { Exit, LpctlError } from "../../errors.ts";
import type { Veto } from "../../genesis/plan-stake-rule.ts";
import { profileParameter } from "../../genesis/profile-parameters.ts";
import { checkParameterValue } from "../../protocol/check-parameter-value.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import type { Parameter } from "../../protocol/parameter.ts";
import { printable } from "../../protocol/printable.ts";
import { formatHuman, parseHuman, type ValueForm } from "../../protocol/units.ts";

/** The numbers by which stake decides, by the word people use. */
const IDS = {
  votingDelay: "StakeGovernor.votingDelay",
  votingPeriod: "StakeGovernor.votingPeriod",
  proposalThreshold: "StakeGovernor.proposalThreshold",
  quorum: "StakeGovernor.quorumNumerator",
  quota: "StakeGovernor.quota",
  transcoderQuorum: "StakeGovernor.transcoderQuorum",
  minDelay: "StakeTimelock.minDelay",
} as const;
type RuleWord = keyof typeof IDS;
export const RULE_WORDS = Object.keys(IDS) as RuleWord[];

const ALL = 10n ** 6n;
/** A veto is for the beginning; longer than this it is a second owner. */
const LONGEST_VETO_SECONDS = 5n * 366n * 86_400n;

export interface Rule {
  word: RuleWord;
  parameter: Parameter;
  value: bigint;
  /** Undefined: nobody said, and it is the usual one. */
  form: ValueForm | undefined;
}

/** Every number, those that nobody named with the usual value. @throws LPCTL_HANDOVER_NAME_UNKNOWN, what `parseHuman` throws */
export function chooseRules(typed: Readonly<Record<string, string>>): Rule[] {
  for (const name of Object.keys(typed)) if (wordOf(name) === undefined) throw unknownRule(name);
  return RULE_WORDS.map((word): Rule => {
    const { parameter, value } = profileParameter("current", IDS[word], {});
    const [, text] = Object.entries(typed).find(([name]) => wordOf(name) === word) ?? [];
    const given = text === undefined ? { value, form: undefined } : parseHuman(text, parameter.unit);
    if (typeof given.value !== "bigint") throw new Error(`${parameter.id} is a number`);
    return { word, parameter, value: given.value, form: given.form };
  });
}

/** As they were chosen before. */
export function rulesOf(values: Readonly<Record<string, bigint>>): Rule[] {
  return RULE_WORDS.map((word) => {
    const { parameter, value } = profileParameter("current", IDS[word], values);
    if (typeof value !== "bigint") throw new Error(`${parameter.id} is a number`);
    return { word, parameter, value, form: undefined };
  });
}

export function valuesOf(rules: readonly Rule[]): Record<string, bigint> {
  return Object.fromEntries(rules.map(({ parameter, value }) => [parameter.id, value]));
}

export interface Circumstances {
  /** Undefined where it could not be read. */
  activeStakeWei: bigint | undefined;
  nowSeconds: bigint;
  veto: Veto | undefined;
}

/**
 * Refuses numbers with which nothing could be decided any more, or anything by almost nobody: only a vote under these very
 * numbers could change them. What is unusual and may be meant is told.
 * @throws LPCTL_HANDOVER_RULES_REFUSED with everything that is wrong
 */
export function requireSensible(rules: readonly Rule[], { activeStakeWei, nowSeconds, veto }: Circumstances): string[] {
  const at = (word: RuleWord): bigint => rules.find((rule) => rule.word === word)?.value ?? 0n;
  const wrong = rules.flatMap(complaintsAbout);
  if (at("quota") < ALL / 2n) wrong.push("quota: below 50% a minority of those who vote decides");
  if (at("quota") >= ALL) wrong.push("quota: more than 100% can never be for something");
  if (activeStakeWei !== undefined && activeStakeWei > 0n && at("proposalThreshold") > activeStakeWei) {
    wrong.push(`proposalThreshold: ${formatHuman(at("proposalThreshold"), "wei-lpt")} is more than all active stake, ${formatHuman(activeStakeWei, "wei-lpt")}: nobody could ever propose anything`);
  }
  if (veto !== undefined && veto.expiresAtSeconds <= nowSeconds + at("minDelay")) wrong.push("guardian: its veto ends before the first thing that is voted could be stopped");
  if (veto !== undefined && veto.expiresAtSeconds > nowSeconds + LONGEST_VETO_SECONDS) wrong.push("guardian: a veto of more than five years is a second owner, and it can veto its own end");
  if (wrong.length > 0) {
    throw new LpctlError({
      code: "LPCTL_HANDOVER_RULES_REFUSED",
      exit: Exit.refused,
      message: `Nobody could live with these rules: ${wrong[0]}`,
      why: wrong.length === 1 ? "once stake owns the protocol, only a vote under these very rules can change them" : wrong.slice(1).join("; "),
      next: "Give others, with their units: --set quorum=33.33% --set minDelay=\"2 days\"",
      details: { wrong },
    });
  }
  return [
    ...(at("transcoderQuorum") === 0n ? ["Delegators can decide without a single transcoder (transcoderQuorum is 0%)."] : []),
    ...(at("transcoderQuorum") > at("quorum") ? ["The part of the quorum that transcoders must cast is larger than the quorum: it is what counts."] : []),
    ...(activeStakeWei === undefined || activeStakeWei === 0n ? ["There is no active stake now: whether anybody could reach these numbers is not known."] : []),
    ...(veto === undefined ? ["Nobody can veto what was voted. A guardian with an end can be made only now: --guardian and --guardian-until."] : []),
  ];
}

function complaintsAbout({ word, parameter, value, form }: Rule): string[] {
  const refusals = checkParameterValue(parameter, value, {}, { form: form ?? "human" }).filter(({ code, severity }) => severity === "refuse" && code !== "parameter-no-setter");
  const rules = parameter.rules.filter(({ id, reads }) => id !== "no-transcoder-quorum" && reads.length === 0).flatMap((rule) => {
    const broken = rule.broken(value, () => value);
    return broken === undefined ? [] : [`${word}: ${broken}`];
  });
  return [...refusals.map(({ title }) => `${word}: ${title}`), ...rules];
}

function wordOf(typed: string): RuleWord | undefined {
  const wanted = typed.trim().toLowerCase();
  return RULE_WORDS.find((word) => [word, IDS[word], IDS[word].split(".")[1] ?? ""].some((name) => name.toLowerCase() === wanted));
}

function unknownRule(typed: string): LpctlError {
  const near = nearestName(typed, RULE_WORDS);
  return new LpctlError({
    code: "LPCTL_HANDOVER_NAME_UNKNOWN",
    exit: Exit.usage,
    message: `The vote of stake has no number ${printable(typed)}`,
    why: `known: ${RULE_WORDS.join(", ")}`,
    next: near === undefined ? "Name one of these" : `Did you mean ${near}?`,
  });
}
