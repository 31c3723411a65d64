import { readFunction, tryReadFunction } from "../../chain/read-function.ts";
import { readSibling } from "../../chain/registered-contract.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { readPollChoices } from "../cast-votes.ts";
import { readLastBlockUpTo } from "../contract-block.ts";
import type { VotingPower } from "./power.ts";
import type { PollFacts } from "../vote.ts";

interface Stake {
  bondedWei: bigint;
  delegate: Address;
  delegatedWei: bigint;
  isRegistered: boolean;
}

const GET_DELEGATOR = "function getDelegator(address) view returns (uint256 bondedAmount, uint256 fees, address delegateAddress, uint256 delegatedAmount)";
const PENDING_STAKE = "function pendingStake(address, uint256) view returns (uint256)";

/** By LIP-16: the stake at the end of the poll decides, and until then the stake of now stands for it. */
export async function readPollPower(rpc: Rpc, poll: PollFacts, account: Address, options: { bondingManager?: Address | undefined }): Promise<VotingPower> {
  const bonding = options.bondingManager ?? (await readBondingManager(rpc, poll));
  const { number: at } = await readLastBlockUpTo(rpc, poll.endBlock);
  const [stake, round, choices] = await Promise.all([readStake(rpc, bonding, account, at), readRound(rpc, bonding, at), readPollChoices(rpc, poll, at)]);
  const pendingOf = async (of: Address): Promise<bigint> => (await readFunction(rpc, bonding, PENDING_STAKE, [of, round], at))[0] as bigint;
  const delegate = stake.delegate === ZERO_ADDRESS ? undefined : stake.delegate;
  const weightWei = stake.isRegistered ? stake.delegatedWei : await pendingOf(account);
  const ofDelegate = delegate === undefined ? undefined : delegate === account ? stake : await readStake(rpc, bonding, delegate, at);
  const delegateIsTranscoder = ofDelegate?.isRegistered === true;
  return {
    account,
    weightWei,
    delegate,
    delegateIsTranscoder,
    takesFrom:
      delegate === undefined || delegate === account || !delegateIsTranscoder || weightWei === 0n
        ? undefined
        : { transcoder: delegate, weightWei, hasVoted: choices.has(delegate), choice: choices.get(delegate) },
    overriddenWei: stake.isRegistered ? await sumOverridden(rpc, bonding, account, [...choices.keys()], at, pendingOf) : 0n,
    hasCheckpoint: true,
    hasVoted: choices.has(account),
    choice: choices.get(account),
    canCount: judge(poll, weightWei, delegate),
    isDecided: poll.state === "over",
    atClock: round,
    atBlock: at,
  };
}

function judge(poll: PollFacts, weightWei: bigint, delegate: Address | undefined): VotingPower["canCount"] {
  if (poll.foreign) return { yes: false, why: "the poll was not created by the registered PollCreator" };
  if (poll.state === "over") return { yes: false, why: `the poll took votes up to block ${poll.endBlock}, as contracts count blocks` };
  if (weightWei > 0n) return { yes: true };
  return { yes: false, why: delegate === undefined ? "the account has no stake: it is bonded to nobody" : "the account has no stake left" };
}

/** What delegators that voted themselves take out, whether or not and whenever the transcoder votes. */
async function sumOverridden(rpc: Rpc, bonding: Address, transcoder: Address, voters: readonly Address[], at: bigint, pendingOf: (of: Address) => Promise<bigint>): Promise<bigint> {
  const amounts = await Promise.all(
    voters.map(async (voter) => {
      if (voter === transcoder) return 0n;
      const stake = await readStake(rpc, bonding, voter, at);
      return stake.delegate === transcoder && !stake.isRegistered ? pendingOf(voter) : 0n;
    }),
  );
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

async function readStake(rpc: Rpc, bonding: Address, account: Address, at: bigint): Promise<Stake> {
  const answer = await readFunction(rpc, bonding, GET_DELEGATOR, [account], at);
  const [bondedWei, delegate, delegatedWei] = [answer["bondedAmount"] as bigint, answer["delegateAddress"] as Address, answer["delegatedAmount"] as bigint];
  return { bondedWei, delegate, delegatedWei, isRegistered: delegate === account && bondedWei > 0n };
}

async function readRound(rpc: Rpc, bonding: Address, at: bigint): Promise<bigint> {
  const rounds = (await readSibling(rpc, bonding, "RoundsManager", at)) ?? ZERO_ADDRESS;
  return (await readFunction(rpc, rounds, "function currentRound() view returns (uint256)", [], at))[0] as bigint;
}

async function readBondingManager(rpc: Rpc, { creator, address }: PollFacts): Promise<Address> {
  const answer = creator === undefined ? undefined : await tryReadFunction(rpc, creator, "function bondingManager() view returns (address)");
  if (answer !== undefined) return answer[0] as Address;
  throw new LpctlError({
    code: "LPCTL_VOTE_NO_STAKE_SOURCE",
    exit: Exit.usage,
    message: `Nothing says whose stake the poll ${address} is about`,
    why: `its creator ${creator ?? "is not known, and so"} does not name a BondingManager`,
    next: "Set `controller` of the network: lpctl config explain",
  });
}
