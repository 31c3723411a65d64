import type { Project } from "../inspection/project.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { genesisPaths, loadGenesisRecord } from "./genesis-record.ts";
import { loadGenesis } from "./load-genesis-file.ts";
import { loadPrediction } from "./prediction.ts";
import { compileSuite } from "./prepare-genesis.ts";
import type { VerifyGenesisOptions } from "./verify-genesis.ts";

export interface VerificationRequest {
  /** Undefined takes that of the run in this project, else the network's. */
  controller: Address | undefined;
  deployer: Address | undefined;
  block: bigint | undefined;
  /** As given; undefined looks where `genesis run` keeps it. */
  predictionPath: string | undefined;
}

/**
 * Finds what a verification needs: file, code, Controller, and the prediction if there is one. The record of a run serves
 * only to find the Controller that is meant: a network may carry another protocol too. Nothing in it is believed.
 * @throws LPCTL_GENESIS_PREDICTION_MISSING, and what loading the parts throws
 */
export async function openVerification(project: Project, file: string, request: VerificationRequest): Promise<VerifyGenesisOptions> {
  const { deployer, block, predictionPath } = request;
  project.progress?.("Reading the genesis file and building the tree of its recipients");
  const [loaded, paths] = await Promise.all([loadGenesis(file), genesisPaths(project.folder, project.network, project.rpc)]);
  const prediction = await loadPrediction(predictionPath ?? paths.prediction);
  if (prediction === undefined && predictionPath !== undefined) {
    throw new LpctlError({
      code: "LPCTL_GENESIS_PREDICTION_MISSING",
      exit: Exit.usage,
      message: `There is no prediction at ${printable(predictionPath)}`,
      next: "Leave --prediction out: the state is then predicted again",
    });
  }
  project.progress?.("Compiling the contracts");
  const artifacts = await compileSuite(project.compilerCaches);
  const ran = request.controller === undefined && deployer === undefined ? (await loadGenesisRecord(paths.record))?.controller : undefined;
  const controller = request.controller ?? ran ?? project.controller;
  project.progress?.("Reading the chain");
  return { rpc: project.rpc, loaded, artifacts, controller, deployer, prediction, block };
}

/** @throws LPCTL_USAGE_NOT_A_BLOCK */
export function parseBlock(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,18}$/.test(text)) return BigInt(text);
  throw new LpctlError({
    code: "LPCTL_USAGE_NOT_A_BLOCK",
    exit: Exit.usage,
    message: `--block takes the number of a block, not "${printable(text)}"`,
    next: "Leave it out, or give the number in decimals",
  });
}
