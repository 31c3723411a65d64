import { Interface } from "ethers/abi";
import { zeroPadValue } from "ethers/utils";
import { z } from "zod";
import { addressSchema } from "../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { WELL_KNOWN_SLOTS } from "../protocol/storage-slots.ts";
import type { Call } from "./call.ts";

/**
 * A change of a Safe by itself. `previous` is the entry before it in the Safe's list (1 is the list's head), as it stands when
 * this change is made. `codeHash` is of the runtime code that must stand there.
 */
export const safeChangeSchema = z.discriminatedUnion("what", [
  z.strictObject({ what: z.literal("add-owner"), owner: addressSchema, threshold: decimalSchema }),
  z.strictObject({ what: z.literal("remove-owner"), owner: addressSchema, previous: addressSchema, threshold: decimalSchema }),
  z.strictObject({ what: z.literal("swap-owner"), owner: addressSchema, previous: addressSchema, newOwner: addressSchema }),
  z.strictObject({ what: z.literal("change-threshold"), threshold: decimalSchema }),
  z.strictObject({ what: z.literal("enable-module"), module: addressSchema, codeHash: hash32Schema }),
  z.strictObject({ what: z.literal("disable-module"), module: addressSchema, previous: addressSchema }),
  /** The null address takes the guard away. */
  z.strictObject({ what: z.literal("set-guard"), guard: addressSchema, codeHash: hash32Schema }),
  /** The null address takes the handler away. */
  z.strictObject({ what: z.literal("set-fallback-handler"), handler: addressSchema, codeHash: hash32Schema }),
]);
export type SafeChange = z.infer<typeof safeChangeSchema>;

/** Head of a Safe's linked lists. */
export const SENTINEL: Address = "0x0000000000000000000000000000000000000001";

const safe = new Interface([
  "function addOwnerWithThreshold(address owner, uint256 threshold)",
  "function removeOwner(address previous, address owner, uint256 threshold)",
  "function swapOwner(address previous, address owner, address newOwner)",
  "function changeThreshold(uint256 threshold)",
  "function enableModule(address module)",
  "function disableModule(address previous, address module)",
  "function setGuard(address guard)",
  "function setFallbackHandler(address handler)",
]);
const reads = new Interface([
  "function isOwner(address owner) view returns (bool)",
  "function getOwners() view returns (address[])",
  "function getThreshold() view returns (uint256)",
  "function isModuleEnabled(address module) view returns (bool)",
]);

/** The call of the Safe to itself that makes the change. Pure. */
export function callOfSafeChange(address: Address, change: SafeChange): Call {
  return { to: address, valueWei: 0n, data: encode(change) };
}

function encode(change: SafeChange): Hex {
  switch (change.what) {
    case "add-owner":
      return safe.encodeFunctionData("addOwnerWithThreshold", [change.owner, change.threshold]) as Hex;
    case "remove-owner":
      return safe.encodeFunctionData("removeOwner", [change.previous, change.owner, change.threshold]) as Hex;
    case "swap-owner":
      return safe.encodeFunctionData("swapOwner", [change.previous, change.owner, change.newOwner]) as Hex;
    case "change-threshold":
      return safe.encodeFunctionData("changeThreshold", [change.threshold]) as Hex;
    case "enable-module":
      return safe.encodeFunctionData("enableModule", [change.module]) as Hex;
    case "disable-module":
      return safe.encodeFunctionData("disableModule", [change.previous, change.module]) as Hex;
    case "set-guard":
      return safe.encodeFunctionData("setGuard", [change.guard]) as Hex;
    case "set-fallback-handler":
      return safe.encodeFunctionData("setFallbackHandler", [change.handler]) as Hex;
  }
}

type SafeRead = { kind: "call"; label: string; to: Address; data: Hex } | { kind: "slot"; label: string; address: Address; slot: Hex } | { kind: "code"; label: string; address: Address };

/** What a change of a Safe rests on, and what must hold after it. */
export function conditionsOfSafeChange(address: Address, change: SafeChange): { pinned: SafeRead[]; after: { read: SafeRead; expect: Hex }[] } {
  const view = (label: string, name: string, args: readonly unknown[] = []): SafeRead => ({ kind: "call", label, to: address, data: reads.encodeFunctionData(name, args).toLowerCase() as Hex });
  const holds = (name: string, args: readonly unknown[], value: unknown, label: string): { read: SafeRead; expect: Hex } => ({
    read: view(label, name, args),
    expect: reads.encodeFunctionResult(name, [value]).toLowerCase() as Hex,
  });
  const owns = (owner: Address, value: boolean) => holds("isOwner", [owner], value, `whether ${owner} is an owner of ${address}`);
  const needs = (threshold: bigint) => holds("getThreshold", [], threshold, `threshold of ${address}`);
  const list = [view(`owners of ${address}`, "getOwners"), view(`threshold of ${address}`, "getThreshold")];
  const code = (at: Address): SafeRead[] => (at === ZERO_ADDRESS ? [] : [{ kind: "code", label: `code of ${at}`, address: at }]);
  switch (change.what) {
    case "add-owner":
      return { pinned: list, after: [owns(change.owner, true), needs(change.threshold)] };
    case "remove-owner":
      return { pinned: list, after: [owns(change.owner, false), needs(change.threshold)] };
    case "swap-owner":
      return { pinned: list, after: [owns(change.owner, false), owns(change.newOwner, true)] };
    case "change-threshold":
      return { pinned: list, after: [needs(change.threshold)] };
    case "enable-module":
    case "disable-module": {
      const enabled = holds("isModuleEnabled", [change.module], change.what === "enable-module", `whether ${change.module} is a module of ${address}`);
      return { pinned: [enabled.read, ...(change.what === "enable-module" ? code(change.module) : [])], after: [enabled] };
    }
    case "set-guard":
    case "set-fallback-handler": {
      const [name, to] = change.what === "set-guard" ? (["guard", change.guard] as const) : (["fallback handler", change.handler] as const);
      const read: SafeRead = { kind: "slot", label: `${name} of ${address}`, address, slot: change.what === "set-guard" ? GUARD_SLOT : HANDLER_SLOT };
      return { pinned: [read, ...code(to)], after: [{ read, expect: zeroPadValue(to, 32).toLowerCase() as Hex }] };
    }
  }
}

const slotNamed = (name: string): Hex => WELL_KNOWN_SLOTS.find((known) => known.name === name)?.slot ?? "0x";
const GUARD_SLOT = slotNamed("guardManager.guard");
const HANDLER_SLOT = slotNamed("fallbackManager.handler");

/** Whether a change asks for what happens at this path of the Safe's storage; addresses in it without names. */
export function isSafeChangeAt(change: SafeChange, path: string): boolean {
  const entry = (list: string, ...members: readonly Address[]): boolean => members.some((member) => path.toLowerCase() === `${list}[${member.toLowerCase()}]`);
  switch (change.what) {
    case "add-owner":
      // The newest owner comes first: the head of the list points to it.
      return path === "ownerCount" || path === "threshold" || entry("owners", SENTINEL, change.owner);
    case "remove-owner":
      return path === "ownerCount" || path === "threshold" || entry("owners", change.previous, change.owner);
    case "swap-owner":
      return entry("owners", change.previous, change.owner, change.newOwner);
    case "change-threshold":
      return path === "threshold";
    case "enable-module":
      return entry("modules", SENTINEL, change.module);
    case "disable-module":
      return entry("modules", change.previous, change.module);
    case "set-guard":
      return path === "guardManager.guard";
    case "set-fallback-handler":
      return path === "fallbackManager.handler";
  }
}

/** Half a sentence: `add the owner 0x… and need 2 signatures`. */
export function describeSafeChange(change: SafeChange): string {
  switch (change.what) {
    case "add-owner":
      return `add the owner ${change.owner}, threshold ${change.threshold}`;
    case "remove-owner":
      return `remove the owner ${change.owner}, threshold ${change.threshold}`;
    case "swap-owner":
      return `replace the owner ${change.owner} by ${change.newOwner}`;
    case "change-threshold":
      return `change the threshold to ${change.threshold}`;
    case "enable-module":
      return `let the module ${change.module} act without any signature`;
    case "disable-module":
      return `disable the module ${change.module}`;
    case "set-guard":
      return change.guard === ZERO_ADDRESS ? "remove the guard" : `have the guard ${change.guard} judge every transaction`;
    case "set-fallback-handler":
      return change.handler === ZERO_ADDRESS ? "remove the fallback handler" : `answer unknown calls through ${change.handler}`;
  }
}
