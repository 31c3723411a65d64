/** What code on a route can ask of the block and of the transaction around it: there a fork is not the chain. */
import { delegateOf } from "../chain/proxy-shape.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { CallNode, EnvironmentRead } from "../outcome/simulation.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { AddressBook, LayoutSource } from "./contract-book.ts";

/** Nobody pays for gas on a fork, and blocks come from nobody: no protocol needs to ask, a trap does. */
const TELLING: Readonly<Record<number, string>> = {
  0x32: "tx.origin",
  0x3a: "tx.gasprice",
  0x41: "block.coinbase",
  0x44: "block.prevrandao",
  0x45: "block.gaslimit",
  0x48: "block.basefee",
  0x49: "blobhash",
  0x4a: "block.blobbasefee",
};
/** What protocols ask for good reasons, and what a trap is set to: told of code that nobody can read. */
const USUAL: Readonly<Record<number, string>> = { 0x40: "blockhash", 0x42: "block.timestamp", 0x43: "block.number" };

const JUMPDEST = 0x5b;
/** STOP, JUMP, RETURN, REVERT, INVALID, SELFDESTRUCT: what lies behind runs only when it is jumped to. */
const ENDS = new Set([0x00, 0x56, 0xf3, 0xfd, 0xfe, 0xff]);
/** Contracts that only some chains have built in; on a fork they hold no code. */
const FIRST_OF_CHAIN = 0x64n;
const LAST_OF_CHAIN = 0xffn;
/** Up to here there is no code to read: EIP-7951 has its precompile at 0x100. */
const LAST_BUILT_IN = 0x100n;

/**
 * What the code that one transaction ran is able to ask, sorted. Read from the code and not from the run: what asks only under
 * conditions that the fork does not meet is found too.
 */
export async function readEnvironment(rpc: Rpc, root: CallNode, book: AddressBook): Promise<EnvironmentRead[]> {
  const found = new Map<string, EnvironmentRead>();
  const tell = (address: Address, what: string): void => void found.set(`${address} ${what}`, { address, what });
  const codes = new Map<Address, Promise<Hex>>();
  const codeOf = async (address: Address): Promise<Hex> => {
    const asked = codes.get(address) ?? rpc.code(address);
    codes.set(address, asked);
    const code = await asked;
    const delegate = delegateOf(code);
    return delegate === undefined ? code : rpc.code(delegate);
  };
  await Promise.all(
    everyCall(root).map(async ({ node, parent }) => {
      const isCreation = node.type === "CREATE" || node.type === "CREATE2";
      const code = BigInt(node.to) <= LAST_BUILT_IN ? "0x" : await codeOf(node.to);
      const isOfChain = BigInt(node.to) >= FIRST_OF_CHAIN && BigInt(node.to) <= LAST_OF_CHAIN;
      if (isOfChain) tell(node.from, `its chain's own contract ${node.to}`);
      // Code that is written and destroyed in one transaction can be anything.
      if (isCreation && node.error === undefined && code === "0x") tell(node.to, "nothing anybody could read: its code is gone afterwards");
      const isDelegated = node.type === "DELEGATECALL" || node.type === "CALLCODE";
      const source = sourceOf(node, parent, book);
      if (source === "known") return;
      const asks = source === "source" ? TELLING : { ...TELLING, ...USUAL };
      for (const op of [...reachableOpcodes(code), ...(isCreation ? reachableOpcodes(node.input) : [])]) {
        const what = asks[op];
        if (what !== undefined) tell(isDelegated ? node.from : node.to, what);
      }
    }),
  );
  return [...found].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, read]) => read);
}

/** How the code of a call is known: a proxy that passes its call on is known by what stands behind it. */
function sourceOf(node: CallNode, parent: CallNode | undefined, book: AddressBook): LayoutSource | undefined {
  const own = book.layoutSourceOf?.(node.to);
  const isForwarded = (node.type === "DELEGATECALL" || node.type === "CALLCODE") && node.input === parent?.input;
  return own ?? (isForwarded ? book.layoutSourceOf?.(node.from) : undefined);
}

/** Every opcode that can be reached at all: constants, and data behind the code, are none. */
export function reachableOpcodes(code: Hex): Set<number> {
  const bytes = Buffer.from(code.slice(2), "hex");
  const found = new Set<number>();
  let isReached = true;
  for (let at = 0; at < bytes.length; at += 1) {
    const op = bytes[at] ?? 0;
    if (op === JUMPDEST) isReached = true;
    if (isReached) found.add(op);
    if (ENDS.has(op)) isReached = false;
    if (op >= 0x60 && op <= 0x7f) at += op - 0x5f;
  }
  return found;
}

function everyCall(root: CallNode): { node: CallNode; parent: CallNode | undefined }[] {
  const all: { node: CallNode; parent: CallNode | undefined }[] = [{ node: root, parent: undefined }];
  for (const { node } of all) for (const child of node.children) all.push({ node: child, parent: node });
  return all;
}
