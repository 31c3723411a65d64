import { Interface } from "ethers/abi";
import { dataSlice, getAddress } from "ethers";
import type { Rpc } from "../../chain/rpc.ts";
import { deriveCalls } from "../../proposal/derive-calls.ts";
import type { UpgradeIntent } from "../../proposal/intent.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { ERC1967_SLOTS } from "../../protocol/storage-slots.ts";
import type { AddressBook } from "../contract-book.ts";
import { hasFailed } from "../has-failed.ts";
import type { Fork } from "../fork.ts";
import { explainFailure } from "./explain-failure.ts";
import { readMany } from "./read-many.ts";

/** An upgrade and the code that it replaces. */
export interface Replaced {
  intent: UpgradeIntent;
  implementation: Address;
  gitCommitHash: Hex;
}

const beaconAbi = "function implementation() view returns (address)";
const entryAbi = "function getContractInfo(bytes32) view returns (address, bytes20)";
const NO_COMMIT: Hex = `0x${"0".repeat(40)}`;
const older = new Interface(["function upgradeTo(address implementation)"]);

/** What the proxies of upgrades run before them; those that run nothing, or the same code already, are left out. */
export async function readReplaced(rpc: Rpc, intents: readonly UpgradeIntent[]): Promise<Replaced[]> {
  const read = await Promise.all(
    intents.map(async (intent): Promise<Replaced> => {
      const { proxy } = intent;
      if (proxy.kind === "controller-registry") {
        const [entry] = await readMany(rpc, [{ kind: "call", to: proxy.controller, signature: entryAbi, args: [proxy.targetId] }]);
        return { intent, implementation: (entry?.[0] as Address | undefined) ?? ZERO_ADDRESS, gitCommitHash: (entry?.[1] as Hex | undefined) ?? NO_COMMIT };
      }
      if (proxy.kind === "beacon") {
        const [answer] = await readMany(rpc, [{ kind: "call", to: proxy.beacon, signature: beaconAbi }]);
        return { intent, implementation: (answer?.[0] as Address | undefined) ?? ZERO_ADDRESS, gitCommitHash: NO_COMMIT };
      }
      const word = await rpc.storage(proxy.address, ERC1967_SLOTS.implementation);
      return { intent, implementation: getAddress(dataSlice(word, 12)) as Address, gitCommitHash: NO_COMMIT };
    }),
  );
  return read.filter(({ implementation, intent }) => implementation !== ZERO_ADDRESS && implementation !== intent.implementation);
}

/**
 * Puts the old code back on the fork, in the name of whoever may.
 * @param authority that the proxies obey; a registry is asked for its owner
 * @returns why it did not work, undefined when it did
 */
export async function installOld(fork: Fork, { intent, implementation, gitCommitHash }: Replaced, authority: Address, book: AddressBook): Promise<string | undefined> {
  const [call] = deriveCalls([{ ...intent, implementation, gitCommitHash, initializer: "0x" }]);
  if (call === undefined) return "there is no call that would do it";
  let from = authority;
  if (intent.proxy.kind === "controller-registry") {
    const [owner] = await readMany(fork.rpc, [{ kind: "call", to: intent.proxy.controller, signature: "function owner() view returns (address)" }]);
    from = (owner?.[0] as Address | undefined) ?? authority;
  }
  const transactions = [{ from, ...call }];
  // Proxies of OpenZeppelin 4 and before have both, and a few older ones only this.
  if (intent.proxy.kind === "uups") transactions.push({ from, to: call.to, valueWei: 0n, data: older.encodeFunctionData("upgradeTo", [implementation]) as Hex });
  let why: string | undefined;
  for (const transaction of transactions) {
    const [receipt] = await fork.sendInOneBlock([transaction]);
    if (receipt !== undefined && !hasFailed(receipt)) return undefined;
    why ??= await explainFailure(fork.rpc, receipt, book);
  }
  return why;
}
