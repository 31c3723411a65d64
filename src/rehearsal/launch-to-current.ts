import { propose } from "../lifecycle/propose.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { Intent } from "../proposal/intent.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import type { Address } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { act, beginNextRound, foresee, readNumber, refusalOf } from "./act.ts";
import { deployCurrent, prepareCurrentBatch, type CurrentBatch, type Deployed } from "./current-batch.ts";
import { findingCodes } from "./finding-codes.ts";
import { stateKept } from "./jobs-state.ts";
import { proveMintable, proveReplacement, readMinterRates } from "./precise-minter.ts";
import { proposalSteps } from "./proposal-steps.ts";
import { proveLock } from "./prove-lock.ts";
import { ready } from "./ready.ts";
import { redeemTicket } from "./redeem-ticket.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { readStake, type StakeHolder } from "./stake-state.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";
import { bonders, enterActors, windDown } from "./wind-down.ts";

const DELAY_BLOCKS = 10n;
/** The launch with a fault that the upgrade repairs on its way. */
const LAUNCH_BONDING_MANAGER = "contracts/historic/BondingManagerClaimOrder2018.sol:BondingManagerClaimOrder2018";
const LPT = 10n ** 18n;
/** What somebody leaves in the JobsManager, in wei. */
const FORGOTTEN = 10n ** 17n;
const ROUNDS = 2;
const PENDING_FEES = "function pendingFees(address account, uint256 endRound) view returns (uint256)";
const BALANCE = "function balanceOf(address account) view returns (uint256)";

/**
 * What took from 2018 to 2023, in one batch: tickets in the place of jobs, votes that follow stake, a treasury that they
 * decide about, a Minter with a finer scale. The protocol stands still meanwhile, or the Minter gives nothing away. Nobody's
 * stake moves. Deposits of the JobsManager do not move either: it loses its right to the Minter's
 * ether with its name, so jobs are wound down and deposits withdrawn before.
 */
export const launchToCurrentScenario: Scenario = {
  name: "launch-to-current",
  summary: "The launch protocol upgraded to the current one in one Governor batch: stake kept, a ticket paid, votes counted.",
  prepare: prepareLaunchToCurrent,
};

function prepareLaunchToCurrent(options: RehearsalOptions): Rehearsal {
  let stage: Stage | undefined;
  let deployed: Deployed | undefined;
  let batch: CurrentBatch | undefined;
  let oldMinter: Address | undefined;
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const accounts = localAccounts();
  let people: StakeHolder[] = (["transcoder", "delegator"] as const).map((role) => ({ name: role, address: accounts[role].address }));

  const request = (intents: Intent[], code: CodeEvidence[]) => ({ title: "Upgrade the launch protocol to the current one", intents, code, delayBlocks: DELAY_BLOCKS, delaySeconds: 0n });
  const whileStopped = (on: Stage, intents: Intent[]): Intent[] => {
    const { controller } = on.protocol;
    return [{ kind: "pause", controller }, ...intents, { kind: "unpause", controller }];
  };
  const tryOrder = async (what: string, on: Stage, intents: Intent[], expected: { code: string } | { words: RegExp }): Promise<void> => {
    const { code } = ready(batch);
    const refused = await refusalOf(propose(on.project, request(intents, code), { producedBy: options.producedBy, dryRun: true }));
    const codes = findingCodes(refused);
    const words = `${refused?.message ?? "accepted"}${refused?.why === undefined ? "" : `: ${refused.why}`}`;
    const holds = "code" in expected ? codes.includes(expected.code) : expected.words.test(words);
    proofs.push({ what, holds, detail: "code" in expected ? codes.join(", ") : words });
  };

  const setUp: RehearsalStep[] = [
    {
      title: "Start a chain with the launch protocol; people bond and unbond, actors work",
      run: async (update) => {
        stage = await openStage(options, { delayBlocks: DELAY_BLOCKS, instead: { BondingManager: LAUNCH_BONDING_MANAGER } }, update);
        await act(stage, "delegator", addressIn(stage, "BondingManager"), "function unbond(uint256 amount)", [100n * LPT]);
        await act(stage, "owner-2", addressIn(stage, "JobsManager"), "function deposit() payable", [], FORGOTTEN);
        update("actors work");
        const runner = await enterActors(stage, "launch");
        await runner.playRounds(ROUNDS);
        const { work } = await runner.status();
        return `${work.rounds} rounds, ${work.rewards} rewards, ${work.jobs} jobs, ${work.claims} claims of work`;
      },
    },
    {
      title: "Wind the jobs down: no new ones, all work is paid, deposits are withdrawn; one is forgotten",
      run: async () => {
        const on = ready(stage);
        const actors = await windDown(on);
        people = [...people, ...bonders(actors)];
        const [left, owed] = await Promise.all([on.project.rpc.balanceWei(addressIn(on, "Minter")), sumOfFees(on, people)]);
        proofs.push({
          what: "the Minter keeps the forgotten deposit and the fees that transcoders and delegators have earned",
          holds: owed > 0n && left >= owed + FORGOTTEN,
          // Fees of a round that come after a claim in it are nobody's (LIP-36), and a share is rounded down.
          detail: `${formatHuman(left, "wei-eth")}: ${formatHuman(FORGOTTEN, "wei-eth")} forgotten, ${owed} wei earned, ${left - owed - FORGOTTEN} wei that nobody can claim`,
        });
        return `${formatHuman(left, "wei-eth")} left`;
      },
    },
    {
      title: "Deploy BondingVotes, Treasury, LivepeerGovernor, TicketBroker, PreciseMinter and the new BondingManager",
      run: async (update) => {
        const on = ready(stage);
        deployed = await deployCurrent(on, update);
        const round = await readNumber(on, "RoundsManager", "function currentRound() view returns (uint256)");
        batch = await prepareCurrentBatch(on, deployed, round + 1n);
        return `${batch.code.length} contracts; the Treasury obeys the LivepeerGovernor alone`;
      },
    },
    {
      title: "Try the batch in wrong orders",
      run: async () => {
        const on = ready(stage);
        const { registrations, upgradeRound, upgrade, parameters, minter } = ready(batch);
        const right = [...registrations, ...upgradeRound, upgrade, parameters, ...minter];
        await tryOrder("refused: parameters before what they are set on is registered", on, whileStopped(on, [parameters, ...registrations, ...upgradeRound, upgrade, ...minter]), { words: /ManagerProxyTargetNotRegistered/ });
        await tryOrder("refused: the BondingManager before the upgrade round that it asks for", on, whileStopped(on, [...registrations, upgrade, ...upgradeRound, parameters, ...minter]), { code: "upgrade-round-after-bonding-manager" });
        await tryOrder("refused: another Minter while the protocol runs", on, right, { words: /ManagerSystemNotPaused/ });
        return "all refused";
      },
    },
  ];

  const upgrade = proposalSteps({
    title: "One batch",
    stage: () => ready(stage),
    observe: async (on) => ({ state: await readStakeAndVault(on, people), rates: await readMinterRates(on) }),
    propose: async (on) => {
      const { registrations, upgradeRound, upgrade: intent, parameters, minter, code } = ready(batch);
      const intents = whileStopped(on, [...registrations, ...upgradeRound, intent, parameters, ...minter]);
      return propose(on.project, request(intents, code), { producedBy: options.producedBy, dryRun: false });
    },
    proposals,
    proofs,
    prove: async (before, on) => {
      const { bondingVotes, livepeerGovernor, ticketBroker, treasury, minter } = ready(deployed);
      oldMinter = addressIn(on, "Minter");
      on.protocol.contracts["Minter"] = minter.address;
      const proof = stateKept(before.state, await readStakeAndVault(on, people), "stake, earnings, unbonding locks and what the Minter holds are kept");
      const stranded = await foresee(on, "owner-2", addressIn(on, "JobsManager"), "function withdraw()");
      Object.assign(on.protocol.contracts, {
        BondingVotes: bondingVotes.proxy.address,
        LivepeerGovernor: livepeerGovernor.proxy.address,
        TicketBroker: ticketBroker.proxy.address,
        Treasury: treasury.address,
      });
      const period = await readNumber(on, "LivepeerGovernor", "function votingPeriod() view returns (uint256)");
      return [
        proof,
        ...(await proveReplacement(on, oldMinter, before.rates)),
        { what: "a deposit that was left in the JobsManager is out of reach", holds: stranded?.includes("MinterUnauthorizedCaller") === true, detail: stranded ?? "it can be withdrawn" },
        { what: "the LivepeerGovernor has its rules", holds: period === 10n, detail: `voting period ${period} rounds` },
      ];
    },
  });

  const afterwards: RehearsalStep[] = [
    {
      title: "Go on: the same actors, now paid by tickets; the treasury gets its part",
      run: async () => {
        const on = ready(stage);
        const bonding = addressIn(on, "BondingManager");
        for (const role of ["transcoder", "delegator"] as const) {
          await act(on, "operator", bonding, "function checkpointBondingState(address account)", [accounts[role].address]);
        }
        proofs.push(await proveMintable(on, await beginNextRound(on), ready(oldMinter)));
        const runner = await enterActors(on, "current");
        await runner.playRounds(ROUNDS);
        const { work, actors } = await runner.status();
        const unwell = actors.filter(({ health }) => health.state === "failing");
        const treasury = await readNumber(on, "LivepeerToken", BALANCE, [addressIn(on, "Treasury")]);
        proofs.push(
          {
            what: "rounds pass, transcoders are rewarded and redeem tickets",
            holds: work.rewards > 0n && work.tickets > 0n && unwell.length === 0,
            detail: `${work.rounds} rounds, ${work.rewards} rewards, ${work.tickets} tickets${unwell.length === 0 ? "" : `, unwell: ${unwell.map(({ name }) => name).join(", ")}`}`,
          },
          { what: "the treasury gets its part of every reward", holds: treasury > 0n, detail: `${formatHuman(treasury, "wei-lpt")}` },
          await proveLock(on),
        );
        return `${work.rounds} rounds, ${work.tickets} tickets`;
      },
    },
    {
      title: "A sender of its own funds, signs, and a winning ticket is redeemed to the wei",
      run: async () => {
        const on = ready(stage);
        await act(on, "transcoder", addressIn(on, "BondingManager"), "function reward()");
        const proof = await redeemTicket(on);
        proofs.push(proof);
        return proof.detail;
      },
    },
    {
      title: "Count the votes of a round",
      run: async () => {
        const on = ready(stage);
        const round = await beginNextRound(on);
        proofs.push(await proveVotes(on, round - 1n, people));
        return `round ${round}`;
      },
    },
  ];

  return {
    steps: [...setUp, ...upgrade, ...afterwards],
    result: () => ({ scenario: launchToCurrentScenario.name, folder: options.folder, controller: ready(stage).protocol.controller, proposals, proofs }),
    stop: async () => stage?.stop(),
  };
}

async function readStakeAndVault(stage: Stage, people: readonly StakeHolder[]): Promise<Record<string, string>> {
  const minter = addressIn(stage, "Minter");
  const [stake, lpt, ether] = await Promise.all([readStake(stage, people), readNumber(stage, "LivepeerToken", BALANCE, [minter]), stage.project.rpc.balanceWei(minter)]);
  return { ...stake, "Minter: LPT": String(lpt), "Minter: ether": String(ether) };
}

async function sumOfFees(stage: Stage, people: readonly StakeHolder[]): Promise<bigint> {
  const fees = await Promise.all(people.map(({ address }) => readNumber(stage, "BondingManager", PENDING_FEES, [address, 0n])));
  return fees.reduce((sum, one) => sum + one, 0n);
}

/** At the end of a round every transcoder votes with all stake that is delegated to it. */
async function proveVotes(stage: Stage, round: bigint, people: readonly StakeHolder[]): Promise<Proof> {
  const { transcoder, delegator } = localAccounts();
  const votesOf = (account: string) => readNumber(stage, "BondingVotes", "function getPastVotes(address account, uint256 round) view returns (uint256)", [account, round]);
  const [own, overriding, total, delegated, ...all] = await Promise.all([
    votesOf(transcoder.address),
    votesOf(delegator.address),
    readNumber(stage, "BondingVotes", "function getPastTotalSupply(uint256 round) view returns (uint256)", [round]),
    readNumber(stage, "BondingManager", "function transcoderTotalStake(address account) view returns (uint256)", [transcoder.address]),
    ...people.filter(({ name }) => name.startsWith("transcoder")).map(({ address }) => votesOf(address)),
  ]);
  const sum = all.reduce((votes, one) => votes + one, 0n);
  return {
    what: `at the end of round ${round} transcoders vote with all active stake`,
    holds: own === delegated && sum === total && overriding > 0n,
    detail: `${formatHuman(sum, "wei-lpt")} of ${formatHuman(total, "wei-lpt")}; one of them with ${formatHuman(own, "wei-lpt")}, of which its delegator can vote otherwise with ${formatHuman(overriding, "wei-lpt")}`,
  };
}
