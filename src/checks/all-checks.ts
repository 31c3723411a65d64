import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { SimulationResult } from "../simulation/result.ts";
import type { Check, CheckContext } from "./check.ts";
import { batchAtomic } from "./batch-atomic.ts";
import { codeIntended } from "./code-intended.ts";
import { conditionsHold } from "./conditions-hold.ts";
import { dependenciesRegistered } from "./dependencies-registered.ts";
import { delayGiven } from "./delay-given.ts";
import { fundsStay } from "./funds-stay.ts";
import { gitCommitRecorded } from "./git-commit-recorded.ts";
import { minterMigrated } from "./minter-migrated.ts";
import { ownershipIntended } from "./ownership-intended.ts";
import { preparedFindings } from "./prepared-findings.ts";
import { registrationSane } from "./registration-sane.ts";
import { rolesIntended } from "./roles-intended.ts";
import { safeUntouched } from "./safe-untouched.ts";
import { simulationSucceeds } from "./simulation-succeeds.ts";
import { storageExplained } from "./storage-explained.ts";
import { targetsHaveCode } from "./targets-have-code.ts";
import { upgradeRoundOrdered } from "./upgrade-round-ordered.ts";
import { upgradeSane } from "./upgrade-sane.ts";

/** Every check, in the order a signer reads their findings. */
const CHECKS: readonly Check[] = [
  simulationSucceeds,
  conditionsHold,
  targetsHaveCode,
  upgradeSane,
  registrationSane,
  dependenciesRegistered,
  minterMigrated,
  upgradeRoundOrdered,
  safeUntouched,
  ownershipIntended,
  codeIntended,
  rolesIntended,
  fundsStay,
  preparedFindings,
  storageExplained,
  batchAtomic,
  gitCommitRecorded,
  delayGiven,
];

const RANK: Record<Finding["severity"], number> = { refuse: 0, warning: 1, info: 2 };

/** Runs every check; refusals first, then warnings, then information. */
export function runChecks(proposal: Proposal, simulation: SimulationResult, context: CheckContext): Finding[] {
  return CHECKS.flatMap((check) => check(proposal, simulation, context)).toSorted(
    (left, right) => RANK[left.severity] - RANK[right.severity],
  );
}
