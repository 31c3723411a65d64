import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import { checkParameterValue } from "../protocol/check-parameter-value.ts";
import type { CurrentValues, Parameter } from "../protocol/parameter.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import { printable } from "../protocol/printable.ts";
import type { Profile } from "../protocol/profiles.ts";
import { parseHuman, percentDivisor } from "../protocol/units.ts";
import type { StateView } from "../snapshot/view/state-view.ts";
import { readParameter } from "./override-parameters.ts";
import type { ParsedFork } from "./parse-fork-file.ts";
import { profileOf } from "./suite-of-snapshot.ts";

/** What a fork file changes, in the units of the snapshot's contracts. */
export interface ForkParameters {
  /** Raw values by id. */
  values: Readonly<Record<string, bigint>>;
  /** What somebody has to know of them, each with its line. */
  findings: Finding[];
}

/** How a setter may change a value: words of a fork are written, not set. */
const RULES_OF_SETTERS = ["pool-only-grows", "round-jump", "write-once"];

/**
 * Reads the parameters of a fork file as the contracts of the snapshot have them (a Minter of 2018 counts in other parts than
 * today's), and holds them against the catalogue: bounds, scales, and rules between several of them as they are going to be.
 * @throws LPCTL_FORK_PARAMETER with the line of each that is refused
 */
export function checkForkParameters({ path, file, placeOf }: ParsedFork, view: StateView): ForkParameters {
  const profile = profileOf(view);
  const given = Object.entries(file.parameterTexts).map(([id, text]) => ({ id, text, place: placeOf(["parameters", id]), parameter: variantIn(view, profile, id) }));
  const refused: { line: number; column: number; text: string }[] = [];
  const parsed = given.flatMap(({ id, text, place, parameter }) => {
    if (parameter === undefined) {
      refused.push({ ...place, text: `The snapshot is of the profile ${profile}, which has no ${id}.` });
      return [];
    }
    const { value, form } = parseHuman(text, parameter.unit);
    return typeof value === "bigint" ? [{ place, parameter, value, form }] : [];
  });
  const values = Object.fromEntries(parsed.map(({ parameter, value }) => [parameter.id, value]));
  const before = snapshotValues(view, profile);
  const findings: Finding[] = [];
  for (const { place, parameter, value, form } of parsed) {
    const own = { ...before, ...values, [parameter.id]: before[parameter.id] };
    const checked = { ...parameter, rules: parameter.rules.filter(({ id }) => !RULES_OF_SETTERS.includes(id)) };
    for (const finding of checkParameterValue(checked, value, own, { form })) {
      // Of what a constructor sets there is no setter, and a fork calls the constructor.
      if (finding.code === "parameter-no-setter") continue;
      const detail = finding.code === "parameter-unchanged" ? "The line changes nothing." : finding.detail?.replace(/, or confirm \d+ with --raw\.$/, ".");
      if (finding.severity === "refuse") refused.push({ ...place, text: [finding.title, detail].filter((part) => part !== undefined).join(" ") });
      else findings.push({ ...finding, title: `${printable(path)}:${place.line}:${place.column} ${finding.title}`, ...(detail === undefined ? {} : { detail }) });
    }
  }
  if (refused.length > 0) throw refusal(path, refused);
  return { values, findings };
}

/** The parameter as the snapshot's contract has it: one name means other units in other years. */
function variantIn(view: StateView, profile: Profile, id: string): Parameter | undefined {
  const variants = PARAMETERS.filter((candidate) => candidate.id === id);
  const layoutOf = view.find("Minter")?.state.layoutOf;
  // A Minter says itself in which parts it counts, whatever is around it.
  const parts = layoutOf?.endsWith(":PreciseMinter") === true ? 10n ** 9n : layoutOf?.endsWith(":Minter") === true ? 10n ** 6n : undefined;
  const byParts = id.startsWith("Minter.") && parts !== undefined ? variants.find(({ unit }) => percentDivisor(unit) === parts) : undefined;
  return byParts ?? variants.find(({ deployments }) => deployments.includes(profile));
}

function snapshotValues(view: StateView, profile: Profile): CurrentValues {
  const ids = new Set(PARAMETERS.filter(({ keys }) => keys.length === 0).map(({ id }) => id));
  return Object.fromEntries(
    [...ids].flatMap((id): [string, bigint][] => {
      const parameter = variantIn(view, profile, id);
      const value = parameter === undefined ? undefined : readParameter(view, parameter);
      return value === undefined ? [] : [[id, value]];
    }),
  );
}

function refusal(path: string, unordered: readonly { line: number; column: number; text: string }[]): LpctlError {
  const refused = unordered.toSorted((left, right) => left.line - right.line || left.column - right.column);
  const [first = { line: 1, column: 1, text: "" }, ...others] = refused;
  return new LpctlError({
    code: "LPCTL_FORK_PARAMETER",
    exit: Exit.refused,
    message: `${printable(path)}:${first.line}:${first.column} ${printable(first.text)}`,
    why: others.length === 0 ? undefined : ["Also:", ...others.map(({ line, column, text }) => `${line}:${column} ${printable(text)}`)].join("\n"),
    next: `Correct ${printable(path)}; lpctl params list shows bounds and rules`,
    details: { path, problems: refused.map(({ line, column, text }) => ({ line, column, problem: printable(text) })) },
  });
}
