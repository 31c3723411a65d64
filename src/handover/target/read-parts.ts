import { FunctionFragment } from "ethers";
import { readErc1967Proxy } from "../../chain/proxies.ts";
import type { Project } from "../../inspection/project.ts";
import { readParameters, type LiveParameter } from "../../inspection/read-parameters.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { knownDeclarations } from "../../protocol/decode-known.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import { printable } from "../../protocol/printable.ts";
import { nameOf, type PrivilegeGraph } from "../graph/privilege.ts";
import { resolveAccount, settable, type DividedPart } from "./resolve-target.ts";
import type { TargetFile } from "./target-schema.ts";

/**
 * The functions that the parts of a file name: setters of parameters, or functions of a contract by name or signature.
 * @throws LPCTL_HANDOVER_NAME_UNKNOWN with the nearest name
 */
export async function readParts(project: Project, graph: PrivilegeGraph, { parts = [] }: TargetFile): Promise<DividedPart[]> {
  if (parts.length === 0) return [];
  const { live } = await readParameters(project);
  const found = await Promise.all(
    parts.map(async (part): Promise<DividedPart[]> => {
      const to = part.to === undefined ? undefined : resolveAccount(graph, part.to);
      if ("parameters" in part) return chooseParameters(live, part.parameters).map((one) => ({ ...setterOf(one), to }));
      const target = resolveAccount(graph, part.contract);
      const functions = await readFunctions(project, target);
      return part.functions.map((typed) => ({ target, ...functionNamed(graph, target, functions, typed), to }));
    }),
  );
  return [...new Map(found.flat().map((part) => [`${part.target}:${part.selector}`, part])).values()];
}

function chooseParameters(live: readonly LiveParameter[], wanted: "all" | readonly string[]): LiveParameter[] {
  const here = settable(live);
  if (wanted === "all") return here;
  return wanted.map((typed) => {
    const found = here.find(({ parameter: { id, name } }) => [id, name].some((known) => known.toLowerCase() === typed.toLowerCase()));
    if (found !== undefined) return found;
    const ids = here.map(({ parameter }) => parameter.id);
    throw unknown(`The Controller's owner sets no parameter ${printable(typed)}`, ids, nearestName(typed, ids));
  });
}

function setterOf({ parameter, target }: LiveParameter): { target: Address; selector: Hex; signature: string } {
  const fragment = FunctionFragment.from(parameter.setter ?? "");
  return { target, selector: fragment.selector as Hex, signature: fragment.format("sighash") };
}

/** Functions that change something and whose selector is in the code that runs. */
async function readFunctions(project: Project, address: Address): Promise<FunctionFragment[]> {
  const registry = await readProjectRegistry(project);
  const registered = registry.find((entry) => entry.address === address)?.proxy?.implementation;
  const implementation = registered ?? (await readErc1967Proxy(project.rpc, address))?.implementation ?? address;
  const code = await project.rpc.code(implementation);
  return knownDeclarations()
    .filter((declaration) => declaration.startsWith("function ") && !/\b(view|pure)\b/.test(declaration))
    .map((declaration) => FunctionFragment.from(declaration))
    .filter(({ selector }) => code.includes(selector.slice(2)));
}

function functionNamed(graph: PrivilegeGraph, target: Address, functions: readonly FunctionFragment[], typed: string): { selector: Hex; signature: string } {
  const found = functions.filter((fragment) => fragment.name === typed || fragment.format("sighash") === typed.replaceAll(" ", ""));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return { selector: first.selector as Hex, signature: first.format("sighash") };
  if (first === undefined && typed.includes("(")) {
    const fragment = parseSignature(typed);
    if (fragment !== undefined) return { selector: fragment.selector as Hex, signature: fragment.format("sighash") };
  }
  const names = (first === undefined ? functions : found).map((fragment) => fragment.format("sighash"));
  throw unknown(`${nameOf(graph, target)} has ${first === undefined ? "no" : "more than one"} function ${printable(typed)}`, names, nearestName(typed, names));
}

function parseSignature(typed: string): FunctionFragment | undefined {
  try {
    return FunctionFragment.from(`function ${typed.replace(/^function +/, "")}`);
  } catch {
    return undefined;
  }
}

function unknown(message: string, known: readonly string[], near: string | undefined): LpctlError {
  return new LpctlError({
    code: "LPCTL_HANDOVER_NAME_UNKNOWN",
    exit: Exit.usage,
    message,
    why: `known: ${known.join(", ")}`,
    next: near === undefined ? "Name one of these" : `Did you mean ${near}?`,
  });
}
