import { keccak256 } from "ethers";
import type { Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { SAFE_STORAGE_LAYOUT } from "../protocol/storage-slots.ts";
import { officialContractOfCode } from "../safe/safe-contracts.ts";
import type { CallNode } from "../outcome/simulation.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import { recoverLayout } from "../solidity/recover-layout.ts";
import { entryOfUnit, type BookEntry } from "./book-entry.ts";
import { matchKnownCode } from "./known-code.ts";

interface Touched {
  /** The chain that ran the transaction. */
  rpc: Rpc;
  calls: CallNode;
  /** Accounts whose storage changed. */
  touched: readonly Address[];
  /** Gets an entry for each account that nothing was known of. */
  entries: Map<Address, BookEntry>;
  units: readonly CompiledUnit[];
}

const DELEGATION_PREFIX = "0xef0100";

/** Whose code ran at an account: what it passed its own call on to (as a proxy does), and what it asked something else (a library). */
interface Delegates {
  forwarded: Set<Address>;
  others: Set<Address>;
}

/**
 * Whose variables live at an account is told by whose code ran there: that of the contract it passed its call on to (any
 * kind of proxy, clone or account), else its own. Code of a known source gives names; other code gives the layout
 * recovered from it.
 */
export async function learnTouched({ rpc, calls, touched, entries, units }: Touched): Promise<void> {
  const delegates = new Map<Address, Delegates>();
  const called = new Set<Address>(touched);
  for (const { node, parent } of walk(calls, undefined)) {
    if (node.type === "SELFDESTRUCT") continue;
    if (node.type !== "DELEGATECALL" && node.type !== "CALLCODE") {
      called.add(node.to);
      continue;
    }
    const known = delegates.get(node.from) ?? { forwarded: new Set(), others: new Set() };
    // A proxy's constructor has no call to pass on: it initialises.
    const isForwarded = node.input === parent?.input || parent?.type.startsWith("CREATE") === true;
    (isForwarded ? known.forwarded : known.others).add(node.to);
    delegates.set(node.from, known);
  }
  const codes = new Map<Address, Promise<Hex>>();
  const codeOf = (address: Address): Promise<Hex> => {
    const asked = codes.get(address) ?? rpc.code(address);
    codes.set(address, asked);
    return asked;
  };
  const changed = new Set(touched);
  const strangers = [...called].filter((address) => {
    const entry = entries.get(address);
    return entry === undefined || (entry.layout === undefined && changed.has(address));
  });
  for (const address of strangers) {
    const own = await codeOf(address);
    if (own === "0x") continue;
    const { forwarded, others } = delegates.get(address) ?? { forwarded: [], others: [] };
    const logics = await Promise.all([...delegationOf(own), ...forwarded].map(codeOf));
    const libraries = await Promise.all([...others].map(codeOf));
    const name = entries.get(address)?.name;
    const entry = firstKnown([...logics, own, ...libraries], own, units);
    if (entry !== undefined) {
      entries.set(address, { ...entry, name: name ?? entry.name });
    } else if (changed.has(address)) {
      const recovered = await recoverLayout(logics[0] ?? own);
      if (recovered !== undefined) entries.set(address, { name, layout: recovered.layout, layoutSource: "bytecode" });
    }
  }
}

/** Anybody can deploy the same code, or delegate to it: a name that the registry did not give says where it comes from. */
function firstKnown(codes: readonly Hex[], own: Hex, units: readonly CompiledUnit[]): BookEntry | undefined {
  for (const code of codes) {
    const how = code === own ? "code of" : "delegates to";
    const unit = unitOf(code, units);
    if (unit !== undefined) return entryOfUnit(`${how} ${unit.artifact.name}`, unit);
    const official = officialContractOfCode(keccak256(code) as Hex, ["Safe", "SafeL2"]);
    if (official !== undefined) return { name: `${how} Safe`, layout: SAFE_STORAGE_LAYOUT, layoutSource: "known" };
  }
  return undefined;
}

const matches = new WeakMap<readonly CompiledUnit[], Map<Hex, CompiledUnit | undefined>>();

/** Each step of a route meets the same contracts again. */
function unitOf(code: Hex, units: readonly CompiledUnit[]): CompiledUnit | undefined {
  const known = matches.get(units) ?? new Map<Hex, CompiledUnit | undefined>();
  matches.set(units, known);
  if (!known.has(code)) known.set(code, matchKnownCode(code, units)?.unit);
  return known.get(code);
}

/** EIP-7702: an account whose key lent it the code of another. */
function delegationOf(code: Hex): Address[] {
  return code.startsWith(DELEGATION_PREFIX) && code.length === 48 ? [`0x${code.slice(DELEGATION_PREFIX.length)}`] : [];
}

function* walk(node: CallNode, parent: CallNode | undefined): Generator<{ node: CallNode; parent: CallNode | undefined }> {
  yield { node, parent };
  for (const child of node.children) yield* walk(child, node);
}
