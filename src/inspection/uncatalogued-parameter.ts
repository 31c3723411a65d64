import { Interface, id as keccakOfText } from "ethers";
import { tryReadFunction } from "../chain/read-function.ts";
import { Exit, LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { UINT256_MAX, parameter, type Parameter } from "../protocol/parameter.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { findContract, type Contract } from "./contract.ts";
import type { Project } from "./project.ts";
import type { FoundParameter, LiveParameter } from "./read-parameters.ts";

const WIDTHS = [256, 64, 128, 32, 16, 8];

/**
 * `StakingPool.cooldown` of a protocol that no catalogue describes: a getter `cooldown()` and a setter
 * `setCooldown(uintN)` in the code are taken for a parameter counted in plain integers.
 */
export async function findUncatalogued(project: Project, id: string): Promise<FoundParameter> {
  const [contractName = "", name = ""] = id.split(".");
  const contract = await findContract(project, contractName);
  const code = await project.rpc.code(contract.implementation);
  const setterName = setterNameOf(name);
  const width = WIDTHS.find((bits) => code.includes(keccakOfText(`${setterName}(uint${bits})`).slice(2, 10)));
  const answer =
    width === undefined
      ? undefined
      : await tryReadFunction(project.rpc, contract.address, `function ${name}() view returns (uint256)`);
  if (width === undefined || answer === undefined) {
    const near = nearestName(id, PARAMETERS.map((candidate) => candidate.id));
    throw new LpctlError({
      code: "LPCTL_PARAMETER_UNKNOWN",
      exit: Exit.usage,
      message: `There is no parameter ${id} on network ${project.network}`,
      why: `the code of ${contractName} has no ${name}() with ${setterName}(uint…)`,
      next: near === undefined ? "lpctl params list" : `Did you mean ${near}? All of them: lpctl params list`,
    });
  }
  return {
    target: contract.address,
    keys: [],
    value: answer[0] as bigint,
    parameter: uncatalogued(id, width),
  };
}

/** A contract and the code it gets in the batch at hand. */
export interface UpgradedContract {
  contract: Contract;
  artifact: Artifact;
}

/**
 * A parameter that only the new code has: a getter and a setter in its ABI, and nothing on chain yet. It starts as zero.
 * @param typed `maxSegmentsPerClaim` or `JobsManager.maxSegmentsPerClaim`
 */
export function findInNewCode(
  { contract, artifact }: UpgradedContract,
  live: readonly LiveParameter[],
  typed: string,
): FoundParameter | undefined {
  const [owner, name] = typed.includes(".") ? typed.split(".") : [contract.name, typed];
  if (owner !== contract.name || name === undefined) return undefined;
  const id = `${owner}.${name}`;
  const isLive = live.some(({ parameter: known }) => known.id === id || known.name === name);
  const width = WIDTHS.find((bits) => `${setterNameOf(name)}(uint${bits})` in artifact.methodIdentifiers);
  if (isLive || width === undefined || !(`${name}()` in artifact.methodIdentifiers)) return undefined;
  return { target: contract.address, keys: [], value: undefined, parameter: uncatalogued(id, width) };
}

function setterNameOf(name: string): string {
  return `set${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

export function uncatalogued(id: string, width: number): Parameter {
  const name = id.split(".")[1] ?? id;
  return parameter({
    id,
    meaning: "Found in the contract's code; no catalogue describes it",
    deployments: [],
    getter: new Interface([`function ${name}() view returns (uint${width})`]).fragments[0]?.format("full") ?? "",
    setter: `function ${setterNameOf(name)}(uint${width} value)`,
    unit: "count",
    solidityType: `uint${width}`,
    bounds: { min: 0n, max: width === 256 ? UINT256_MAX : 2n ** BigInt(width) - 1n },
    defaults: {},
    event: null,
    hazards: ["The unit and the bounds are unknown to lpctl: only the simulation speaks for this value."],
  });
}
