import { keccak256 } from "ethers";
import type { Rpc } from "../chain/rpc.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { SAFE_STORAGE_LAYOUT } from "../protocol/storage-slots.ts";
import { officialContractOfCode } from "../safe/safe-contracts.ts";
import type { CallNode } from "../simulation/result.ts";
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

/**
 * Whose variables live at an account is told by whose code ran there: that of the contract it delegated to (any kind of
 * proxy, clone or account), else its own. Code of a known source gives names; other code gives the layout recovered from it.
 */
export async function learnTouched({ rpc, calls, touched, entries, units }: Touched): Promise<void> {
  const delegates = new Map<Address, Address[]>();
  const called = new Set<Address>(touched);
  for (const { node, parent } of walk(calls, undefined)) {
    if (node.type === "SELFDESTRUCT") continue;
    if (node.type !== "DELEGATECALL" && node.type !== "CALLCODE") {
      called.add(node.to);
      continue;
    }
    const known = delegates.get(node.from) ?? [];
    if (known.includes(node.to)) continue;
    // A proxy passes on what it was asked; a library is asked something else.
    delegates.set(node.from, node.input === parent?.input ? [node.to, ...known] : [...known, node.to]);
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
    const name = entries.get(address)?.name;
    const found = await recogniseCode([...(delegates.get(address) ?? []), ...delegationOf(own)], own, codeOf, units);
    if (found !== undefined) {
      // Anybody can deploy the same code: a name that the registry did not give says where it comes from.
      entries.set(address, { ...found, name: name ?? `code of ${found.name ?? "?"}` });
    } else if (changed.has(address)) {
      const [logic = own] = await Promise.all((delegates.get(address) ?? []).map(codeOf));
      const recovered = await recoverLayout(logic);
      if (recovered !== undefined) entries.set(address, { name, layout: recovered.layout, layoutSource: "bytecode" });
    }
  }
}

async function recogniseCode(
  delegates: readonly Address[],
  own: Hex,
  codeOf: (address: Address) => Promise<Hex>,
  units: readonly CompiledUnit[],
): Promise<BookEntry | undefined> {
  for (const code of [...(await Promise.all(delegates.map(codeOf))), own]) {
    const unit = matchKnownCode(code, units)?.unit;
    if (unit !== undefined) return entryOfUnit(unit.artifact.name, unit);
    const official = officialContractOfCode(keccak256(code) as Hex, ["Safe", "SafeL2"]);
    // The singleton has the same variables, and is nobody's Safe.
    if (official !== undefined) return { name: code === own ? "Safe singleton" : "Safe", layout: SAFE_STORAGE_LAYOUT, layoutSource: "known" };
  }
  return undefined;
}

/** EIP-7702: an account whose key lent it the code of another. */
function delegationOf(code: Hex): Address[] {
  return code.startsWith(DELEGATION_PREFIX) && code.length === 48 ? [`0x${code.slice(DELEGATION_PREFIX.length)}`] : [];
}

function* walk(node: CallNode, parent: CallNode | undefined): Generator<{ node: CallNode; parent: CallNode | undefined }> {
  yield { node, parent };
  for (const child of node.children) yield* walk(child, node);
}
