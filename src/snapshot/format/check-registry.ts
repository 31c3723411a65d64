import { keccak256 } from "ethers/crypto";
import { contractId, KNOWN_CONTRACT_NAMES, targetIdName } from "../../protocol/contract-id.ts";
import { compareWords } from "../../protocol/order-words.ts";
import type { Hex } from "../../protocol/hex.ts";
import type { ProtocolState } from "../state.ts";
import type { SlotWords } from "../trie/storage-root.ts";
import type { SnapshotDifference } from "./snapshot.ts";
import { hexAt } from "./word-table.ts";

/** Of the Controller's mapping from id to address and commit, behind owner and pause in slot 0. */
const REGISTRY_SLOT = `${"0".repeat(63)}1`;

/**
 * Compares names with the Controller's registry, which is in the snapshot itself: who calls one contract by the name of another, or
 * leaves one out, would have people read a proven state wrongly.
 * @returns names that are not the registry's; what is registered under a known name and is not in the snapshot, which is as it should be only
 * where it has no code
 */
export function checkRegistry({ controller, contracts }: ProtocolState): { differences: SnapshotDifference[]; absent: { name: string; address: Hex }[] } {
  const registry = contracts.find(({ address }) => address === controller)?.words;
  if (registry === undefined) return { differences: [{ of: "Controller", what: "it is not among the contracts", expected: controller, found: "nothing" }], absent: [] };
  const registered = (name: string): Hex | undefined => {
    const word = wordAt(registry, keccak256(`${contractId(name)}${REGISTRY_SLOT}`) as Hex);
    return word === undefined ? undefined : `0x${word.slice(-40)}`;
  };
  const differences = contracts.flatMap(({ name, address }): SnapshotDifference[] => {
    const expected = registered(name);
    if (expected === undefined || expected === address.toLowerCase()) return [];
    return [{ of: name, what: "the Controller has registered another address under this name", expected, found: address.toLowerCase() }];
  });
  const there = new Set(contracts.map(({ address }) => address.toLowerCase()));
  const absent = KNOWN_CONTRACT_NAMES.flatMap((name) => [name, targetIdName(name)]).flatMap((name): { name: string; address: Hex }[] => {
    const address = registered(name);
    return address === undefined || there.has(address) || BigInt(address) === 0n ? [] : [{ name, address }];
  });
  return { differences, absent };
}

/** Words are in the order of their slots. */
function wordAt({ slots, values, count }: SlotWords, slot: Hex): Hex | undefined {
  const wanted = Buffer.from(slot.slice(2), "hex");
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWords(slots, middle * 32, wanted, 0) < 0) low = middle + 1;
    else high = middle;
  }
  return low < count && compareWords(slots, low * 32, wanted, 0) === 0 ? hexAt(values, low * 32, 32) : undefined;
}
