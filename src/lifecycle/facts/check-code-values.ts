import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { LpctlError } from "../../errors.ts";
import type { Finding } from "../../finding.ts";
import type { Project } from "../../inspection/project.ts";
import { compileReference } from "../../inspection/sources.ts";
import type { Address } from "../../protocol/hex.ts";
import type { Artifact } from "../../solidity/artifact.ts";
import { matchRuntimeBytecode } from "../../solidity/match-bytecode.ts";
import type { CodeValues } from "../../solidity/value-findings.ts";

/** Whether each library that code calls by address is there, and is what its source compiles to. */
export async function checkLibraries(project: Project, artifact: Artifact, { libraries }: CodeValues): Promise<Finding[]> {
  const sources = Object.entries(artifact.linkReferences.runtime).flatMap(([source, names]) => Object.keys(names).map((name) => ({ name, reference: `${source}:${name}` })));
  const found = await Promise.all(
    sources.map(async ({ name, reference }): Promise<Finding> => {
      const address = libraries[name] ?? libraries[reference];
      const code = address === undefined ? "0x" : await project.rpc.code(address);
      if (code === "0x") {
        return { severity: "refuse", code: "library-without-code", title: `The library ${name} has no code: every call of it would fail or do nothing`, detail: address };
      }
      const unit = await compileReference(project, reference).catch((error: unknown) => {
        if (error instanceof LpctlError) return undefined;
        throw error;
      });
      const isSame = unit !== undefined && matchRuntimeBytecode(code, unit.artifact).match === "exact";
      return isSame
        ? { severity: "info", code: "library-code-known", title: `The library ${name} is byte for byte what ${reference} compiles to`, detail: address }
        : { severity: "refuse", code: "library-code-differs", title: `The code of the library ${name} is not what ${reference} compiles to`, detail: address };
    }),
  );
  return found;
}

/** Undefined for code that knows none. */
export async function readController(rpc: Rpc, address: Address): Promise<Address | undefined> {
  return (await tryReadFunction(rpc, address, "function controller() view returns (address)"))?.[0] as Address | undefined;
}

/**
 * Whether code that belongs to a Controller was constructed for this one. Behind a proxy it asks the proxy's storage, so
 * that another one is only a sign of carelessness; a contract of its own would obey, and pay, somebody else.
 */
export async function checkController(project: Project, code: { name: string; address: Address; controller: Address; isBehindProxy: boolean }): Promise<Finding[]> {
  const { name, address, controller, isBehindProxy } = code;
  const found = await readController(project.rpc, address);
  if (found === undefined || found === controller) return [];
  return [
    {
      severity: isBehindProxy ? "warning" : "refuse",
      code: "controller-differs",
      title: `The code that would be ${name} was constructed for another Controller`,
      detail: `${address} names ${found}, and the registry is ${controller}`,
    },
  ];
}
