/** Decodes calls, events and custom errors of every contract lpctl knows, by selector and topic. */
import { EventFragment, Fragment, FunctionFragment, Interface } from "ethers/abi";
import type { ParamType, Result } from "ethers/abi";
import { getAddress } from "ethers/address";
import { id } from "ethers/hash";
import { isHexString } from "ethers/utils";
import * as bonding from "./abi/bonding.ts";
import * as bridge from "./abi/bridge.ts";
import * as controller from "./abi/controller.ts";
import * as erc1967 from "./abi/erc1967.ts";
import * as genesis from "./abi/genesis.ts";
import * as governor from "./abi/governor.ts";
import * as jobs from "./abi/jobs.ts";
import * as livepeerGovernor from "./abi/livepeer-governor.ts";
import * as minter from "./abi/minter.ts";
import * as polls from "./abi/polls.ts";
import * as rounds from "./abi/rounds.ts";
import * as safe from "./abi/safe.ts";
import * as stakeGovernor from "./abi/stake-governor.ts";
import * as ticketBroker from "./abi/ticket-broker.ts";
import * as timelock from "./abi/timelock.ts";
import * as token from "./abi/token.ts";
import type { DecodedArgument } from "./decoded-argument.ts";
import { nameOfContractId } from "./contract-id.ts";
import type { Hex } from "./hex.ts";
import { printable } from "./printable.ts";
import { signatureOf } from "./signature-of.ts";

/** The order matters where two contracts share a selector with other names: the first one wins. */
const DOMAINS = [
  controller, governor, safe, erc1967, timelock, bonding, jobs, rounds, minter, token, ticketBroker, polls,
  livepeerGovernor, stakeGovernor, genesis, bridge,
];

export interface DecodedCall {
  /** Canonical: `setVerificationRate(uint64)`. */
  signature: string;
  name: string;
  args: DecodedArgument[];
  /** As ethers decodes them: bigint, string, boolean, nested results. */
  values: Result;
}

export interface DecodedLog {
  signature: string;
  name: string;
  args: DecodedArgument[];
  values: Result;
}

/** Declarations by the hash of their signature: the first four bytes are a function's selector, all of it an event's topic. */
interface Known {
  functions: Map<string, string[]>;
  events: Map<string, string[]>;
}

let known: Known | undefined;
let contract: Interface | undefined;
const fragments = new Map<string, Fragment>();
const coders = new WeakMap<Fragment, Interface>();

/** Everything known in one ethers Interface; made once, on first use. */
export function knownInterface(): Interface {
  contract ??= new Interface(knownDeclarations().map(fragmentOf));
  return contract;
}

/**
 * The call behind `data`, or undefined when no known function fits. A fit means that encoding the decoded
 * values again gives the same bytes: a selector that matches by accident, or trailing bytes which a reader
 * would not see, is not a fit.
 */
export function decodeKnownCall(data: string, extra?: Interface): DecodedCall | undefined {
  if (!isHexString(data) || data.length < 10) return undefined;
  const selector = data.slice(0, 10).toLowerCase();
  const fromExtra = extra?.getFunction(selector);
  const decodedByExtra = fromExtra ? decodeCallWith(fromExtra, data) : undefined;
  if (decodedByExtra !== undefined) return decodedByExtra;
  for (const declaration of load().functions.get(selector) ?? []) {
    const fragment = fragmentOf(declaration);
    const decoded = FunctionFragment.isFragment(fragment) ? decodeCallWith(fragment, data) : undefined;
    if (decoded !== undefined) return decoded;
  }
  return undefined;
}

/** Functions of known contracts that the first four bytes of `data` select, whether or not the rest fits; canonical. */
export function knownSignatures(data: string): string[] {
  return (load().functions.get(data.slice(0, 10).toLowerCase()) ?? []).flatMap((declaration) => signatureOf(declaration) ?? []);
}

/** The event behind a log, or undefined. Declarations that differ only in what is indexed are told apart by the topics. */
export function decodeKnownEvent(log: { topics: readonly string[]; data: string }, extra?: Interface): DecodedLog | undefined {
  const topic = log.topics[0]?.toLowerCase();
  if (topic === undefined) return undefined;
  const fromExtra = extra?.getEvent(topic);
  const candidates = [...(fromExtra ? [fromExtra] : []), ...(load().events.get(topic) ?? []).map(fragmentOf)];
  for (const fragment of candidates) {
    if (!EventFragment.isFragment(fragment)) continue;
    if (fragment.inputs.filter((input) => input.indexed).length !== log.topics.length - 1) continue;
    try {
      const values = coderOf(fragment).decodeEventLog(fragment, log.data, log.topics);
      return { signature: fragment.format(), name: fragment.name, args: formatArguments(fragment.inputs, values), values };
    } catch {
      // Another declaration of the same topic may still fit.
    }
  }
  return undefined;
}

/** One decoded value as text: addresses checksummed, registry keys with their names, integers in decimal. */
export function formatArgument(type: ParamType, value: unknown): string {
  if (type.baseType === "array" && Array.isArray(value)) {
    const child = type.arrayChildren;
    return `[${value.map((item) => (child ? formatArgument(child, item) : printable(String(item)))).join(", ")}]`;
  }
  if (type.baseType === "tuple" && Array.isArray(value)) {
    const fields = (type.components ?? []).map((field, index) => `${field.name || index}: ${formatArgument(field, value[index])}`);
    return `{${fields.join(", ")}}`;
  }
  if (type.type === "address") return getAddress(String(value));
  if (type.type === "string") return JSON.stringify(printable(typeof value === "string" ? value : String(value)));
  if (type.type === "bytes32") {
    const name = nameOfContractId(String(value));
    return name === undefined ? String(value) : `${String(value)} (${name})`;
  }
  return printable(String(value));
}

function decodeCallWith(fragment: FunctionFragment, data: string): DecodedCall | undefined {
  const coder = coderOf(fragment);
  try {
    const values = coder.decodeFunctionData(fragment, data);
    if (coder.encodeFunctionData(fragment, values) !== data.toLowerCase()) return undefined;
    return { signature: fragment.format(), name: fragment.name, args: formatArguments(fragment.inputs, values), values };
  } catch {
    return undefined;
  }
}

function formatArguments(inputs: readonly ParamType[], values: Result): DecodedArgument[] {
  return inputs.map((input, index) => {
    const value: unknown = values[index];
    // An indexed string or bytes is only a hash in the log.
    const text = isIndexedHash(value) ? `keccak ${value.hash}` : formatArgument(input, value);
    return { name: printable(input.name) || `arg${index}`, type: input.format(), value: text };
  });
}

function isIndexedHash(value: unknown): value is { hash: Hex } {
  return typeof value === "object" && value !== null && "_isIndexed" in value && "hash" in value;
}

function load(): Known {
  if (known !== undefined) return known;
  const functions = new Map<string, string[]>();
  const events = new Map<string, string[]>();
  for (const declaration of knownDeclarations()) {
    const signature = signatureOf(declaration);
    if (signature === undefined) continue;
    if (declaration.startsWith("function")) append(functions, id(signature).slice(0, 10), declaration);
    else if (declaration.startsWith("event")) append(events, id(signature), declaration);
  }
  known = { functions, events };
  return known;
}

/** Every known declaration once, in the order of the domains. */
export function knownDeclarations(): string[] {
  return [...new Set<string>(DOMAINS.flatMap((domain) => Object.values(domain).flat()))];
}

function fragmentOf(declaration: string): Fragment {
  const made = fragments.get(declaration);
  if (made !== undefined) return made;
  const fragment = Fragment.from(declaration);
  fragments.set(declaration, fragment);
  return fragment;
}

function coderOf(fragment: Fragment): Interface {
  const made = coders.get(fragment);
  if (made !== undefined) return made;
  const coder = new Interface([fragment]);
  coders.set(fragment, coder);
  return coder;
}

function append<T>(table: Map<string, T[]>, key: string, item: T): void {
  const list = table.get(key);
  if (list === undefined) table.set(key, [item]);
  else list.push(item);
}
