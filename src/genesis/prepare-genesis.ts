import type { Address, Hex } from "../protocol/hex.ts";
import { packageRoot } from "../package-root.ts";
import { SUITE } from "../protocol/suite.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { compileContracts } from "../solidity/compile.ts";
import { NO_COMMIT, readGitCommit } from "../solidity/git-commit.ts";
import { termsOf, type GenesisTerms } from "./genesis-file.ts";
import type { LoadedGenesis } from "./load-genesis-file.ts";
import { planGenesis, type DeployedGenesis } from "./plan-genesis.ts";
import { planProfile, type DeployedProfile } from "./plan-profile.ts";
import { hashPlan } from "./prediction.ts";
import { TransactionPlan } from "./transaction-plan.ts";

/** A genesis as it will be sent: every transaction, and the addresses that follow. */
export interface PreparedGenesis {
  plan: TransactionPlan;
  /** Equal for equal transactions: same file, same code, same deployer at the same nonce. */
  planHash: Hex;
  terms: GenesisTerms;
  suite: DeployedProfile;
  genesis: DeployedGenesis;
  artifacts: readonly Artifact[];
  /** 20 bytes; what the registry will say of every contract. */
  gitCommitHash: Hex;
}

const FAUCET_PARAMETERS = "LivepeerTokenFaucet.";

/** Compiles the contracts that lpctl carries, or takes them from the cache. */
export function compileSuite(compilerCaches: string[]): Promise<Artifact[]> {
  return compileContracts({ root: packageRoot(), targets: SUITE.map(({ name, source }) => ({ source, contract: name })), cacheFolders: compilerCaches });
}

/**
 * Makes the plan of a genesis file.
 * @param options.gitCommitHash what an earlier run recorded; undefined takes the file's, or that of the contracts
 */
export async function prepareGenesis(
  loaded: LoadedGenesis,
  artifacts: readonly Artifact[],
  options: { deployer: Address; firstNonce: bigint; gitCommitHash?: Hex | undefined },
): Promise<PreparedGenesis> {
  const { file } = loaded.parsed;
  const gitCommitHash = options.gitCommitHash ?? file.gitCommit ?? (await readGitCommit(packageRoot()))?.hash ?? NO_COMMIT;
  const terms = termsOf(file, loaded.recipients);
  const plan = new TransactionPlan(options.deployer, options.firstNonce);
  const parameters = Object.fromEntries(
    Object.entries(file.parameters)
      .filter(([id]) => !id.startsWith(FAUCET_PARAMETERS))
      .map(([id, { value }]) => [id, value]),
  );
  const suite = planProfile(plan, artifacts, { profile: file.profile, parameters, gitCommitHash });
  const genesis = planGenesis(plan, artifacts, terms, suite, gitCommitHash);
  return { plan, planHash: hashPlan(plan), terms, suite, genesis, artifacts, gitCommitHash };
}
