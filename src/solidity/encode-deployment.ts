import { getAddress, isAddress, Interface, type InterfaceAbi } from "ethers";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Artifact } from "./artifact.ts";

/**
 * The data of a transaction that creates the contract: linked creation code and ABI-encoded arguments.
 *
 * @param args constructor arguments in order; integers as bigint
 * @param libraries address of each library the code links, by `Name` or `source:Name`
 *
 * Errors: LPCTL_SOLIDITY_NOT_DEPLOYABLE (interface or abstract contract), LPCTL_SOLIDITY_UNLINKED (a library has no
 * address), LPCTL_SOLIDITY_CONSTRUCTOR_ARGUMENTS (number or type of the arguments).
 */
export function encodeDeployment(
  artifact: Artifact,
  args: readonly unknown[] = [],
  libraries: Readonly<Record<string, Address>> = {},
): Hex {
  if (artifact.creationBytecode === "0x") {
    throw new LpctlError({
      code: "LPCTL_SOLIDITY_NOT_DEPLOYABLE",
      exit: Exit.usage,
      message: `${artifact.name} cannot be deployed.`,
      why: `It is ${artifact.kind === "interface" ? "an interface" : "abstract"} and has no code.`,
      next: "Name a contract that implements it.",
      details: { contract: artifact.name },
    });
  }
  return `${linkCreationCode(artifact, libraries)}${encodeArguments(artifact, args)}` as Hex;
}

function linkCreationCode(artifact: Artifact, libraries: Readonly<Record<string, Address>>): string {
  let code = artifact.creationBytecode;
  const missing: string[] = [];
  for (const [source, names] of Object.entries(artifact.linkReferences.creation)) {
    for (const [name, ranges] of Object.entries(names)) {
      const address = libraries[`${source}:${name}`] ?? libraries[name];
      if (address === undefined || !isAddress(address)) {
        missing.push(`${source}:${name}`);
        continue;
      }
      const digits = getAddress(address).slice(2).toLowerCase();
      for (const { start, length } of ranges) {
        const from = 2 + 2 * start;
        code = code.slice(0, from) + digits + code.slice(from + 2 * length);
      }
    }
  }
  if (missing.length === 0) return code;
  throw new LpctlError({
    code: "LPCTL_SOLIDITY_UNLINKED",
    exit: Exit.usage,
    message: `${artifact.name} links ${missing.join(", ")}, and no address is given for ${missing.length === 1 ? "it" : "them"}.`,
    why: "Code with an open link would call a wrong address.",
    next: "Deploy the library first and give its address.",
    details: { contract: artifact.name, libraries: missing },
  });
}

function encodeArguments(artifact: Artifact, args: readonly unknown[]): string {
  const contractInterface = new Interface(artifact.abi as InterfaceAbi);
  const inputs = contractInterface.deploy.inputs;
  const wanted = `constructor(${inputs.map((input) => `${input.type}${input.name === "" ? "" : ` ${input.name}`}`).join(", ")})`;
  const fail = (why: string, cause?: unknown): never => {
    throw new LpctlError({
      code: "LPCTL_SOLIDITY_CONSTRUCTOR_ARGUMENTS",
      exit: Exit.usage,
      message: `The arguments do not fit ${artifact.name}'s ${wanted}.`,
      why,
      details: { contract: artifact.name, constructor: wanted },
      cause,
    });
  };
  if (args.length !== inputs.length) fail(`It takes ${inputs.length}, and ${args.length} are given.`);
  try {
    return contractInterface.encodeDeploy([...args]).slice(2);
  } catch (error) {
    return fail(error instanceof Error && "shortMessage" in error ? String(error.shortMessage) : String(error), error);
  }
}
