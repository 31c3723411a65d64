import { keccak256 } from "ethers/crypto";
import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Address } from "../protocol/hex.ts";
import { readSlots } from "../snapshot/read/read-slots.ts";
import type { ForkEffect } from "./fork-transactions.ts";

/** Whether the chain shows an effect now; undefined where nothing on the chain says so. */
export async function readForkEffect(rpc: Rpc, effect: ForkEffect): Promise<boolean | undefined> {
  const read = async (address: Address, signature: string, args: readonly unknown[] = []): Promise<unknown> =>
    (await tryReadFunction(rpc, address, signature, args))?.toArray()[0];
  switch (effect.kind) {
    case "suite":
      return undefined;
    case "deployed":
      return (await rpc.code(effect.address)) !== "0x";
    case "owner": {
      const owner = await read(effect.of, "function owner() view returns (address)");
      return effect.oneOf.some((account) => account === owner);
    }
    case "words": {
      const { number, hash } = await rpc.block("latest");
      const words = await readSlots(rpc, effect.contract, effect.slots, { block: { number, hash } });
      return Buffer.from(words).equals(effect.values);
    }
    case "staged":
      if ((await readForkEffect(rpc, effect.executed)) === true) return true;
      return ((await read(effect.governor, "function updates(bytes32 updateHash) view returns (uint256)", [effect.updateHash])) ?? 0n) !== 0n;
    case "registered": {
      const address = await read(effect.controller, "function getContract(bytes32 id) view returns (address)", [effect.id]);
      return address === effect.address || (effect.orAll.length > 0 && (await areAllThere(rpc, effect.orAll)));
    }
    case "burned":
      return (await read(effect.loader, "function burned() view returns (bool)")) === true;
    case "chunk": {
      const kept = await read(effect.of, "function chunks(uint256 index) view returns (address)", [effect.index]);
      return typeof kept === "string" && keccak256(await rpc.code(kept as Address)) === effect.codeHash;
    }
    case "sealed":
      return (await read(effect.of, "function isSealed() view returns (bool)")) === true;
    case "claimsFunded":
      return (await rpc.balanceWei(effect.of)) >= effect.atLeastWei || (await readForkEffect(rpc, { kind: "claimsStaged", of: effect.of, root: effect.root }));
    case "claimsStaged":
      return (await read(effect.of, "function root() view returns (bytes32)")) === effect.root;
    case "balance":
      return (await rpc.balanceWei(effect.of)) >= effect.atLeastWei;
    case "unpaused":
      return (await read(effect.controller, "function paused() view returns (bool)")) === false;
  }
}

/** One after another: the first that is missing answers. */
async function areAllThere(rpc: Rpc, effects: readonly ForkEffect[]): Promise<boolean> {
  for (const effect of effects) if ((await readForkEffect(rpc, effect)) !== true) return false;
  return true;
}
