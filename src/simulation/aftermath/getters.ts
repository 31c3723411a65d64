import type { Rpc } from "../../chain/rpc.ts";
import type { Address } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import type { AddressBook } from "../contract-book.ts";
import type { Intended } from "./invariant.ts";
import { readMany } from "./read-many.ts";

export interface Getter {
  address: Address;
  /** `JobsManager.numJobs` */
  label: string;
  name: string;
  /** Undefined when it reverts, or the code has no such function. */
  value: string | undefined;
}

/** Say how a contract is installed, which an upgrade is there to change. */
const ABOUT_CODE = new Set(["implementation", "proxiableUUID", "UPGRADE_INTERFACE_VERSION", "targetContractId"]);
const MOST_PER_CONTRACT = 60;
const LONGEST_SHOWN = 80;

/**
 * All functions without arguments that only read, of contracts whose interface is known.
 * @param codeOf where to ask instead: the bare code behind a proxy says what is part of the code and no state
 */
export async function readGetters(rpc: Rpc, book: AddressBook, addresses: readonly Address[], codeOf: ReadonlyMap<Address, Address> = new Map()): Promise<Getter[]> {
  const getters = addresses.flatMap((address) => {
    const fragments = book.interfaceOf(address)?.fragments ?? [];
    const found = fragments.flatMap((fragment) => {
      if (fragment.type !== "function" || fragment.inputs.length > 0) return [];
      const text = fragment.format("full");
      const name = /^function (\w+)\(/.exec(text)?.[1];
      return name !== undefined && / (?:view|pure) returns /.test(text) && !ABOUT_CODE.has(name) ? [{ address, name, signature: text }] : [];
    });
    return found.toSorted((left, right) => (left.name < right.name ? -1 : 1)).slice(0, MOST_PER_CONTRACT);
  });
  const answers = await readMany(rpc, getters.map(({ address, signature }) => ({ kind: "call", to: codeOf.get(address) ?? address, signature })));
  return getters.map(({ address, name }, at) => {
    const answer = answers[at];
    return { address, name, label: printable(`${book.nameOf(address) ?? address}.${name}`), value: answer === undefined ? undefined : String(answer) };
  });
}

/** Functions by what they give when asked of bare code: what the proxy gives as well is a constant. */
export interface Bare {
  is: readonly Getter[];
  was: readonly Getter[];
}

/** What reads differently now; a function that there was not before, or a constant of the code, does not count. */
export function differingGetters(is: readonly Getter[], was: readonly Getter[], intended?: Intended, bare: Bare = { is: [], was: [] }): string[] {
  const [before, bareNow, bareBefore] = [was, bare.is, bare.was].map((getters) => new Map(getters.map(({ address, name, value }) => [`${address}.${name}`, value])));
  return is.flatMap(({ address, name, label, value }) => {
    const key = `${address}.${name}`;
    const old = before?.get(key);
    if (old === undefined || old === value || intended?.getters.has(key) === true) return [];
    if (value !== undefined && bareNow?.get(key) === value && bareBefore?.get(key) === old) return [];
    return [`${label}() is ${show(value)} instead of ${show(old)}`];
  });
}

function show(value: string | undefined): string {
  if (value === undefined) return "unreadable";
  const text = printable(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
