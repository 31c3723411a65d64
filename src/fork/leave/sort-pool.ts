import type { Address } from "../../protocol/hex.ts";
import type { PoolMember } from "../../snapshot/view/bonding.ts";

/** Another key of a member, and the place of its last change among all changes. */
export interface ChangedKey {
  keyWei: bigint;
  last: number;
}

/**
 * The pool after changes of keys, one after the other, in one pass. Each change takes the member out and puts it before the first
 * whose key is not larger (contracts/bonding/SortedDoublyLL.sol, hints or none): among equal keys whoever changed last comes first,
 * and who did not change last, as they stood. A key of zero leaves the pool.
 */
export function sortPool(pool: readonly PoolMember[], changed: ReadonlyMap<Address, ChangedKey>): PoolMember[] {
  const members = pool.map(({ account, keyWei }) => ({ account, keyWei: changed.get(account)?.keyWei ?? keyWei, last: changed.get(account)?.last ?? -1 }));
  // The sort is stable.
  members.sort((left, right) => (left.keyWei === right.keyWei ? right.last - left.last : left.keyWei < right.keyWei ? 1 : -1));
  return members.filter(({ keyWei }) => keyWei > 0n).map(({ account, keyWei }) => ({ account, keyWei }));
}
