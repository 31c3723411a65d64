import { getCreateAddress } from "ethers/address";
import { id as keccakOfText } from "ethers/hash";
import type { ReadBlock } from "../../chain/block-reader.ts";
import { readLogs } from "../../chain/logs.ts";
import { readRegistry, type RegistryEntry } from "../../chain/registry.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { readSlots } from "../read/read-slots.ts";
import { addressesInCode, addressOfWord, kindOfWord } from "./addresses-in.ts";
import { atBlock } from "./at-block.ts";
import { slotsOfVariables } from "./enumerate-slots.ts";
import { hexAt } from "./key-book.ts";
import type { KnownContract } from "./known-contract.ts";
import { Recogniser, type Recognised } from "./recognise.ts";
import type { CompiledUnit } from "../../solidity/compiled-unit.ts";

/** Events that name who has power over a contract, or had it. */
const POWER_EVENTS = ["OwnershipTransferred(address,address)", "RoleGranted(bytes32,address,address)", "AuthoritySet(address,bytes4,address)", "AddedOwner(address)"];
/** More children than that are not those of a contract of the protocol. */
const MOST_CHILDREN = 20_000n;

interface Found extends Recognised {
  address: Address;
  code: Hex;
  registered: string | undefined;
}

/**
 * Every contract of a protocol: what its Controller has registered, and from there whatever known code is reached through owners,
 * roles, variables, constants and contracts that made others. What is not registered and has no known code is not the protocol's.
 * @param units sources whose code may stand on chain
 * @throws LPCTL_REGISTRY_EMPTY, and what `Rpc` throws
 */
export async function findContracts(rpc: Rpc, block: ReadBlock, controller: Address, units: readonly CompiledUnit[], names: readonly string[] = []): Promise<KnownContract[]> {
  const pinned = atBlock(rpc, block);
  const registry = await readRegistry(pinned, controller, names);
  const registered = new Map<Address, RegistryEntry>(registry.map((entry) => [entry.address, entry]));
  const recogniser = new Recogniser(pinned, units, registry);
  const found = new Map<Address, Found>();
  const seen = new Set<Address>([ZERO_ADDRESS]);
  /** What was made by a contract of the protocol, and by which. */
  const makers = new Map<Address, string | undefined>();
  let wave: Address[] = [controller, ...registered.keys()];
  while (wave.length > 0) {
    const fresh = [...new Set(wave)].filter((address) => !seen.has(address));
    for (const address of fresh) seen.add(address);
    const recognised = await Promise.all(
      fresh.map(async (address): Promise<Found[]> => {
        const code = await pinned.code(address);
        if (code === "0x") return [];
        const entry = registered.get(address);
        const what = await recogniser.recognise(address, code, entry, makers.get(address));
        const isKnown = what.layoutOf !== undefined || what.role !== undefined;
        if (entry === undefined && address !== controller && !isKnown) return [];
        return [{ ...what, address, code, registered: address === controller ? "Controller" : entry === undefined ? undefined : (entry.name ?? entry.id) }];
      }),
    );
    for (const one of recognised.flat()) found.set(one.address, one);
    wave = await readNeighbours(pinned, block, recognised.flat(), makers);
  }
  return named([...found.values()]);
}

/** Addresses that stand in the variables and the code of contracts, in events about their owners, and of what they made. */
async function readNeighbours(pinned: Rpc, block: ReadBlock, contracts: readonly Found[], makers: Map<Address, string | undefined>): Promise<Address[]> {
  if (contracts.length === 0) return [];
  const near = await Promise.all(
    contracts.map(async ({ address, code, layout, related, role }) => {
      const slots = slotsOfVariables(layout);
      const [words, nonce] = await Promise.all([readSlots(pinned, address, slots, { block }), pinned.nonce(address)]);
      const inWords: Address[] = [];
      for (let index = 0; index < words.length / 32; index++) {
        const word = hexAt(words, index);
        // An address may share its word with smaller values.
        for (const digits of [word, word.slice(0, 62).padStart(64, "0"), word.slice(-40).padStart(64, "0")]) if (kindOfWord(digits) === "address") inWords.push(addressOfWord(digits));
      }
      const children = nonce > 1n && nonce <= MOST_CHILDREN ? Array.from({ length: Number(nonce) - 1 }, (_, made) => getCreateAddress({ from: address, nonce: made + 1 }) as Address) : [];
      for (const child of children) makers.set(child, role);
      return [...inWords, ...addressesInCode(code), ...children, ...related];
    }),
  );
  const logs = await readLogs(pinned, { address: contracts.map(({ address }) => address), topics: [POWER_EVENTS.map((event) => keccakOfText(event) as Hex)], fromBlock: 0n, toBlock: block.number });
  const inEvents = logs.flatMap(({ topics, data }) => [...topics.slice(1), ...(data.length === 66 ? [data] : [])]).filter((word) => kindOfWord(word.slice(2), true) === "address");
  return [...near.flat(), ...inEvents.map(addressOfWord)];
}

function named(found: readonly Found[]): KnownContract[] {
  const roles = new Map<string, number>();
  for (const { registered, role = "Contract" } of found) if (registered === undefined) roles.set(role, (roles.get(role) ?? 0) + 1);
  const taken = new Set(found.map(({ registered }) => registered));
  return found
    .map(({ address, code, layout, layoutOf, registered, role = "Contract" }) => {
      const name = registered ?? (roles.get(role) === 1 && !taken.has(role) ? role : `${role} ${address}`);
      return { address, name, layoutOf, layout, code };
    })
    .toSorted((left, right) => (left.address.toLowerCase() < right.address.toLowerCase() ? -1 : 1));
}
