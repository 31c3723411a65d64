import { tryReadFunction } from "../../chain/read-function.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { ZERO_HASH, type Address } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import type { Claim } from "../loading/claims-file.ts";
import { readClaimsState, type ClaimsState } from "../loading/claims-state.ts";
import { loadPublishedClaims, type PublishedClaims } from "./published-claims.ts";

/** The claims of a fork, as they are published and as the chain has them. */
export interface OpenedClaims {
  path: string;
  published: PublishedClaims;
  state: ClaimsState;
  /** Of the fork that the contract belongs to, as it says itself. */
  controller: Address;
  /** Whether the network is configured with that one; undefined where it is with none. */
  isOfNetwork: boolean | undefined;
}

/** What one account can claim. */
export interface OpenedClaim extends OpenedClaims {
  account: Address;
  claim: Claim;
  isClaimed: boolean;
}

/**
 * Opens the claims of a fork: the tree of the file must be the one that the contract has.
 * @throws LPCTL_CLAIM_OTHER_CHAIN, LPCTL_CLAIM_NO_CONTRACT, LPCTL_CLAIM_OTHER_TREE, and what `loadPublishedClaims` throws
 */
export async function openClaims(project: Project, path: string): Promise<OpenedClaims> {
  const published = await loadPublishedClaims(path);
  const { chainId, contract, tree } = published;
  if (chainId !== project.chainId) throw failure("LPCTL_CLAIM_OTHER_CHAIN", Exit.refused, `${printable(path)} is for chain ${chainId}, and ${project.network} is chain ${project.chainId}`, "a claim is good on one chain, for one contract", "Choose the network of the fork with --network");
  const [state, answer] = await Promise.all([readClaimsState(project.rpc, contract), tryReadFunction(project.rpc, contract, "function controller() view returns (address)")]);
  const controller = answer?.[0] as Address | undefined;
  if (state === undefined || controller === undefined) throw failure("LPCTL_CLAIM_NO_CONTRACT", Exit.refused, `At ${contract} there is no contract that anything can be claimed from`, `${printable(path)} names it, and on ${project.network} it does not answer as one`, "Check the network, and that the fork is complete");
  if (state.root !== tree.root) {
    const why = state.root === ZERO_HASH ? "no tree is staged: it was not yet, or its owner took it back" : `the contract has the root ${state.root}, and the file ${tree.root}`;
    throw failure("LPCTL_CLAIM_OTHER_TREE", Exit.refused, `${contract} has another tree than ${printable(path)}`, why, "Get the newest claims.json from whoever published the fork");
  }
  return { path, published, state, controller, isOfNetwork: project.controller === undefined ? undefined : project.controller === controller };
}

/** @throws LPCTL_CLAIM_NOT_IN_TREE, LPCTL_CLAIM_NO_CONTRACT */
export async function findClaim(project: Project, claims: OpenedClaims, account: Address): Promise<OpenedClaim> {
  const { contract, tree } = claims.published;
  const [claim] = tree.claimsOf(account);
  if (claim === undefined) throw failure("LPCTL_CLAIM_NOT_IN_TREE", Exit.refused, `${account} has nothing to claim`, `${printable(claims.path)} has ${tree.rowCount} accounts, and it is none of them: what it had was loaded into the fork, or it had nothing`, "lpctl fork verify proves what everybody has; look at the account on the fork itself");
  const [index] = claim.entry;
  const isClaimed = (await tryReadFunction(project.rpc, contract, "function isClaimed(uint256 index) view returns (bool)", [index]))?.[0];
  if (typeof isClaimed !== "boolean") throw failure("LPCTL_CLAIM_NO_CONTRACT", Exit.refused, `${contract} does not say whether row ${index} was claimed`, "there is other code than that of SnapshotClaims", "lpctl fork verify");
  return { ...claims, account, claim, isClaimed };
}

function failure(code: `LPCTL_CLAIM_${Uppercase<string>}`, exit: LpctlError["exit"], message: string, why: string, next: string): LpctlError {
  return new LpctlError({ code, exit, message, why, next });
}
