import type { Rpc } from "../chain/rpc.ts";
import { planStakeRule, type Veto } from "../genesis/plan-stake-rule.ts";
import type { ParameterValues } from "../genesis/profile-parameters.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { localAccounts } from "./local-accounts.ts";
import { SetupSender } from "./setup-sender.ts";

/** Short, so that a vote can be lived through: rounds to vote in, seconds between queueing and carrying out. */
export const LOCAL_VOTE_RULES: ParameterValues = {
  "StakeGovernor.votingDelay": 1n,
  "StakeGovernor.votingPeriod": 3n,
  "StakeTimelock.minDelay": 30n,
};
const USUAL_GUARDIAN_DAYS = 365;
const DAY_SECONDS = 86_400n;

export interface StakePhase {
  /** Who has the veto; undefined where nobody has. */
  safe: Address | undefined;
  vetoGuardian: Address | undefined;
  /** Registered name to address. */
  contracts: { StakeGovernor: Address; StakeTimelock: Address };
}

/** Gives the Controller of a local chain, which is still its deployer's, to the timelock that does what stake votes for. */
export async function handOverToStake(
  rpc: Rpc,
  artifacts: readonly Artifact[],
  options: { controller: Address; gitCommitHash: Hex; parameters: ParameterValues; guardianDays: number | undefined },
): Promise<StakePhase> {
  const { controller, gitCommitHash, parameters } = options;
  const veto = await makeVeto(rpc, options.guardianDays ?? USUAL_GUARDIAN_DAYS);
  const sender = await SetupSender.from(rpc, localAccounts().deployer.address);
  const rule = planStakeRule(sender.plan, artifacts, { controller, gitCommitHash, parameters: { ...LOCAL_VOTE_RULES, ...parameters }, veto });
  for (const { to, signature, args } of rule.ownerCalls) sender.call(to, signature, args);
  sender.call(controller, "function transferOwnership(address newOwner)", [rule.timelock]);
  await sender.flush();
  return { safe: veto?.guardian, vetoGuardian: rule.vetoGuardian, contracts: { StakeGovernor: rule.governor, StakeTimelock: rule.timelock } };
}

async function makeVeto(rpc: Rpc, days: number): Promise<Veto | undefined> {
  if (days === 0) return undefined;
  const { createLocalSafe } = await import("./create-local-safe.ts");
  const guardian = await createLocalSafe(rpc);
  const { timestampSeconds } = await rpc.block("latest");
  return { guardian, expiresAtSeconds: timestampSeconds + BigInt(days) * DAY_SECONDS };
}
