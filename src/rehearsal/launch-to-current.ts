import { SigningKey } from "ethers/crypto";
import { readFunction } from "../chain/read-function.ts";
import { propose } from "../lifecycle/propose.ts";
import { deriveTickets } from "../node/actors/ticket.ts";
import { localAccounts } from "../node/local-accounts.ts";
import type { Intent } from "../proposal/intent.ts";
import type { CodeEvidence } from "../proposal/proposal.ts";
import { hash32Schema } from "../protocol/hex.ts";
import { act, beginNextRound, foresee, mineBlocks, readNumber, refusalOf } from "./act.ts";
import { deployCurrent, prepareCurrentBatch, type CurrentBatch, type Deployed } from "./current-batch.ts";
import { findingCodes } from "./finding-codes.ts";
import { stateKept } from "./jobs-state.ts";
import { proposalSteps } from "./proposal-steps.ts";
import { ready } from "./ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, RehearsalStep, RehearsedProposal, Scenario } from "./rehearsal.ts";
import { readStake } from "./stake-state.ts";
import { addressIn, openStage, type Stage } from "./stage.ts";

const DELAY_BLOCKS = 10n;
/** The launch with a fault that the upgrade repairs on its way. */
const LAUNCH_BONDING_MANAGER = "contracts/historic/BondingManagerClaimOrder2018.sol:BondingManagerClaimOrder2018";
const LPT = 10n ** 18n;
const ETHER = 10n ** 18n;
const REDEEM =
  "function redeemWinningTicket((address recipient, address sender, uint256 faceValue, uint256 winProb, uint256 senderNonce, bytes32 recipientRandHash, bytes auxData) ticket, bytes sig, uint256 recipientRand)";
const BALANCE = "function balanceOf(address account) view returns (uint256)";
const PENDING_FEES = "function pendingFees(address account, uint256 endRound) view returns (uint256)";

/**
 * What took from 2018 to 2023, in one batch: tickets in the place of jobs, votes that follow stake, a treasury that they
 * decide about. Nobody's stake moves. Deposits of the JobsManager do not move either: it loses its right to the Minter's
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
  const proofs: Proof[] = [];
  const proposals: RehearsedProposal[] = [];
  const accounts = localAccounts();

  const request = (intents: Intent[], code: CodeEvidence[]) => ({ title: "Upgrade the launch protocol to the current one", intents, code, delayBlocks: DELAY_BLOCKS, delaySeconds: 0n });
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
      title: "Start a chain with the launch protocol; stake, a round with its reward, a deposit and a job, an unbonding lock",
      run: async (update) => {
        stage = await openStage(options, { delayBlocks: DELAY_BLOCKS, instead: { BondingManager: LAUNCH_BONDING_MANAGER } }, update);
        await act(stage, "delegator", addressIn(stage, "BondingManager"), "function unbond(uint256 amount)", [100n * LPT]);
        await act(stage, "owner-2", addressIn(stage, "JobsManager"), "function deposit() payable", [], ETHER / 10n);
        return `Controller ${stage.protocol.controller}`;
      },
    },
    {
      title: "Wind the jobs down: the last block of the last job passes, the broadcaster withdraws; one forgets to",
      run: async () => {
        const on = ready(stage);
        const jobs = addressIn(on, "JobsManager");
        const [, withdrawBlock] = await readFunction(on.project.rpc, jobs, "function broadcasters(address) view returns (uint256 deposit, uint256 withdrawBlock)", [accounts.broadcaster.address]);
        await mineBlocks(on, BigInt(withdrawBlock) - (await on.project.rpc.blockNumber()));
        const round = await beginNextRound(on);
        await act(on, "transcoder", addressIn(on, "BondingManager"), "function reward()");
        await act(on, "broadcaster", jobs, "function withdraw()");
        const left = await on.project.rpc.balanceWei(addressIn(on, "Minter"));
        proofs.push({ what: "only the forgotten deposit is left with the Minter", holds: left === ETHER / 10n, detail: `${left} wei of ether` });
        return `round ${round}`;
      },
    },
    {
      title: "Deploy BondingVotes, Treasury, LivepeerGovernor, TicketBroker and the new BondingManager",
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
        const { registrations, upgradeRound, upgrade, parameters } = ready(batch);
        await tryOrder("refused: parameters before what they are set on is registered", on, [parameters, ...registrations, ...upgradeRound, upgrade], { words: /ManagerProxyTargetNotRegistered/ });
        await tryOrder("refused: the BondingManager before the upgrade round that it asks for", on, [...registrations, upgrade, ...upgradeRound, parameters], { code: "upgrade-round-after-bonding-manager" });
        return "both refused";
      },
    },
  ];

  const upgrade = proposalSteps({
    title: "One batch",
    stage: () => ready(stage),
    observe: readStakeAndVault,
    propose: async (on) => {
      const { registrations, upgradeRound, upgrade: intent, parameters, code } = ready(batch);
      const proposed = await propose(on.project, request([...registrations, ...upgradeRound, intent, parameters], code), { producedBy: options.producedBy, dryRun: false });
      return proposed;
    },
    proposals,
    proofs,
    prove: async (before, on) => {
      const { bondingVotes, livepeerGovernor, ticketBroker, treasury } = ready(deployed);
      const proof = stateKept(before, await readStakeAndVault(on), "stake, earnings, unbonding locks and what the Minter holds are kept");
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
        { what: "a deposit that was left in the JobsManager is out of reach", holds: stranded?.includes("MinterUnauthorizedCaller") === true, detail: stranded ?? "it can be withdrawn" },
        { what: "the LivepeerGovernor has its rules", holds: period === 10n, detail: `voting period ${period} rounds` },
      ];
    },
  });

  const afterwards: RehearsalStep[] = [
    {
      title: "Go on: a round with its reward, the lock withdrawn",
      run: async () => {
        const on = ready(stage);
        const bonding = addressIn(on, "BondingManager");
        await act(on, "operator", bonding, "function checkpointBondingState(address account)", [accounts.transcoder.address]);
        await act(on, "operator", bonding, "function checkpointBondingState(address account)", [accounts.delegator.address]);
        const round = await beginNextRound(on);
        await act(on, "transcoder", bonding, "function reward()");
        const treasury = await readNumber(on, "LivepeerToken", BALANCE, [addressIn(on, "Treasury")]);
        const mintable = await readNumber(on, "Minter", "function currentMintableTokens() view returns (uint256)");
        proofs.push({ what: `round ${round} is rewarded, and the treasury gets its tenth`, holds: treasury > 0n && treasury === mintable / 10n, detail: `${treasury} of ${mintable} wei of LPT` });
        await proveLock(on, proofs);
        return `round ${round}`;
      },
    },
    {
      title: "A sender funds, signs, and a winning ticket is redeemed",
      run: async () => {
        const on = ready(stage);
        const value = await redeemTicket(on);
        proofs.push(value);
        return value.detail;
      },
    },
    {
      title: "Count the votes of a round",
      run: async () => {
        const on = ready(stage);
        const round = await beginNextRound(on);
        const past = async (signature: string, args: unknown[]): Promise<bigint> => readNumber(on, "BondingVotes", signature, args);
        const votesOf = (account: string) => past("function getPastVotes(address account, uint256 round) view returns (uint256)", [account, round - 1n]);
        const [transcoder, delegator, total, delegated] = await Promise.all([
          votesOf(accounts.transcoder.address),
          votesOf(accounts.delegator.address),
          past("function getPastTotalSupply(uint256 round) view returns (uint256)", [round - 1n]),
          readNumber(on, "BondingManager", "function transcoderTotalStake(address account) view returns (uint256)", [accounts.transcoder.address]),
        ]);
        proofs.push({
          what: `at the end of round ${round - 1n} the transcoder votes with all stake delegated to it`,
          holds: transcoder === delegated && transcoder === total && delegator > 0n,
          detail: `${transcoder} wei of ${total} wei of active stake; its delegator can override with ${delegator} wei`,
        });
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

async function readStakeAndVault(stage: Stage): Promise<Record<string, string>> {
  const minter = addressIn(stage, "Minter");
  const [stake, lpt, ether] = await Promise.all([readStake(stage), readNumber(stage, "LivepeerToken", BALANCE, [minter]), stage.project.rpc.balanceWei(minter)]);
  return { ...stake, "Minter: LPT": String(lpt), "Minter: ether": String(ether) };
}

/** The lock that was made at the launch is withdrawn when its rounds are over. */
async function proveLock(stage: Stage, proofs: Proof[]): Promise<void> {
  const { address } = localAccounts().delegator;
  const [amount, withdrawRound] = await readFunction(
    stage.project.rpc,
    addressIn(stage, "BondingManager"),
    "function getDelegatorUnbondingLock(address account, uint256 unbondingLockId) view returns (uint256 amount, uint256 withdrawRound)",
    [address, 0n],
  );
  while ((await readNumber(stage, "RoundsManager", "function currentRound() view returns (uint256)")) < BigInt(withdrawRound)) await beginNextRound(stage);
  const before = await readNumber(stage, "LivepeerToken", BALANCE, [address]);
  await act(stage, "delegator", addressIn(stage, "BondingManager"), "function withdrawStake(uint256 unbondingLockId)", [0n]);
  const after = await readNumber(stage, "LivepeerToken", BALANCE, [address]);
  proofs.push({ what: "stake that was being unbonded at the launch is withdrawn", holds: after - before === BigInt(amount) && after > before, detail: `${after - before} wei of LPT` });
}

async function redeemTicket(stage: Stage): Promise<Proof> {
  const { broadcaster, transcoder, delegator } = localAccounts();
  const broker = addressIn(stage, "TicketBroker");
  await act(stage, "broadcaster", broker, "function fundDepositAndReserve(uint256 depositAmount, uint256 reserveAmount) payable", [ETHER, ETHER], 2n * ETHER);
  const round = await readNumber(stage, "RoundsManager", "function currentRound() view returns (uint256)");
  const [hash] = await readFunction(stage.project.rpc, addressIn(stage, "RoundsManager"), "function blockHashForRound(uint256 round) view returns (bytes32)", [round]);
  const tickets = deriveTickets({
    seed: 0n,
    sender: new SigningKey(broadcaster.privateKey),
    senderAddress: broadcaster.address,
    recipient: transcoder.address,
    round,
    roundBlockHash: hash32Schema.parse(hash),
    count: 32,
  });
  const ticket = tickets.find(({ wins }) => wins);
  if (ticket === undefined) throw new Error("none of 32 tickets wins");
  const feesOf = (account: string) => readNumber(stage, "BondingManager", PENDING_FEES, [account, 0n]);
  const readFees = async (): Promise<bigint> => (await feesOf(transcoder.address)) + (await feesOf(delegator.address));
  const before = await readFees();
  const promise = [ticket.recipient, ticket.sender, ticket.faceValueWei, ticket.winProbability, ticket.senderNonce, ticket.recipientRandHash, ticket.auxData];
  await act(stage, "operator", broker, REDEEM, [promise, ticket.signature, ticket.recipientRand]);
  const paid = (await readFees()) - before;
  const dust = ticket.faceValueWei - paid;
  return {
    what: `a winning ticket of round ${round} is paid to the transcoder and its delegator`,
    holds: paid > 0n && dust >= 0n && dust < 1_000n,
    detail: `${paid} wei of fees for a face value of ${ticket.faceValueWei} wei`,
  };
}
