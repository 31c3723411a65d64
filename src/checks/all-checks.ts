import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { SimulationResult } from "../outcome/simulation.ts";
import type { Check, CheckContext } from "./check.ts";
import { batchAtomic } from "./batch-atomic.ts";
import { callersKept } from "./callers-kept.ts";
import { callsSane } from "./calls-sane.ts";
import { codeIdentified } from "./code-identified.ts";
import { codeIntended } from "./code-intended.ts";
import { codeStands } from "./code-stands.ts";
import { conditionsHold } from "./conditions-hold.ts";
import { delayGiven } from "./delay-given.ts";
import { dependenciesRegistered } from "./dependencies-registered.ts";
import { effectsKept } from "./effects-kept.ts";
import { effectsNamed } from "./effects-named.ts";
import { environmentSame } from "./environment-same.ts";
import { fundsStay } from "./funds-stay.ts";
import { gasFits } from "./gas-fits.ts";
import { gitCommitRecorded } from "./git-commit-recorded.ts";
import { governorUpdate } from "./governor-update.ts";
import { initializersClosed } from "./initializers-closed.ts";
import { intentsTrue } from "./intents-true.ts";
import { interfaceStable } from "./interface-stable.ts";
import { invariantsHold } from "./invariants-hold.ts";
import { lifeGoesOn } from "./life-goes-on.ts";
import { logicSafe } from "./logic-safe.ts";
import { minterMigrated } from "./minter-migrated.ts";
import { newVariablesSet } from "./new-variables-set.ts";
import { ownershipIntended } from "./ownership-intended.ts";
import { parametersKept } from "./parameters-kept.ts";
import { parametersSane } from "./parameters-sane.ts";
import { pauseIntended } from "./pause-intended.ts";
import { pollHeeded } from "./poll-heeded.ts";
import { proposalFresh } from "./proposal-fresh.ts";
import { proxyCollision } from "./proxy-collision.ts";
import { proxyUnderstood } from "./proxy-understood.ts";
import { recordIntact } from "./record-intact.ts";
import { registrationSane } from "./registration-sane.ts";
import { registryUse } from "./registry-use.ts";
import { registryWhole } from "./registry-whole.ts";
import { rollbackPossible } from "./rollback-possible.ts";
import { rolesIntended } from "./roles-intended.ts";
import { safeCallPlain } from "./safe-call-plain.ts";
import { safeChangeSane } from "./safe-change-sane.ts";
import { safeSound } from "./safe-sound.ts";
import { safeUntouched } from "./safe-untouched.ts";
import { simulationSucceeds } from "./simulation-succeeds.ts";
import { stateProven } from "./state-proven.ts";
import { storageExplained } from "./storage-explained.ts";
import { storageLayout } from "./storage-layout.ts";
import { storageLive } from "./storage-live.ts";
import { storagePositions } from "./storage-positions.ts";
import { storageRecovered } from "./storage-recovered.ts";
import { supplyKept } from "./supply-kept.ts";
import { targetsHaveCode } from "./targets-have-code.ts";
import { trafficUnchanged } from "./traffic-unchanged.ts";
import { upgradeRoundOrdered } from "./upgrade-round-ordered.ts";
import { upgradeSane } from "./upgrade-sane.ts";
import { valuesInCode } from "./values-in-code.ts";

/** Every check, in the order a signer reads their findings. */
export const CHECKS: readonly Check[] = [
  simulationSucceeds,
  pollHeeded,
  conditionsHold,
  stateProven,
  environmentSame,
  invariantsHold,
  lifeGoesOn,
  proposalFresh,
  gasFits,
  targetsHaveCode,
  codeStands,
  upgradeSane,
  proxyUnderstood,
  registrationSane,
  dependenciesRegistered,
  registryUse,
  registryWhole,
  minterMigrated,
  upgradeRoundOrdered,
  safeUntouched,
  safeChangeSane,
  safeCallPlain,
  safeSound,
  ownershipIntended,
  codeIntended,
  rolesIntended,
  fundsStay,
  supplyKept,
  pauseIntended,
  intentsTrue,
  parametersSane,
  parametersKept,
  codeIdentified,
  storageLayout,
  storageLive,
  storagePositions,
  proxyCollision,
  logicSafe,
  initializersClosed,
  newVariablesSet,
  valuesInCode,
  interfaceStable,
  callersKept,
  storageExplained,
  storageRecovered,
  effectsKept,
  effectsNamed,
  trafficUnchanged,
  rollbackPossible,
  batchAtomic,
  callsSane,
  governorUpdate,
  gitCommitRecorded,
  delayGiven,
  recordIntact,
];

const RANK: Record<Finding["severity"], number> = { refuse: 0, warning: 1, info: 2 };
const KNOWN = new Set(CHECKS.flatMap(({ codes }) => codes));

/** Refusals first, then warnings, then information. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((left, right) => RANK[left.severity] - RANK[right.severity]);
}

/** Runs every check; refusals first, then warnings, then information. */
export function runChecks(proposal: Proposal, simulation: SimulationResult, context: CheckContext): Finding[] {
  return sortFindings([
    ...CHECKS.flatMap((check) => check.find(proposal, simulation, context)),
    // What was found by no check of this index is passed on all the same: nothing found is ever dropped.
    ...context.prepared.filter(({ code }) => !KNOWN.has(code)),
  ]);
}
