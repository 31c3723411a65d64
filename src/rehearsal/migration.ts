import { readFunction } from "../chain/read-function.ts";
import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import { formatHuman } from "../protocol/units.ts";
import { act, beginNextRound, foresee, mineBlocks, readNumber, refusalOf } from "./act.ts";
import { placeMigration, runMigration } from "./migration-run.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const DELAY_BLOCKS = 10n;
const LAUNCH_BONDING_MANAGER = "contracts/historic/stake2018/BondingManagerLaunch2018.sol:BondingManagerLaunch2018";
const LPT = 10n ** 18n;
const UNBONDING_ROUNDS = 7n;
/** Those who are on their way out when the code changes, each with stake of its own. */
const LEAVING: readonly LocalRole[] = ["delegator", "broadcaster"];
const LOCK = "function getDelegatorUnbondingLock(address account, uint256 id) view returns (uint256 amount, uint256 withdrawRound)";
const LAUNCH_DELEGATOR =
  "function getDelegator(address account) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount, uint256 startRound, uint256 withdrawRound, uint256 lastClaimRound)";

interface Leaving {
  role: LocalRole;
  amountWei: bigint;
  withdrawRound: bigint;
}

/**
 * Tributary as it should have been: while stake learns to leave in parts, everyone who is unbonding gets a lock. What the key of the
 * run may do goes out, what it may not is voted by a Safe and waits in a Governor, and the run goes on where it stood.
 */
export const migrationScenario: Scenario = {
  name: "migration",
  summary: "Partial unbonding (Tributary) by a migration script: who is unbonding gets a lock, through key, Safe and Governor.",
  prepare: prepareMigration,
};

function prepareMigration(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let stop: string | undefined;
  let script: string | undefined;
  let leaving: Leaving[] = [];
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const { producedBy } = options;

  const setUp: RehearsalStep[] = [
    {
      title: "Start a chain with the protocol of 2018; people bond, are rewarded, and some unbond",
      run: async (update) => {
        stage = await openStage(options, { delayBlocks: DELAY_BLOCKS, isLived: false, aftermath: false, instead: { BondingManager: LAUNCH_BONDING_MANAGER } }, update);
        update("people bond and unbond");
        leaving = await live(stage);
        return leaving.map(({ role, amountWei }) => `${role} is unbonding ${formatHuman(amountWei, "wei-lpt")}`).join(", ");
      },
    },
    {
      title: "Try the migration while the protocol runs",
      run: async (update) => {
        const on = ready(stage);
        script = await placeMigration(on, 2, "partial-unbonding");
        const refused = await refusalOf(runMigration(on, script, { producedBy, update }));
        proofs.push({ what: "refused while somebody could still begin to unbond", holds: refused?.why?.includes("the protocol runs") === true, detail: refused?.why ?? "it ran" });
        return "refused";
      },
    },
  ];

  const stopping: RehearsalStep[] = [
    {
      title: "Stop the protocol, by a migration of its own",
      run: async (update) => {
        const on = ready(stage);
        stop = await placeMigration(on, 1, "pause-protocol");
        const { elsewhere } = await runMigration(on, stop, { producedBy, update, proposals });
        return `${elsewhere.length} proposal`;
      },
    },
  ];

  const migrating: RehearsalStep[] = [
    {
      title: "Run it: the upgrade is voted, locks go out, the start is voted",
      run: async (update) => {
        const on = ready(stage);
        const minter = addressIn(on, "Minter");
        const held = await readNumber(on, "LivepeerToken", "function balanceOf(address account) view returns (uint256)", [minter]);
        const outcome = await runMigration(on, ready(script), { producedBy, update, proposals });
        const after = await readNumber(on, "LivepeerToken", "function balanceOf(address account) view returns (uint256)", [minter]);
        proofs.push({ what: "the migration ended verified, and the Minter holds what it held", holds: held === after, detail: `${outcome.operations} operations, ${outcome.elsewhere.length} of them by the Governor; ${formatHuman(after, "wei-lpt")}` });
        for (const one of leaving) proofs.push(await proveLock(on, one));
        return `${outcome.operations} operations, ${outcome.elsewhere.length} proposals`;
      },
    },
    {
      title: "Run both again",
      run: async (update) => {
        const on = ready(stage);
        const before = await on.project.rpc.nonce(localAccounts().operator.address);
        const stopped = await runMigration(on, ready(stop), { producedBy, update });
        const outcome = await runMigration(on, ready(script), { producedBy, update });
        const isPaused = await readNumber(on, on.protocol.controller, "function paused() view returns (uint256)");
        const sent = (await on.project.rpc.nonce(localAccounts().operator.address)) - before;
        proofs.push({ what: "a second run of both sends nothing, and stops nothing", holds: sent === 0n && outcome.confirmed + stopped.confirmed === 0 && isPaused === 0n, detail: `${sent} transactions` });
        return "nothing is sent";
      },
    },
    {
      title: "Go on: a round, locks are withdrawn to the wei, stake leaves in parts",
      run: async () => {
        const on = ready(stage);
        const bonding = addressIn(on, "BondingManager");
        const withdraw = "function withdrawStake(uint256 unbondingLockId)";
        await beginNextRound(on);
        await act(on, "transcoder", bonding, "function reward()");
        const [first] = leaving;
        if (first === undefined) throw new Error("somebody is leaving");
        const early = await foresee(on, first.role, bonding, withdraw, [0n]);
        proofs.push({ what: "a lock does not open before its round", holds: early?.includes("BondingLockNotExpired") === true, detail: early ?? "it opens" });
        await mineBlocks(on, 50n * UNBONDING_ROUNDS);
        const round = await beginNextRound(on);
        for (const { role, amountWei } of leaving) {
          const { address } = localAccounts()[role];
          const before = await balanceOf(on, address);
          await act(on, role, bonding, withdraw, [0n]);
          const paid = (await balanceOf(on, address)) - before;
          proofs.push({ what: `the ${role} withdraws what it was unbonding`, holds: paid === amountWei, detail: formatHuman(paid, "wei-lpt") });
        }
        await act(on, "transcoder", bonding, "function unbond(uint256 amount)", [LPT]);
        const [part] = await readFunction(on.project.rpc, bonding, LOCK, [localAccounts().transcoder.address, 0n]);
        proofs.push({ what: "a transcoder takes out a part, and goes on with the rest", holds: part === LPT, detail: formatHuman(LPT, "wei-lpt") });
        return `round ${round}`;
      },
    },
  ];

  return {
    steps: [...setUp, ...stopping, ...migrating],
    result: () => ({ scenario: migrationScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}

/** A round with its reward, after which some unbond: what they take has earnings in it. */
async function live(stage: Stage): Promise<Leaving[]> {
  const bonding = addressIn(stage, "BondingManager");
  const bond = async (role: LocalRole, amount: bigint): Promise<void> => {
    await act(stage, role, addressIn(stage, "LivepeerToken"), "function approve(address spender, uint256 amount)", [bonding, amount]);
    await act(stage, role, bonding, "function bond(uint256 amount, address to)", [amount, localAccounts().transcoder.address]);
  };
  await beginNextRound(stage);
  await bond("transcoder", 1_000n * LPT);
  await act(stage, "transcoder", bonding, "function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment)", [100_000n, 500_000n, 10n]);
  await bond("delegator", 300n * LPT);
  await bond("broadcaster", 70n * LPT);
  await beginNextRound(stage);
  await act(stage, "transcoder", bonding, "function reward()");
  const found: Leaving[] = [];
  for (const role of LEAVING) {
    await act(stage, role, bonding, "function unbond()");
    const [amountWei, , , , , withdrawRound] = await readFunction(stage.project.rpc, bonding, LAUNCH_DELEGATOR, [localAccounts()[role].address]);
    found.push({ role, amountWei: BigInt(amountWei), withdrawRound: BigInt(withdrawRound) });
  }
  return found;
}

async function proveLock(stage: Stage, { role, amountWei, withdrawRound }: Leaving): Promise<Proof> {
  const [amount, round] = await readFunction(stage.project.rpc, addressIn(stage, "BondingManager"), LOCK, [localAccounts()[role].address, 0n]);
  return {
    what: `the ${role}, who was unbonding, has a lock of the same amount and round`,
    holds: amount === amountWei && round === withdrawRound,
    detail: `${formatHuman(BigInt(amount), "wei-lpt")} in round ${BigInt(round)}`,
  };
}

function balanceOf(stage: Stage, account: string): Promise<bigint> {
  return readNumber(stage, "LivepeerToken", "function balanceOf(address account) view returns (uint256)", [account]);
}
