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

/** All functions without arguments that only read, of contracts whose interface is known. */
export async function readGetters(rpc: Rpc, book: AddressBook, addresses: readonly Address[]): Promise<Getter[]> {
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
  const answers = await readMany(rpc, getters.map(({ address, signature }) => ({ kind: "call", to: address, signature })));
  return getters.map(({ address, name }, at) => {
    const answer = answers[at];
    return { address, name, label: printable(`${book.nameOf(address) ?? address}.${name}`), value: answer === undefined ? undefined : String(answer) };
  });
}

/** What reads differently now; a function that there was not before does not count. */
export function differingGetters(is: readonly Getter[], was: readonly Getter[], intended?: Intended): string[] {
  const before = new Map(was.map(({ address, name, value }) => [`${address}.${name}`, value]));
  return is.flatMap(({ address, name, label, value }) => {
    const key = `${address}.${name}`;
    const old = before.get(key);
    if (old === undefined || old === value || intended?.getters.has(key) === true) return [];
    return [`${label}() is ${show(value)} instead of ${show(old)}`];
  });
}

function show(value: string | undefined): string {
  if (value === undefined) return "unreadable";
  const text = printable(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
