import { readFunction } from "../chain/read-function.ts";
import { uintOf } from "../node/actors/values.ts";
import { localAccounts } from "../node/local-accounts.ts";
import { createRunner, type Runner } from "../node/runner/runner.ts";
import { SetupSender } from "../node/setup-sender.ts";
import type { Address } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import { findPendingClaim } from "./double-claim.ts";
import type { StakeHolder } from "./stake-state.ts";
import { addressIn, type Stage } from "./stage.ts";

/** For each transcoder and round, every second of them wins: some will. */
const TICKETS = 6;
const BROADCASTERS = "function broadcasters(address broadcaster) view returns (uint256 deposit, uint256 withdrawBlock)";

/** The same people in both profiles: what they do follows from the protocol they find. */
export async function enterActors({ project, protocol }: Stage, profile: Profile, jobsPerRound = 1): Promise<Runner> {
  const runner = await createRunner({ rpc: project.rpc, protocol, cast: { profile, seed: 2018n, transcoders: 2, delegators: 3, misbehaviour: [], jobsPerRound, ticketsPerRound: TICKETS } });
  await runner.enter();
  return runner;
}

/** Those of a cast that have stake. */
export function bonders({ cast }: Runner): StakeHolder[] {
  return cast.members.filter(({ role }) => role === "transcoder" || role === "delegator").map(({ name, address }) => ({ name, address }));
}

/** Lets all work be paid while nobody posts jobs, and every broadcaster that knows of the upgrade withdraw its deposit. */
export async function windDown(stage: Stage): Promise<Runner> {
  const runner = await enterActors(stage, "launch", 0);
  await runner.playUntil(async () => (await findPendingClaim(stage)) === undefined, "the end of all work");
  const broadcasters = [localAccounts().broadcaster.address, ...runner.cast.members.filter(({ role }) => role === "broadcaster").map(({ address }) => address)];
  for (const broadcaster of broadcasters) await withdraw(stage, runner, broadcaster);
  // The round goes on with everybody rewarded: what has not called reward when the protocol changes may not be able to.
  await runner.playUntil(async () => (await runner.tick()).calls === 0, "the rewards of the round");
  return runner;
}

async function withdraw(stage: Stage, runner: Runner, broadcaster: Address): Promise<void> {
  const { rpc } = stage.project;
  const jobsManager = addressIn(stage, "JobsManager");
  const account = await readFunction(rpc, jobsManager, BROADCASTERS, [broadcaster]);
  await runner.playUntil(async () => (await rpc.blockNumber()) >= uintOf(account, "withdrawBlock"), "the last block of a job");
  if (uintOf(account, "deposit") === 0n) return;
  const sender = await SetupSender.from(rpc, broadcaster);
  sender.call(jobsManager, "function withdraw()");
  await sender.flush();
}
