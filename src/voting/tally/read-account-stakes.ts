import { z } from "zod";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { callMany, type BulkCall } from "../../chain/bulk-calls.ts";
import { addressAt, countWords, numberAt, selectorOf, wordOfAddress, wordOfNumber } from "../../chain/hand-codec.ts";
import { accountSchema, type AccountEntry } from "./file/entries.ts";
import type { PinnedReader } from "./pinned-reader.ts";
import type { TallyCache } from "./tally-cache.ts";
import { unreadable } from "./tally-errors.ts";
import type { AccountStake } from "./tally-input.ts";

const GET_DELEGATOR = selectorOf("getDelegator(address)");
const PENDING_STAKE = selectorOf("pendingStake(address,uint256)");
const IS_ACTIVE = selectorOf("isActiveTranscoder(address)");
const GET_PAST_VOTES = selectorOf("getPastVotes(address,uint256)");
const DELEGATED_AT = selectorOf("delegatedAt(address,uint256)");
/** Accounts that are kept together when a reading may be ended. */
const PART = 10_000;

const NOBODY: AccountStake = { delegate: ZERO_ADDRESS, bondedWei: 0n, pendingStakeWei: 0n, delegatedWei: 0n, isRegistered: false, isActive: false };

export interface StakeSource {
  /** Names the kept entries: the block, or the snapshot. */
  name: string;
  /** What belongs to each of the accounts, in their order. */
  read: (accounts: readonly Address[]) => Promise<AccountStake[]>;
}

/**
 * The stake of everybody who voted and of those they delegate to, part by part; what was kept before is not asked again.
 */
export async function readAccountStakes(voters: Iterable<Address>, source: StakeSource, cache: TallyCache, progress: (what: string) => void): Promise<Map<Address, AccountStake>> {
  const accounts = new Map<Address, AccountStake>();
  for (const { account, ...stake } of cache.entries(source.name, z.array(accountSchema)).flat()) accounts.set(account, stake);
  const readMissing = async (wanted: readonly Address[], what: string): Promise<void> => {
    const missing = wanted.filter((account) => account !== ZERO_ADDRESS && !accounts.has(account));
    for (let from = 0; from < missing.length; from += PART) {
      const part = missing.slice(from, from + PART);
      progress(`${what}: ${from + part.length} of ${missing.length}`);
      const stakes = await source.read(part);
      const kept = part.map((account, index): AccountEntry => ({ account, ...(stakes[index] ?? NOBODY) }));
      for (const [index, account] of part.entries()) accounts.set(account, stakes[index] ?? NOBODY);
      await cache.keep(source.name, kept);
    }
  };
  const unique = [...new Set(voters)];
  await readMissing(unique, "Stake of voters");
  await readMissing([...new Set(unique.map((voter) => accounts.get(voter)?.delegate ?? ZERO_ADDRESS))], "Stake of their delegates");
  accounts.set(ZERO_ADDRESS, NOBODY);
  const needed = new Set<Address>([...unique, ...unique.map((voter) => accounts.get(voter)?.delegate ?? ZERO_ADDRESS)]);
  for (const account of accounts.keys()) if (!needed.has(account)) accounts.delete(account);
  return accounts;
}

/** Accounts as the BondingManager has them after the reader's block. `pendingStake` takes that block's round. */
export function bondingSource(reader: PinnedReader, bondingManager: Address, round: bigint): StakeSource {
  return {
    name: `stake ${reader.block.hash}`,
    read: async (accounts) => {
      const calls = accounts.flatMap((account): BulkCall[] => [
        { to: bondingManager, data: `${GET_DELEGATOR}${wordOfAddress(account)}` },
        { to: bondingManager, data: `${PENDING_STAKE}${wordOfAddress(account)}${wordOfNumber(round)}` },
      ]);
      const answers = await callMany(reader, calls);
      const stakes = accounts.map((account, index): AccountStake => {
        const [delegator, pending] = [answers[2 * index], answers[2 * index + 1]];
        // Seven words since 2019, eight before; the first four never changed.
        if (delegator === undefined || countWords(delegator) < 7) throw unreadable(bondingManager, `what ${account} has bonded`, "getDelegator does not answer as a BondingManager's does.");
        if (pending === undefined || countWords(pending) !== 1) throw unreadable(bondingManager, `the stake of ${account} with its earnings`, "pendingStake does not answer.");
        const bondedWei = numberAt(delegator, 0);
        const delegate = addressAt(delegator, 2);
        return { delegate, bondedWei, pendingStakeWei: numberAt(pending, 0), delegatedWei: numberAt(delegator, 3), isRegistered: delegate === account && bondedWei > 0n, isActive: false };
      });
      const registered = accounts.flatMap((account, index) => (stakes[index]?.isRegistered === true ? [{ account, index }] : []));
      const active = await callMany(reader, registered.map(({ account }) => ({ to: bondingManager, data: `${IS_ACTIVE}${wordOfAddress(account)}` as Hex })));
      for (const [at, { index }] of registered.entries()) {
        const stake = stakes[index];
        const answer = active[at];
        if (stake !== undefined) stake.isActive = answer !== undefined && countWords(answer) === 1 && numberAt(answer, 0) === 1n;
      }
      return stakes;
    },
  };
}

/** Accounts as a token with votes has them at a snapshot; with `delegatedAt` where the token is BondingVotes. */
export function votesSource(reader: PinnedReader, token: Address, snapshot: bigint, isBondingVotes: boolean): StakeSource {
  return {
    // The past does not change, so what was read at any block holds.
    name: `votes ${token} ${snapshot}`,
    read: async (accounts) => {
      const calls = accounts.flatMap((account): BulkCall[] => {
        const args = `${wordOfAddress(account)}${wordOfNumber(snapshot)}`;
        const votes: BulkCall = { to: token, data: `${GET_PAST_VOTES}${args}` };
        return isBondingVotes ? [votes, { to: token, data: `${DELEGATED_AT}${args}` }] : [votes];
      });
      const answers = await callMany(reader, calls);
      const step = isBondingVotes ? 2 : 1;
      return accounts.map((account, index): AccountStake => {
        const votes = answers[step * index];
        const delegated = isBondingVotes ? answers[step * index + 1] : undefined;
        if (votes === undefined || countWords(votes) !== 1) throw unreadable(token, `the votes of ${account} at ${snapshot}`, "getPastVotes does not answer.");
        if (isBondingVotes && (delegated === undefined || countWords(delegated) !== 1)) throw unreadable(token, `whom ${account} delegated to at ${snapshot}`, "delegatedAt does not answer.");
        const votesWei = numberAt(votes, 0);
        const delegate = delegated === undefined ? account : addressAt(delegated, 0);
        const isRegistered = delegate === account && votesWei > 0n;
        return { delegate, bondedWei: votesWei, pendingStakeWei: votesWei, delegatedWei: isRegistered ? votesWei : 0n, isRegistered, isActive: isRegistered, votesWei };
      });
    },
  };
}
