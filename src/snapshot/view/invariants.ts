/** What must be true of the state of a protocol, whatever happened before. Pure; nothing but the state is looked at. */
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { contractId } from "../../protocol/contract-id.ts";
import { BondingView, isRegistered, type Delegator, type Pending } from "./bonding.ts";
import { mintingOf } from "./minting.ts";
import { jobsOf, payersOf } from "./payments.ts";
import { registrationsOf } from "./registry.ts";
import { roundsOf } from "./rounds.ts";
import type { StateView } from "./state-view.ts";
import { TokenView } from "./token.ts";

export interface InvariantVerdict {
  /** Kebab-case, stable. */
  name: string;
  /** What it protects. */
  says: string;
  holds: boolean;
  detail: string;
}

/** What all invariants look at, read once. */
interface Books {
  view: StateView;
  bonding: BondingView;
  token: TokenView;
  delegators: { delegator: Delegator; pending: Pending | undefined; lockedWei: bigint }[];
}

interface Invariant {
  name: string;
  says: string;
  /** Undefined where the suite has no such thing. */
  judge: (books: Books) => { holds: boolean; detail: string } | undefined;
}

const NEVER = 2n ** 256n - 1n;

const INVARIANTS: readonly Invariant[] = [
  {
    name: "balances-are-the-supply",
    says: "Every token is somebody's: all balances together are the supply.",
    judge: ({ token }) => {
      const held = sum([...token.balances()].map(({ wei }) => wei));
      return { holds: held === token.supplyWei(), detail: `accounts hold ${held} of ${token.supplyWei()}` };
    },
  },
  {
    name: "vault-covers-stake",
    says: "What is bonded, earned or waiting under a lock lies in the Minter as tokens.",
    judge: ({ view, token, delegators }) => {
      const owed = sum(delegators.map(({ pending, lockedWei }) => (pending?.stakeWei ?? 0n) + lockedWei));
      const held = token.balanceWei(view.contract("Minter").address);
      return { holds: held >= owed, detail: `the Minter holds ${held}, accounts are owed ${owed}` };
    },
  },
  {
    name: "vault-covers-ether",
    says: "Fees, deposits, reserves and escrows lie in the Minter as ether.",
    judge: ({ view, delegators }) => {
      const fees = sum(delegators.map(({ pending }) => pending?.feesWei ?? 0n));
      const put = sum([...payersOf(view)].map(({ depositWei, reserveWei }) => depositWei + reserveWei)) + sum([...jobsOf(view)].map(({ escrowWei }) => escrowWei));
      const { balanceWei } = mintingOf(view);
      return { holds: balanceWei >= fees + put, detail: `the Minter holds ${balanceWei} wei, owed are ${fees + put}` };
    },
  },
  {
    name: "minted-within-mintable",
    says: "No more was minted in the round than may be.",
    judge: ({ view }) => {
      const { mintedWei, mintableWei, inflation, percentScale } = mintingOf(view);
      const isRate = percentScale === undefined || inflation <= percentScale;
      return { holds: mintedWei <= mintableWei && isRate, detail: `${mintedWei} of ${mintableWei}, at an inflation of ${inflation} parts${percentScale === undefined ? "" : ` of ${percentScale}`}` };
    },
  },
  {
    name: "minter-may-mint",
    says: "The token obeys the registered Minter, or no reward could be paid.",
    judge: ({ view, token }) => {
      const registered = registrationsOf(view).find(({ name }) => name === "Minter")?.address;
      return { holds: registered === token.owner(), detail: `the token obeys ${token.owner()}, the Minter is ${registered ?? "not registered"}` };
    },
  },
  {
    name: "earnings-can-be-read",
    says: "What everybody has earned can be worked out: no claim reverts.",
    judge: ({ delegators }) => {
      const stuck = delegators.find(({ pending }) => pending === undefined);
      return { holds: stuck === undefined, detail: stuck === undefined ? `${delegators.length} accounts` : `the fee factors of the delegate of ${stuck.delegator.account} fall` };
    },
  },
  {
    name: "start-factors-exist",
    says: "A claim is measured from the factors of the last one; without them all earnings would be paid once more.",
    judge: ({ bonding, delegators }) => {
      const missing = delegators.find(({ delegator: { delegate, lastClaimRound, bondedWei } }) => {
        if (delegate === ZERO_ADDRESS || bondedWei === 0n || lastClaimRound === 0n) return false;
        const lastRewardRound = bonding.lastRewardRound(delegate);
        return lastRewardRound > 0n && lastRewardRound <= lastClaimRound && bonding.earningsPool(delegate, lastClaimRound).rewardFactor === 0n;
      });
      return { holds: missing === undefined, detail: missing === undefined ? `${delegators.length} accounts` : `${missing.delegator.account} claimed in round ${missing.delegator.lastClaimRound}, for which its delegate has no factor` };
    },
  },
  {
    name: "stake-promised-once",
    says: "What the delegators of an account may claim is part of what is delegated to it.",
    judge: ({ delegators }) => {
      const promised = new Map<Address, { wei: bigint; count: bigint }>();
      for (const { delegator, pending } of delegators) {
        const known = promised.get(delegator.delegate) ?? { wei: 0n, count: 0n };
        promised.set(delegator.delegate, { wei: known.wei + (pending?.stakeWei ?? 0n), count: known.count + 1n });
      }
      promised.delete(ZERO_ADDRESS);
      const delegated = new Map(delegators.map(({ delegator }) => [delegator.account, delegator.delegatedWei]));
      const broken = [...promised].find(([account, { wei }]) => wei > (delegated.get(account) ?? 0n));
      return {
        holds: broken === undefined,
        detail: broken === undefined ? `${promised.size} delegates promise no more than is delegated to them` : `${broken[0]} has ${delegated.get(broken[0]) ?? 0n} delegated, its delegators may claim ${broken[1].wei}`,
      };
    },
  },
  {
    name: "pool-is-sorted",
    says: "The pool is one list from both ends, most stake first, and not too long.",
    judge: ({ view, bonding }) => {
      const pool = bonding.pool();
      const backwards = bonding.poolFromTail().toReversed();
      const [size, most] = (["size", "maxSize"] as const).map((name) => view.value("BondingManager", "transcoderPool", name)) as [bigint, bigint];
      const isOne = BigInt(pool.length) === size && pool.length === backwards.length && pool.every(({ account }, index) => account === backwards[index]);
      const wrong = pool.find(({ keyWei }, index) => index > 0 && (pool[index - 1]?.keyWei ?? 0n) < keyWei);
      return { holds: isOne && wrong === undefined && size <= most, detail: wrong === undefined ? `${pool.length} of ${most} places, ${size} counted, ${backwards.length} from the end` : `${wrong.account} stands behind less stake` };
    },
  },
  {
    name: "pool-keys-are-stakes",
    says: "Members of the pool are transcoders, sorted by what is delegated to them, and active until they leave.",
    judge: ({ bonding }) => {
      const pool = bonding.pool();
      const wrong = pool.find(({ account, keyWei }) => {
        const delegator = bonding.delegator(account);
        return delegator.delegatedWei !== keyWei || !isRegistered(delegator) || bonding.transcoder(account).deactivationRound !== NEVER;
      });
      return { holds: wrong === undefined, detail: wrong === undefined ? `${pool.length} members` : `${wrong.account} has ${wrong.keyWei} in the list` };
    },
  },
  {
    name: "next-stake-adds-up",
    says: "The active stake of the next round is that of the pool.",
    judge: ({ view, bonding }) => {
      const [total, keys] = [view.value("BondingManager", "nextRoundTotalActiveStake"), sum(bonding.pool().map(({ keyWei }) => keyWei))];
      return { holds: total === keys, detail: `${total} is written down, the pool has ${keys}` };
    },
  },
  {
    name: "round-stake-adds-up",
    says: "The active stake of the round covers every active transcoder.",
    judge: ({ view, bonding }) => {
      const { current, isInitialized } = roundsOf(view);
      if (!isInitialized) return undefined;
      const stakes = sum(bonding.activated().map((account) => bonding.transcoder(account)).filter((transcoder) => bonding.isActive(transcoder)).map(({ account }) => bonding.roundStake(account, current)));
      const total = view.value("BondingManager", "currentRoundTotalActiveStake");
      return { holds: stakes <= total, detail: `active transcoders have ${stakes} of ${total}` };
    },
  },
  {
    name: "rounds-go-on",
    says: "Rounds have a length, and none has begun before its time.",
    judge: ({ view }) => {
      const { length, current, lastInitialized } = roundsOf(view);
      return { holds: length > 0n && lastInitialized <= current, detail: `round ${current}, the last that was begun is ${lastInitialized}` };
    },
  },
  {
    name: "registry-resolves",
    says: "Every registered name leads to code, and proxies obey the Controller and find theirs through it.",
    judge: ({ view }) => {
      const names = registrationsOf(view);
      const known = new Map(names.map(({ name, address }) => [contractId(name), address]));
      const wrong = names.find(({ address }) => {
        const contract = [...view.contracts()].find((each) => each.address === address);
        if (contract === undefined) return view.contractAt(address) === undefined;
        if (contract.state.code === "0x") return true;
        if (contract.has("controller") && contract.cell("controller").address() !== view.state.controller) return true;
        if (!contract.has("targetContractId")) return false;
        const target = contract.cell("targetContractId");
        return target.number() !== 0n && !known.has(target.hex());
      });
      return { holds: wrong === undefined, detail: wrong === undefined ? `${names.length} names` : `${wrong.name} at ${wrong.address}` };
    },
  },
];

/** Judges every invariant that applies, in the order of reading. @throws LPCTL_SNAPSHOT_NO_CONTRACT */
export function judgeState(view: StateView): InvariantVerdict[] {
  const bonding = new BondingView(view);
  const delegators = [...bonding.delegators()].map((delegator) => ({ delegator, pending: bonding.pending(delegator), lockedWei: sum(bonding.locks(delegator).map(({ amountWei }) => amountWei)) }));
  const books: Books = { view, bonding, token: new TokenView(view), delegators };
  return INVARIANTS.flatMap(({ name, says, judge }) => {
    const verdict = judge(books);
    return verdict === undefined ? [] : [{ name, says, ...verdict }];
  });
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
