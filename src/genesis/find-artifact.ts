import type { Artifact } from "../solidity/artifact.ts";

/** The compiled contract of that name. It is a fault of the program when it is not there. */
export function findArtifact(artifacts: readonly Artifact[], name: string): Artifact {
  const found = artifacts.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`${name} is not among the compiled contracts of the suite`);
  return found;
}
