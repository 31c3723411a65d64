/** Where a proxy looks its code up, so that another code can be put there and the real dispatch runs. */
import { readFunction, tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { UpgradeIntent } from "../../proposal/intent.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { ERC1967_SLOTS } from "../../protocol/storage-slots.ts";
import { hashToSlot, slotHex } from "../slot-hash.ts";

export interface Substitution {
  proxy: Address;
  /** The account and word that name the code: of the registry, the beacon or the proxy itself. */
  address: Address;
  slot: Hex;
  oldImplementation: Address;
  newImplementation: Address;
}

/** Variables that come before a registry's or a beacon's own are few. */
const SLOTS_TRIED = 10n;

/**
 * Finds the word that an upgrade will change.
 * @throws LPCTL_REPLAY_PLACE_UNKNOWN when no word in reach holds it, LPCTL_REPLAY_NOTHING_NEW when it names the new code already
 */
export async function readSubstitution(rpc: Rpc, { proxy, implementation, contract }: UpgradeIntent): Promise<Substitution> {
  const { address, slots, current } = await readPlaces(rpc, proxy);
  if (current === implementation) {
    throw new LpctlError({
      code: "LPCTL_REPLAY_NOTHING_NEW",
      exit: Exit.usage,
      message: `${contract} runs the code of this proposal already`,
      why: "there is no old code left to compare it with",
      next: "A replay is for before the upgrade. What the upgrade did: lpctl proposal status",
    });
  }
  const words = await Promise.all(slots.map((slot) => rpc.storage(address, slot)));
  const found = slots.find((_, index) => addressIn(words[index] ?? "0x0") === BigInt(current));
  if (found !== undefined && current !== ZERO_ADDRESS) {
    return { proxy: proxy.address, address, slot: found, oldImplementation: current, newImplementation: implementation };
  }
  throw new LpctlError({
    code: "LPCTL_REPLAY_PLACE_UNKNOWN",
    exit: Exit.failed,
    message: `Where ${address} keeps the address of the code of ${contract} cannot be told`,
    why: "its storage is not laid out as that of a known registry, beacon or proxy",
    next: "The upgrade itself can still be simulated: lpctl proposal simulate",
    details: { proxy: proxy.address },
  });
}

async function readPlaces(rpc: Rpc, proxy: UpgradeIntent["proxy"]): Promise<{ address: Address; slots: Hex[]; current: Address }> {
  const indices = Array.from({ length: Number(SLOTS_TRIED) }, (_, index) => BigInt(index));
  if (proxy.kind === "controller-registry") {
    const [current] = await readFunction(rpc, proxy.controller, "function getContract(bytes32 id) view returns (address)", [proxy.targetId]);
    const slots = indices.map((index): Hex => `0x${slotHex(hashToSlot(proxy.targetId.slice(2) + slotHex(index)))}`);
    return { address: proxy.controller, slots, current: current as Address };
  }
  if (proxy.kind === "beacon") {
    const answer = await tryReadFunction(rpc, proxy.beacon, "function implementation() view returns (address)");
    return { address: proxy.beacon, slots: indices.map((index): Hex => `0x${slotHex(index)}`), current: (answer?.[0] ?? ZERO_ADDRESS) as Address };
  }
  const word = await rpc.storage(proxy.address, ERC1967_SLOTS.implementation);
  const { getAddress } = await import("ethers/address");
  return { address: proxy.address, slots: [ERC1967_SLOTS.implementation], current: getAddress(`0x${word.slice(-40)}`) as Address };
}

/** The word with another address in it; what shares the word stays. */
export function substituted(word: Hex, implementation: Address): Hex {
  return `0x${word.slice(2).padStart(64, "0").slice(0, 24)}${implementation.slice(2).toLowerCase()}`;
}

/** The address in the low end of a word, as a number. */
export function addressIn(word: Hex): bigint {
  return BigInt(word) & ((1n << 160n) - 1n);
}
