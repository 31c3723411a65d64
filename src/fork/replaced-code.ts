import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { applyPolicy } from "../checks/apply-policy.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Finding } from "../finding.ts";
import type { Project } from "../inspection/project.ts";
import { compileReference } from "../inspection/sources.ts";
import { packageRoot } from "../package-root.ts";
import { printable } from "../protocol/printable.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { parseSourceReference } from "../solidity/source-reference.ts";
import type { LoadedFork } from "./load-fork-file.ts";
import { suiteOf } from "./suite-of-snapshot.ts";

/** Logic that a fork has instead of the snapshot's, behind the same proxy and on the same words. */
export interface ReplacedCode {
  /** Registered name of the proxy. */
  contract: string;
  /** `path:Name`, as the fork file names it. */
  source: string;
  artifact: Artifact;
  /** Of the source whose layout explains the words of the snapshot. */
  replaces: string;
}

/**
 * Compiles what the fork file puts in the place of the snapshot's code, and compares storage: the new code must read the words
 * of the snapshot as the old code wrote them. Paths are relative to the fork file, else to the project.
 * @returns everything the comparison found, each with the line of the file; what refuses stops the fork, save what the policy
 * allows for the fork file's name
 * @throws LPCTL_FORK_CODE for a contract without a proxy, and what compiling throws
 */
export async function compileReplacedCode(project: Project, { parsed, snapshot, view }: LoadedFork): Promise<{ code: ReplacedCode[]; findings: Finding[] }> {
  const { path, file, placeOf } = parsed;
  const code: ReplacedCode[] = [];
  const findings: Finding[] = [];
  const proxied = suiteOf(view).members.filter(({ loading }) => loading === "slots");
  for (const [contract, source] of Object.entries(file.code)) {
    const { line, column } = placeOf(["code", contract]);
    const place = `${printable(path)}:${line}:${column}`;
    const replaces = proxied.find(({ name }) => name === contract)?.view.state.layoutOf;
    if (replaces === undefined) throw noProxy(contract, place, proxied.map(({ name }) => name));
    project.progress?.(`Compiling ${source} and comparing it with what the snapshot runs`);
    const besideFile = existsSync(join(dirname(path), parseSourceReference(source).source));
    const [to, from] = await Promise.all([
      compileReference({ ...project, folder: besideFile ? dirname(path) : project.folder }, source),
      compileReference({ ...project, folder: packageRoot() }, replaces),
    ]);
    const { checkStorageUpgrade } = await import("../solidity/upgrade-check.ts");
    const verdict = await checkStorageUpgrade({ from, to, proxy: "controller-registry" });
    code.push({ contract, source, artifact: to.artifact, replaces });
    findings.push({ severity: "info", code: "fork-code-replaced", title: `${place} ${contract} runs ${printable(source)} on the fork, and ran ${replaces}.`, detail: `Its words are the snapshot's; what they mean is checked against ${replaces}.` });
    findings.push(...verdict.findings.map((finding) => ({ ...finding, title: `${place} ${contract}: ${finding.title}` })));
  }
  return { code, findings: applyPolicy(findings, project.policy, { name: basename(path), id: snapshot.id }) };
}

function noProxy(contract: string, place: string, proxied: readonly string[]): LpctlError {
  return new LpctlError({
    code: "LPCTL_FORK_CODE",
    exit: Exit.refused,
    message: `${place} The code of ${printable(contract)} cannot be replaced`,
    why: `the snapshot has no proxy of that name; it has ${proxied.join(", ")}`,
    next: "Only logic behind a proxy keeps its words when it is replaced: name one of these, or change the contract after the fork",
    details: { contract, proxied },
  });
}
