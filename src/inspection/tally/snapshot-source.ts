import { contractId } from "../../protocol/contract-id.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { BondingView, isRegistered } from "../../snapshot/view/bonding.ts";
import { roundsOf } from "../../snapshot/view/rounds.ts";
import type { ContractView, StateView } from "../../snapshot/view/state-view.ts";
import { differs } from "../../voting/tally/file/compare-inputs.ts";
import type { TallyFile } from "../../voting/tally/file/tally-file.ts";
import { readAccountStakes, type StakeSource } from "../../voting/tally/read-account-stakes.ts";
import { NO_CACHE } from "../../voting/tally/tally-cache.ts";
import type { AccountStake, TallyInput } from "../../voting/tally/tally-input.ts";
import type { PollFacts } from "../../voting/vote.ts";
import { openGovernorState } from "./governor-state.ts";
import type { TallySource } from "./verify-tally.ts";

const ARBITRUM_BLOCK = "which of the blocks that contracts see as one was the last before the poll's end";

/**
 * A complete state of the protocol as a source: the weights of a vote without any chain. Of a Governor the state has the votes too;
 * of a poll they are in logs, which no state has, so those of the file are counted and said to be unproven.
 */
export function snapshotSource(view: StateView, folder: string): TallySource {
  const name = `the snapshot ${folder}`;
  const { state } = view;
  const round = roundsOf(view).current;
  return {
    name,
    chainId: () => Promise.resolve(state.chainId),
    vote: async ({ vote, entries }) => (vote.kind === "poll" ? checkPoll(view, vote, name) : openGovernorState(view, vote, name).check(vote, entries.votes)),
    read: async (file, vote) => {
      const common = { vote, isFinal: file.isFinal, votes: file.entries.votes, logsProven: file.logsProven };
      const voters = file.entries.votes.map(({ voter }) => voter);
      if (vote.kind === "poll") {
        requireBlock(view, file, name);
        const accounts = await readAccountStakes(voters, bondingStakes(view), NO_CACHE, () => {});
        const bonding = new BondingView(view);
        let totalStakedWei = 0n;
        for (const { delegatedWei } of bonding.delegators()) totalStakedWei += delegatedWei;
        return { ...common, at: { ...file.at, round }, accounts, totalStakedWei, totalActiveStakeWei: view.value("BondingManager", "currentRoundTotalActiveStake"), quorumPpm: vote.quorumPpm, quotaPpm: vote.quotaPpm };
      }
      const governor = openGovernorState(view, vote, name);
      // Once nobody can vote any more, a later state has the same votes and the same past.
      const isOver = file.isFinal && round > governor.deadline;
      if (!isOver) requireBlock(view, file, name);
      return { ...common, at: isOver ? file.at : { ...file.at, round }, accounts: await readAccountStakes(voters, governor.stakes, NO_CACHE, () => {}), ...governor.totals() };
    },
    requireDecided: ({ at }, { vote }) => {
      if (vote.kind === "governor") {
        if (round <= vote.deadline && vote.state !== "canceled") return Promise.reject(differs(name, `its clock stands at ${round}, and votes were taken through ${vote.deadline}`, { found: round, file: vote.deadline }));
        return Promise.resolve();
      }
      if (view.blockNumber !== vote.endBlock) return Promise.reject(differs(name, `contracts saw block ${view.blockNumber} in it, and the poll is decided by block ${vote.endBlock}`, { found: view.blockNumber, file: at.blockNumber }));
      return Promise.resolve();
    },
    surroundings: (file, input) => Promise.resolve({ chainId: state.chainId, genesisHash: file.genesisHash, contracts: contractsOf(view, file, input) }),
    unproven: (file) => unprovenOf(view, file, round),
  };
}

/** What a state cannot tell of a tally, one phrase each. */
function unprovenOf(view: StateView, { vote, entries, contracts, at, isFinal }: TallyFile, round: bigint): string[] {
  const gone = contracts.filter(({ address }) => view.contractAt(address) === undefined).map(({ role }) => role);
  return [
    ...(vote.kind === "poll"
      ? [`who voted and what: votes of a poll are logs, and those of the file were taken (${entries.votes.length})`, "what the event of the poll's creation says: its text, its quorum and its quota"]
      : ["in which transactions the votes were cast"]),
    ...(vote.kind === "poll" && isFinal && view.blockNumber !== BigInt(view.state.block.number) ? [ARBITRUM_BLOCK] : []),
    ...(view.state.block.hash === at.blockHash ? [] : [`where the clock stood at the file's block: the snapshot is of a later one, in round ${round}`]),
    ...(gone.length === 0 ? [] : [`the code of ${gone.join(", ")}, which the snapshot does not have`]),
    "with which block the chain began",
  ];
}

/** @throws LPCTL_TALLY_DIFFERS */
function requireBlock({ state: { block } }: StateView, { at }: TallyFile, name: string): void {
  if (block.hash === at.blockHash) return;
  throw differs(name, `it is of block ${BigInt(block.number)} with the hash ${block.hash}, and the tally was counted at block ${at.blockNumber}, ${at.blockHash}`, { file: at.blockHash, found: block.hash });
}

/** What the state says of a poll: that the registered creator made it, and until when it takes votes. */
function checkPoll(view: StateView, vote: PollFacts, name: string): PollFacts {
  const creator = registered(view, "PollCreator");
  const poll = view.contractAt(vote.address);
  // The end is written into the code.
  if (poll !== undefined && poll.code !== "0x" && !poll.code.includes(vote.endBlock.toString(16).padStart(64, "0"))) throw differs(name, `the code of ${vote.address} does not have ${vote.endBlock} as its end`, { poll: vote.address });
  return { ...vote, foreign: vote.creator === undefined || vote.creator !== creator };
}

/** Accounts as the BondingManager has them. */
function bondingStakes(view: StateView): StakeSource {
  const bonding = new BondingView(view);
  return {
    name: `stake ${view.state.block.hash}`,
    read: (accounts) =>
      Promise.resolve(
        accounts.map((account): AccountStake => {
          const delegator = bonding.delegator(account);
          const pending = bonding.pending(delegator);
          if (pending === undefined) throw noAnswer(account);
          const isTranscoder = isRegistered(delegator);
          return {
            delegate: delegator.delegate,
            bondedWei: delegator.bondedWei,
            pendingStakeWei: pending.stakeWei,
            delegatedWei: delegator.delegatedWei,
            isRegistered: isTranscoder,
            isActive: isTranscoder && bonding.isActive(bonding.transcoder(account)),
          };
        }),
      ),
  };
}

/** As `readSurroundings` finds them on a chain; what the state does not have is taken from the file, and is unproven. */
function contractsOf(view: StateView, file: TallyFile, { vote }: TallyInput): TallyFile["contracts"] {
  const { controller } = view.state;
  const named: readonly (readonly [string, Address | undefined])[] =
    vote.kind === "poll"
      ? [["Poll", vote.address], ["PollCreator", vote.creator], ["Controller", controller], ["BondingManager", registered(view, "BondingManager")], ["RoundsManager", registered(view, "RoundsManager")]]
      : [["Governor", vote.governor], ["votes", vote.token], ["Controller", controller]];
  const found: TallyFile["contracts"] = [];
  const add = (role: string, address: Address): void => {
    const codeHash = view.contractAt(address)?.account.codeHash ?? file.contracts.find((one) => one.role === role && one.address === address)?.codeHash;
    if (codeHash !== undefined) found.push({ role, address, codeHash });
  };
  for (const [role, address] of named) {
    if (address === undefined) continue;
    add(role, address);
    const target = targetOf(view, address);
    if (target !== undefined) add(`${role}Target`, target);
  }
  return found;
}

function targetOf(view: StateView, proxy: Address): Address | undefined {
  const contract = contractViewAt(view, proxy);
  if (contract?.has("targetContractId") !== true) return undefined;
  const id = contract.cell("targetContractId").hex();
  return BigInt(id) === 0n ? undefined : registeredUnder(view, id);
}

function contractViewAt(view: StateView, address: Address): ContractView | undefined {
  for (const contract of view.contracts()) if (contract.address === address) return contract;
  return undefined;
}

function registered(view: StateView, name: string): Address | undefined {
  return registeredUnder(view, contractId(name));
}

function registeredUnder(view: StateView, id: Hex): Address | undefined {
  const address = view.find("Controller")?.cell("registry", id, "contractAddress").address();
  return address === ZERO_ADDRESS ? undefined : address;
}

function noAnswer(account: Address): LpctlError {
  return new LpctlError({
    code: "LPCTL_TALLY_STATE_UNREADABLE",
    exit: Exit.different,
    message: `The stake of ${account} cannot be worked out`,
    why: "the fee factors of its delegate fall, and the BondingManager reverts",
    next: "lpctl snapshot show FOLDER --account ADDRESS",
    details: { account },
  });
}
