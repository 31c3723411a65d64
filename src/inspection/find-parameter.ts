import { tryReadFunction } from "../chain/read-function.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { SetParameterIntent } from "../proposal/intent.ts";
import type { Address } from "../protocol/hex.ts";
import { PARAMETERS, splitKeys, variantsOf } from "../protocol/parameters.ts";
import type { ParameterValue } from "../protocol/units.ts";
import { findContract } from "./contract.ts";
import type { Project } from "./project.ts";
import type { FoundParameter, LiveParameter } from "./read-parameters.ts";
import { findUncatalogued, uncatalogued } from "./uncatalogued-parameter.ts";

/** Finds one parameter among those the deployment has; what no catalogue knows is looked for on the contract itself. */
export async function findParameter(
  project: Project,
  live: readonly LiveParameter[],
  typed: string,
): Promise<FoundParameter> {
  const { name, keys } = splitKeys(typed);
  const known = PARAMETERS.some(
    (candidate) => [candidate.id, candidate.name].some((text) => text.toLowerCase() === name.toLowerCase()),
  );
  if (!known && name.includes(".")) return findUncatalogued(project, name);
  const [first] = variantsOf(name, (id) => live.some(({ parameter }) => parameter.id === id));
  const here = live.find((candidate) => candidate.parameter.id === first?.id);
  if (here === undefined) {
    throw new LpctlError({
      code: "LPCTL_PARAMETER_NOT_DEPLOYED",
      exit: Exit.usage,
      message: `The protocol on network ${project.network} has no ${first?.id ?? name}`,
      why: `it belongs to other deployments (${first?.deployments.join(", ") ?? "none"})`,
      next: "lpctl params list",
    });
  }
  const { parameter: definition, target } = here;
  const value =
    keys.length === 0
      ? here.value
      : ((await tryReadFunction(project.rpc, target, definition.getter, keys))?.[0] as ParameterValue | undefined);
  return { parameter: definition, target, keys, value, doubt: here.certain ? undefined : here.why };
}

/**
 * The parameter an intent names. One that only the new code of the same batch has is described by the intent itself, in
 * the form such parameters always have.
 */
export async function findIntentParameter(
  project: Project,
  live: readonly LiveParameter[],
  intent: SetParameterIntent,
  replaced: ReadonlySet<Address>,
): Promise<FoundParameter> {
  try {
    return await findParameter(project, live, intent.parameter);
  } catch (error) {
    const isUnknown = error instanceof LpctlError && error.code === "LPCTL_PARAMETER_UNKNOWN";
    if (!isUnknown || !replaced.has(intent.target)) throw error;
    // The name is what people read: it must be that of the contract that is called.
    const [contractName = ""] = intent.parameter.split(".");
    if ((await findContract(project, contractName)).address !== intent.target) throw error;
    const bits = Number(/\(uint(\d+) /.exec(intent.setter)?.[1] ?? 256);
    return { target: intent.target, keys: [], value: undefined, parameter: uncatalogued(intent.parameter, bits) };
  }
}
