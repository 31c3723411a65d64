import fc from "fast-check";
import { expect, test } from "vitest";
import { sortPool } from "../../../src/fork/leave/sort-pool.ts";
import type { Address } from "../../../src/protocol/hex.ts";
import type { PoolMember } from "../../../src/snapshot/view/bonding.ts";

const member = (index: number): Address => `0x${index.toString(16).padStart(40, "0")}`;

/** As the contract does it: out of the list, and in again before the first whose key is not larger. */
function updateKey(list: readonly PoolMember[], account: Address, keyWei: bigint): PoolMember[] {
  const others = list.filter((each) => each.account !== account);
  if (keyWei === 0n) return others;
  const place = others.findIndex((each) => each.keyWei <= keyWei);
  return others.toSpliced(place === -1 ? others.length : place, 0, { account, keyWei });
}

test("a pool that is sorted once is the one that is left by changing keys one after the other", () => {
  const pools = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 });
  const falls = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 3 })), { maxLength: 20 });
  fc.assert(
    fc.property(pools, falls, (keys, changes) => {
      const pool = keys.toSorted((left, right) => right - left).map((key, index): PoolMember => ({ account: member(index + 1), keyWei: BigInt(key) }));
      const changed = new Map<Address, { keyWei: bigint; last: number }>();
      let one = pool;
      for (const [last, [which, fall]] of changes.entries()) {
        const found = one[which % Math.max(1, one.length)];
        if (found === undefined) continue;
        const keyWei = found.keyWei > BigInt(fall) ? found.keyWei - BigInt(fall) : 0n;
        changed.set(found.account, { keyWei, last });
        one = updateKey(one, found.account, keyWei);
      }
      expect(sortPool(pool, changed)).toEqual(one);
    }),
  );
});
