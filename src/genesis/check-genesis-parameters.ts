import { checkParameterValue } from "../protocol/check-parameter-value.ts";
import type { CurrentValues } from "../protocol/parameter.ts";
import { formatHuman } from "../protocol/units.ts";
import type { GenesisFindings } from "./genesis-findings.ts";
import { genesisParameter, genesisParameterIds } from "./genesis-schema.ts";
import type { ParsedGenesis } from "./parse-genesis-file.ts";

/** What the checks of a change say and a genesis need not hear: it constructs contracts, everything is new, and what a rule reads may be of another suite. */
const NOT_FOR_A_GENESIS = ["parameter-no-setter", "parameter-unchanged", "parameter-cross-rule-unchecked"];

/** In a file a value is confirmed by writing its unit; there is no flag. */
const NOT_IN_A_FILE = /, or confirm \d+ with --raw\./;

/**
 * Every parameter of the profile is there, in bounds, in the scale that was meant, and fits the others. Each is judged as
 * the setters will: in the order of the plan, on contracts where everything after it is still 0.
 */
export function checkGenesisParameters(parsed: ParsedGenesis, findings: GenesisFindings): void {
  const { parameters, profile, distribution } = parsed.file;
  const values: Record<string, CurrentValues[string]> = {};
  const ids = genesisParameterIds(profile, distribution.kind);
  for (const id of ids) values[id] = 0n;
  for (const id of ids) {
    const { parameter, value: usual } = genesisParameter(profile, id);
    const given = parameters[id];
    if (given === undefined) {
      findings.add(
        "refuse",
        "genesis-parameter-missing",
        ["parameters"],
        `${id} is missing: ${decapitalise(parameter.meaning)}.`,
        `It was first deployed with ${formatHuman(usual, parameter.unit)}.`,
      );
      continue;
    }
    const found = checkParameterValue(parameter, given.value, values, { form: given.form }).filter(({ code }) => !NOT_FOR_A_GENESIS.includes(code));
    for (const { severity, code, title, detail } of found) findings.add(severity, code, ["parameters", id], title, detail?.replace(NOT_IN_A_FILE, "."));
    values[id] = given.value;
  }
}

function decapitalise(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
