import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beginFork, openFork, type OpenedFork } from "../fork/open-fork.ts";
import { requireForkAccepted } from "../fork/check-fork.ts";
import { runFork } from "../fork/run-fork.ts";
import { verifyFork } from "../fork/verify-fork.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { callTo } from "../node/actors/actor.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { CastOptions } from "../node/runner/cast.ts";
import { createRunner, type Runner } from "../node/runner/runner.ts";
import { foreseeFailure } from "../node/runner/submit.ts";
import type { Address } from "../protocol/hex.ts";
import { plural } from "../protocol/plural.ts";
import { formatHuman } from "../protocol/units.ts";
import { verifySnapshot } from "../snapshot/format/verify-snapshot.ts";
import type { TakenSnapshot } from "../snapshot/take/snapshot-take.ts";
import { takeSnapshot } from "../snapshot/take/take-snapshot.ts";
import { loadLayouts } from "../snapshot/view/load-layouts.ts";
import { beginNextRound, mineBlocks, readNumber } from "./act.ts";
import { bondMany } from "./fork/bond-many.ts";
import { differencesOf, readHoldings, type Holdings, type Lock } from "./fork/holdings.ts";
import { forkFile, openNewHome } from "./fork/new-home.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, Scenario } from "./rehearsal.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const DELEGATORS = 1_000;
/** Short: a local chain hashes all of its storage in every block. */
const ROUND_BLOCKS = 60n;
/** The fork goes on in the block that is this far ahead when it is planned: enough for all of its transactions, one a block. */
const BLOCKS_TO_MAKE_IT = 150n;
const ROUNDS_BEFORE = 3;
const ROUNDS_AFTER = 3;
const PARAMETER = "BondingManager.unbondingPeriod";
/** Longer than both are lived on, so that nobody does otherwise because of it before that. */
const UNBONDING_ROUNDS = { before: 4n, after: 6n };
const CAST: CastOptions = { profile: "current", seed: 7n, transcoders: 8, delegators: 32, misbehaviour: [] };
/** Of each transcoder's tickets in the round of the snapshot, these were redeemed before it, and these are in the end. */
const TICKETS = { before: 2, after: 4 };
const UNBONDING_PERIOD = "function unbondingPeriod() view returns (uint64)";
const WITHDRAW = "function withdrawStake(uint256 unbondingLockId)";

/** Stay or go: whoever does not want a change takes the state along to another chain, and both protocols go on. */
export const forkScenario: Scenario = {
  name: "fork",
  summary: "A protocol of a thousand delegators is snapshotted and forked to another chain with one parameter changed; both live on.",
  prepare: prepareForkRehearsal,
};

function prepareForkRehearsal(options: RehearsalOptions): Rehearsal {
  let [old, fresh]: (Stage | undefined)[] = [];
  let accounts: Address[] = [];
  let taken: TakenSnapshot | undefined;
  let opened: OpenedFork | undefined;
  let [there, here]: (Holdings | undefined)[] = [];
  const proofs: Proof[] = [];
  const prove = (what: string, holds: boolean, detail: string): number => proofs.push({ what, holds, detail });
  const both = (): [Stage, Stage] => [ready(old), ready(fresh)];
  const compareBoth = async (): Promise<string[]> => {
    [there, here] = await Promise.all([readHoldings(ready(old), accounts), readHoldings(ready(fresh), accounts)]);
    return differencesOf(there.figures, here.figures);
  };
  const file = join(options.folder, "fork", "fork.yaml");

  const steps: RehearsalStep[] = [
    {
      title: `A protocol with ${DELEGATORS} delegators more than its actors; some rounds are lived`,
      run: async (update) => {
        old = await openStage({ ...options, folder: join(options.folder, "original") }, { delayBlocks: 0n, profile: "current", phase: "eoa", isLived: false, aftermath: false, parameters: { "RoundsManager.roundLength": ROUND_BLOCKS, [PARAMETER]: UNBONDING_ROUNDS.before } }, update);
        const runner = await createRunner({ rpc: old.project.rpc, protocol: old.protocol, cast: { ...CAST, ticketsPerRound: TICKETS.before } });
        update("transcoders and delegators enter");
        await runner.enter();
        const { members } = runner.cast;
        update(`bonding for ${DELEGATORS} accounts`);
        accounts = await bondMany(old, DELEGATORS, members.filter(({ role }) => role === "transcoder").map(({ address }) => address));
        accounts.push(...members.map(({ address }) => address));
        update("living");
        await runner.playRounds(ROUNDS_BEFORE);
        await live(runner, 4);
        await mineBlocks(old, 1n);
        const { figures, locks } = await readHoldings(old, accounts);
        const { work } = await runner.status();
        prove("before it is forked there are unbonding locks, fees and redeemed tickets", locks.length > 0 && (figures.get("ether in the Minter") ?? 0n) > 0n && work.tickets > 0n, `${plural(locks.length, "open lock")}, ${work.tickets} tickets`);
        return `${accounts.length} accounts, ${formatHuman(figures.get("getTotalBonded") ?? 0n, "wei-lpt")} bonded in round ${figures.get("currentRound") ?? 0n}`;
      },
    },
    {
      title: "Take a snapshot of it, and verify that with nothing but its files",
      run: async (update) => {
        const { project } = ready(old);
        taken = await takeSnapshot({ ...project, progress: update }, { tool: options.producedBy });
        const { differences } = await verifySnapshot(join(project.folder, taken.folder), { blockHash: taken.block.hash, id: taken.id });
        const words = taken.contracts.reduce((sum, each) => sum + each.words.count, 0);
        prove("the snapshot is complete: every storage root is rebuilt and proven against the block's hash, from the files alone", differences.length === 0, `${plural(taken.contracts.length, "contract")}, ${words} words, identity ${taken.id}`);
        return `block ${taken.block.number}: ${words} words of ${plural(taken.contracts.length, "contract")}`;
      },
    },
    {
      title: `Plan its fork on another chain, with ${UNBONDING_ROUNDS.after} rounds of unbonding instead of ${UNBONDING_ROUNDS.before}`,
      run: async (update) => {
        const from = ready(old).project;
        const { folder, id } = ready(taken);
        fresh = await openNewHome(ready(old), join(options.folder, "fork"), ROUND_BLOCKS);
        const forkBlock = (await fresh.project.rpc.blockNumber()) + BLOCKS_TO_MAKE_IT;
        await writeFile(file, forkFile({ folder: join(from.folder, folder), id }, forkBlock, { id: PARAMETER, value: `${UNBONDING_ROUNDS.after} rounds` }));
        opened = await openFork({ ...fresh.project, progress: update }, file, localAccounts().operator.address);
        requireForkAccepted(file, opened.findings);
        const { prepared } = opened;
        const changed = prepared.predicted.flatMap(({ name, overrides }) => overrides.flatMap((each) => (name === "BondingManager" && each.name !== "controller" ? [each.name ?? each.slot] : [])));
        prove("of the BondingManager nothing but the parameter and its Controller is to be changed", changed.join() === "unbondingPeriod", changed.join(", "));
        return `${prepared.plan.transactions.length} transactions, ${prepared.gas} gas`;
      },
    },
    {
      title: "Make it, and verify it against the snapshot",
      run: async (update) => {
        const { prepared, paths, record, loaded } = ready(opened);
        const { rpc, chainId, compilerCaches } = ready(fresh).project;
        const unlock = await beginFork(ready(opened));
        const results = await runFork(rpc, prepared, {
          chainId,
          signer: walletSigner(localAccounts().operator.privateKey),
          journalPath: paths.journalOf(record.planHash),
          onProgress: ({ index, total }) => update(`${index + 1} of ${total}`),
        }).finally(unlock);
        fresh = { ...ready(fresh), protocol: { ...ready(old).protocol, controller: record.controller, contracts: record.contracts } };
        const verification = await verifyFork(rpc, prepared, await loadLayouts(loaded.snapshot.state, compilerCaches), { block: undefined, isLived: false });
        const { contracts, invariants, carriedOver, loaders } = verification;
        const wrong = [...invariants, ...carriedOver].filter(({ holds }) => !holds);
        prove("every storage root of the fork is that of the snapshot with the declared words replaced, and the loader is gone", contracts.every(({ isEqual }) => isEqual) && loaders.burned && loaders.registeredAs.length === 0, `${plural(contracts.length, "contract")}, ${contracts.reduce((sum, { words }) => sum + words, 0)} words`);
        prove("everybody has on the fork what they had, and every invariant holds", verification.equal && wrong.length === 0, wrong.length === 0 ? `${invariants.length + carriedOver.length} laws` : wrong.map(({ name, detail }) => `${name}: ${detail}`).join("; "));
        const { clock } = prepared.terms;
        // In this block the fork is as far as the original was, which has stood still.
        await mineBlocks(fresh, clock.forkBlock - (await rpc.blockNumber()));
        const different = await compareBoth();
        prove("as the contracts themselves tell it, stakes, fees, votes, tokens and locks are equal to the wei", different.length === 0, summaryOf(different, ready(there)));
        return `${results.length} transactions, ${results.reduce((sum, { receipt }) => sum + (receipt?.gasUsed ?? 0n), 0n)} gas`;
      },
    },
    {
      title: "The same people live on in both; tickets from before the fork are redeemed in both",
      run: async (update) => {
        const before = ready(there).figures;
        await inBoth(both(), update, async (stage) => live(await runnerOn(stage, TICKETS.after), 5));
        await compareBoth();
        const fees = (holdings: Holdings | undefined): bigint => accounts.reduce((sum, account) => sum + (ready(holdings).figures.get(`pendingFees of ${account}`) ?? 0n), 0n);
        const feesBefore = accounts.reduce((sum, account) => sum + (before.get(`pendingFees of ${account}`) ?? 0n), 0n);
        prove("tickets that were given before the fork are paid in both protocols", fees(there) > feesBefore && fees(there) === fees(here), `fees of all accounts went from ${feesBefore} to ${fees(there)} and ${fees(here)} wei`);
        // Later tickets carry the hash of a block, and each chain draws its own winners.
        await inBoth(both(), update, async (stage) => (await runnerOn(stage, 0)).playRounds(ROUNDS_AFTER));
        const different = await compareBoth();
        const grown = (there?.figures.get("totalSupply") ?? 0n) - (before.get("totalSupply") ?? 0n);
        prove(`after ${ROUNDS_AFTER} rounds of the same deeds, stakes, fees, votes, tokens and supply are equal to the wei`, different.length === 0 && grown > 0n, `${summaryOf(different, ready(there))}; both minted ${formatHuman(grown, "wei-lpt")}`);
        return `round ${there?.figures.get("currentRound") ?? 0n}`;
      },
    },
    {
      title: "What the parameter changes",
      run: async (update) => {
        const [one, other] = both();
        const periods = await Promise.all(both().map((stage) => readNumber(stage, "BondingManager", UNBONDING_PERIOD)));
        const known = new Map(ready(here).locks.map(({ account, id, withdrawRound }) => [`${account} ${id}`, withdrawRound]));
        const pairs = ready(there).locks.map((lock) => ({ ...lock, later: (known.get(`${lock.account} ${lock.id}`) ?? 0n) - lock.withdrawRound }));
        const [same, moved] = [pairs.filter(({ later }) => later === 0n), pairs.filter(({ later }) => later === UNBONDING_ROUNDS.after - UNBONDING_ROUNDS.before)];
        prove("stake that was unbonded before the fork is free in the same round in both; what was unbonded after it, two rounds later on the fork", periods.join() === `${UNBONDING_ROUNDS.before},${UNBONDING_ROUNDS.after}` && same.length > 0 && moved.length > 0 && same.length + moved.length === pairs.length, `${plural(same.length, "lock")} from before, ${plural(moved.length, "lock")} from after; unbonding takes ${periods.join(" and ")} rounds`);
        const [first] = moved.toSorted((left, right) => Number(left.withdrawRound - right.withdrawRound));
        const lock = ready(first);
        let attempts = await tryToWithdraw(both(), lock);
        for (let round = 0n; round < lock.withdrawRound; ) {
          round = await beginNextRound(one);
          await beginNextRound(other);
          update(`round ${round}`);
          if (round === lock.withdrawRound) attempts = await tryToWithdraw(both(), lock);
        }
        const [original, forked] = attempts;
        prove(`in round ${lock.withdrawRound} such stake can be withdrawn from the original, and not yet from the fork`, original === undefined && forked !== undefined, `the fork: ${forked ?? "it can be withdrawn"}`);
        return `${plural(moved.length, "lock")} of ${pairs.length} differ`;
      },
    },
  ];

  return {
    steps,
    result: () => ({ scenario: forkScenario.name, folder: options.folder, controller: ready(fresh).protocol.controller, proposals: [], proofs }),
    stop: async () => {
      await old?.stop();
      await fresh?.stop();
    },
  };
}

function runnerOn({ project, protocol }: Stage, ticketsPerRound: number): Promise<Runner> {
  return createRunner({ rpc: project.rpc, protocol, cast: { ...CAST, ticketsPerRound } });
}

async function live(runner: Runner, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await runner.tick();
}

/** One after the other: neither knows of the other. */
async function inBoth([original, forked]: [Stage, Stage], update: (doing: string) => void, work: (stage: Stage) => Promise<void>): Promise<void> {
  update("the original");
  await work(original);
  update("the fork");
  await work(forked);
}

/** Why it would fail, first in the original and then on the fork. */
function tryToWithdraw(stages: [Stage, Stage], { account, id }: Lock): Promise<(string | undefined)[]> {
  return Promise.all(stages.map((stage) => foreseeFailure(stage.project.rpc, { from: account, call: callTo(addressIn(stage, "BondingManager"), WITHDRAW, [id], "") })));
}

function summaryOf(different: readonly string[], { figures, locks }: Holdings): string {
  if (different.length === 0) return `${figures.size} figures, ${plural(locks.length, "open lock")}`;
  return `${different.slice(0, 3).join("; ")}${different.length > 3 ? `; and ${different.length - 3} more` : ""}`;
}
