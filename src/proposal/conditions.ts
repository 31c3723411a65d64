import { AbiCoder, Interface, zeroPadValue } from "ethers";
import { z } from "zod";
import { contractId } from "../protocol/contract-id.ts";
import { hash32Schema, hexSchema, type Hex } from "../protocol/hex.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { ERC1967_SLOTS } from "../protocol/storage-slots.ts";
import { textSchema } from "../protocol/text-schema.ts";
import { parseFunction } from "./derive-calls.ts";
import type { Intent } from "./intent.ts";
import { conditionsOfSafeChange } from "./safe-change.ts";

/** Something that can be read from a chain: a view call, the hash of an account's code, or a storage slot. */
const readSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("call"), label: textSchema, to: addressSchema, data: hexSchema }),
  z.strictObject({ kind: z.literal("code"), label: textSchema, address: addressSchema }),
  z.strictObject({ kind: z.literal("slot"), label: textSchema, address: addressSchema, slot: hash32Schema }),
]);
export type Read = z.infer<typeof readSchema>;

/** A read and the bytes it must give: the return data, the code hash, or the word. */
export const conditionSchema = z.strictObject({ read: readSchema, expect: hexSchema });
export type Condition = z.infer<typeof conditionSchema>;

const registry = new Interface([
  "function getContractInfo(bytes32 id) view returns (address contractAddress, bytes20 gitCommitHash)",
  "function owner() view returns (address)",
  "function balanceOf(address account) view returns (uint256)",
  "function paused() view returns (bool)",
  "function hasRole(bytes32 role, address account) view returns (bool)",
  "function targetContractId() view returns (bytes32)",
  "function implementation() view returns (address)",
]);

/**
 * What must not have changed between preparing a proposal and executing it: read once, pinned, and read
 * again by every command that would sign or send. This is what turns a stale proposal into a clear refusal.
 */
export function readsToPin(intents: readonly Intent[]): Read[] {
  return dedupe(intents.flatMap((intent) => conditionsOf(intent).pinned));
}

/** What must hold when the proposal has been executed. Later intents win where two write the same thing. */
export function postconditions(intents: readonly Intent[]): Condition[] {
  const byRead = new Map<string, Condition>();
  for (const condition of intents.flatMap((intent) => conditionsOf(intent).after)) {
    byRead.set(JSON.stringify(condition.read), condition);
  }
  return [...byRead.values()];
}

function conditionsOf(intent: Intent): { pinned: Read[]; after: Condition[] } {
  switch (intent.kind) {
    case "upgrade": {
      const code: Read = { kind: "code", label: `code of ${intent.implementation}`, address: intent.implementation };
      const codeStands: Condition = { read: code, expect: intent.implementationCodeHash };
      const { proxy } = intent;
      switch (proxy.kind) {
        case "controller-registry": {
          const entry = view(`registry entry of ${intent.contract}Target`, proxy.controller, "getContractInfo", [
            proxy.targetId,
          ]);
          const target = view(`target id of ${intent.contract}`, proxy.address, "targetContractId");
          const expect = registry.encodeFunctionResult("getContractInfo", [
            intent.implementation,
            intent.gitCommitHash,
          ]) as Hex;
          return { pinned: [entry, target, code], after: [{ read: entry, expect: lower(expect) }, codeStands] };
        }
        case "transparent":
        case "uups": {
          const slot: Read = {
            kind: "slot",
            label: `implementation of ${intent.contract}`,
            address: proxy.address,
            slot: ERC1967_SLOTS.implementation,
          };
          return {
            pinned: [slot, code],
            after: [{ read: slot, expect: lower(zeroPadValue(intent.implementation, 32)) }, codeStands],
          };
        }
        case "beacon": {
          const read = view(`implementation of beacon ${proxy.beacon}`, proxy.beacon, "implementation");
          const expect = AbiCoder.defaultAbiCoder().encode(["address"], [intent.implementation]);
          return { pinned: [read, code], after: [{ read, expect: lower(expect) }, codeStands] };
        }
      }
    }
    case "set-parameter": {
      const { abi: getter, name } = parseFunction(intent.getter);
      const read: Read = {
        kind: "call",
        label: intent.parameter,
        to: intent.target,
        data: lower(getter.encodeFunctionData(name, intent.getterArgs)),
      };
      return { pinned: [read], after: [{ read, expect: lower(getter.encodeFunctionResult(name, [intent.value])) }] };
    }
    case "transfer-ownership": {
      const read = view(`owner of ${intent.contract}`, intent.target, "owner");
      const expect = registry.encodeFunctionResult("owner", [intent.newOwner]);
      return { pinned: [read], after: [{ read, expect: lower(expect) }] };
    }
    case "grant-role":
    case "revoke-role": {
      const read = view(`whether ${intent.account} has ${intent.roleName} of ${intent.contract}`, intent.target, "hasRole", [intent.role, intent.account]);
      const expect = registry.encodeFunctionResult("hasRole", [intent.kind === "grant-role"]);
      return { pinned: [read], after: [{ read, expect: lower(expect) }] };
    }
    case "register": {
      const entry = view(`registry entry of ${intent.contract}`, intent.controller, "getContractInfo", [contractId(intent.contract)]);
      const code: Read = { kind: "code", label: `code of ${intent.address}`, address: intent.address };
      const expect = registry.encodeFunctionResult("getContractInfo", [intent.address, intent.gitCommitHash]);
      return { pinned: [entry, code], after: [{ read: entry, expect: lower(expect) }, { read: code, expect: intent.codeHash }] };
    }
    case "migrate-minter": {
      const owner = view("owner of the LivepeerToken", intent.token, "owner");
      const left = view("LPT in the old Minter", intent.token, "balanceOf", [intent.minter]);
      return {
        pinned: [owner],
        after: [
          { read: owner, expect: lower(registry.encodeFunctionResult("owner", [intent.newMinter])) },
          { read: left, expect: lower(registry.encodeFunctionResult("balanceOf", [0n])) },
        ],
      };
    }
    case "pause":
    case "unpause": {
      const read = view("whether the Controller is paused", intent.controller, "paused");
      const expect = registry.encodeFunctionResult("paused", [intent.kind === "pause"]);
      return { pinned: [read], after: [{ read, expect: lower(expect) }] };
    }
    case "change-safe":
      return conditionsOfSafeChange(intent.safe, intent.change);
    case "calls":
      return { pinned: [], after: [] };
  }
}

function view(label: string, to: `0x${string}`, name: string, args: unknown[] = []): Read {
  return { kind: "call", label, to, data: lower(registry.encodeFunctionData(name, args)) };
}

function lower(hex: string): Hex {
  return hex.toLowerCase() as Hex;
}

function dedupe(reads: Read[]): Read[] {
  return [...new Map(reads.map((read) => [JSON.stringify(read), read])).values()];
}
