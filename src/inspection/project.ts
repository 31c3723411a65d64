import { join } from "node:path";
import type { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import type { BlockHeader, Rpc } from "../chain/rpc.ts";
import type { Address } from "../protocol/hex.ts";
import type { Policy } from "../protocol/policy.ts";
import type { Witness } from "../simulation/witness/witness.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";

/** One checkout of somebody's governance work, and the network that is being worked on. */
export interface Project {
  /** Holds `lpctl.yaml`, `proposals/` and `.lpctl/`. */
  folder: string;
  network: string;
  chainId: bigint;
  /** Where a registry protocol begins; undefined where contracts are named by address only. */
  controller: Address | undefined;
  rpc: Rpc;
  /** Read in order when compiling; the last is written. */
  compilerCaches: string[];
  /** `path:Name` of contracts beyond the suite, for naming storage and finding what a proxy runs. */
  sources: string[];
  /** Solidity version to the path of a compiler of that version, for sources that lpctl's own does not compile. */
  compilers: Readonly<Record<string, string>>;
  /** LIP-25 Governor: blocks between staging and executing, unless a command says otherwise. */
  delayBlocks: bigint;
  /** What findings are to be raised or allowed here. */
  policy?: Policy | undefined;
  /** False leaves out what is tried after a proposal: rounds with actors, invariants, the way back. */
  aftermath?: boolean | undefined;
  /** The block that everything is read at; undefined: the latest, whenever something is read. */
  block?: BlockHeader | undefined;
  /** Where a fork takes its state from instead of the RPC. */
  witness?: Witness | undefined;
  /** Told of every contract that was compiled; of those that code is recognised by, in the order in which they are tried. */
  onCompiled?: ((compiled: CompiledSource) => void) | undefined;
  /** Instead of the sources on this disk. */
  library?: Library | undefined;
  /** Stands between an assessment and what only this machine can tell: `readLocal`. */
  local?: LocalFacts | undefined;
  /** The user's list of everything their keys have signed; undefined where nobody keeps one. */
  ledger?: string | undefined;
  /** The Safe whose transaction is looked at: it acts, whoever the contracts that it calls obey. */
  acting?: Address | undefined;
  /** Told what is being done, for the person watching. */
  progress?: ((what: string) => void) | undefined;
}

/** A contract that was compiled, and where its sources are. */
export interface CompiledSource {
  /** As somebody named it; undefined for what was only compiled to recognise code on chain. */
  reference: string | undefined;
  unit: CompiledUnit;
  root: string;
  compilerPath: string | undefined;
}

/** Contracts that are compiled already. */
export interface Library {
  /** @throws LpctlError where there is none of this name */
  named(reference: string): CompiledUnit;
  /** Those whose code may stand on chain, in the order in which they are tried. */
  known(): CompiledUnit[];
  /** What one of them was compiled from, by source unit. */
  textsOf(unit: CompiledUnit): Readonly<Record<string, string>> | undefined;
}

/** Notes what this machine said, or says again what another one did. */
export type LocalFacts = <T>(name: string, schema: z.ZodType<T>, read: () => Promise<T>) => Promise<T>;

/**
 * Reads something that is neither on the chain nor in a source that is compiled: what git knows, say. Everything of the kind
 * goes this way, so that an assessment can be made again on a machine without it.
 * @param name kebab-case, one for each kind of fact and what it is about
 * @param schema of the fact as plain JSON
 */
export function readLocal<T>(project: Project, name: string, schema: z.ZodType<T>, read: () => Promise<T>): Promise<T> {
  return project.local === undefined ? read() : project.local(name, schema, read);
}

/** The Controller, for whatever cannot be done without a registry. @throws LPCTL_NETWORK_INCOMPLETE */
export function requireController(project: Project): Address {
  if (project.controller !== undefined) return project.controller;
  throw new LpctlError({
    code: "LPCTL_NETWORK_INCOMPLETE",
    exit: Exit.usage,
    message: `The network ${project.network} has no \`controller\``,
    why: "contracts and parameters are found by name through the Controller's registry",
    next: `Set networks.${project.network}.controller in ${join(project.folder, "lpctl.yaml")}, or name the contract by its address`,
  });
}

/**
 * Makes sure that the RPC speaks for the chain the configuration names: the first thing any command does
 * before it believes an answer.
 * @throws LPCTL_CHAIN_ID_DIFFERS
 */
export async function requireChain(rpc: Rpc, chainId: bigint, network: string): Promise<void> {
  const actual = await rpc.chainId();
  if (actual !== chainId) {
    throw new LpctlError({
      code: "LPCTL_CHAIN_ID_DIFFERS",
      exit: Exit.usage,
      message: `Network ${network} is chain ${chainId}, but ${rpc.origin} serves chain ${actual}`,
      next: "Correct `rpcUrl` or `chainId` of the network in lpctl.yaml: lpctl config explain",
    });
  }
}
