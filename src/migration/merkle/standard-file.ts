import { z } from "zod";
import { hash32Schema } from "../../protocol/hex.ts";
import { toHex, WORD, wordAt } from "../../protocol/merkle/words.ts";
import { printable, printableLines } from "../../protocol/printable.ts";
import { buildLeafTree, type LeafTree } from "./leaf-tree.ts";
import { treeFileInvalid } from "./merkle-errors.ts";
import type { StaticValue } from "./message.ts";
import { standardFormat, type StandardFormat, type StandardRow } from "./standard.ts";

/** What OpenZeppelin's StandardMerkleTree writes with `dump` and reads with `load`. */
const standardFileSchema = z.object({
  format: z.literal("standard-v1"),
  leafEncoding: z.array(z.string()).min(1),
  tree: z.array(hash32Schema).min(1),
  values: z.array(z.object({ value: z.array(z.union([z.string(), z.number(), z.boolean()])), treeIndex: z.int().nonnegative() })).min(1),
});

export interface StandardFile {
  format: StandardFormat;
  tree: LeafTree<StandardRow>;
  rows: readonly StandardRow[];
}

const PIECE = 2 ** 16;

/**
 * A tree as JSON that OpenZeppelin's tools load (`standard-v1`), in pieces of text. Numbers are written as decimal text,
 * bytes in hexadecimal, text as it is.
 * @param rows the same that the tree was built from, in the same order
 */
export function* formatStandardFile({ types }: StandardFormat, { hashes, rowCount }: LeafTree<StandardRow>, rows: Iterable<StandardRow>): Generator<string> {
  const { nodes, nodeOf, ranks } = hashes;
  let text = `{"format":"standard-v1","leafEncoding":${JSON.stringify(types)},"tree":[`;
  for (let node = 0; node < nodes.length / WORD; node++) {
    text += `${node === 0 ? "" : ","}"${toHex(wordAt(nodes, node))}"`;
    if (text.length < PIECE) continue;
    yield text;
    text = "";
  }
  text += `],"values":[`;
  let index = 0;
  for (const row of rows) {
    text += `${index === 0 ? "" : ","}{"value":${JSON.stringify(row.map(toPlain))},"treeIndex":${nodeOf(ranks[index] ?? -1)}}`;
    index++;
    if (text.length < PIECE) continue;
    yield text;
    text = "";
  }
  if (index !== rowCount) throw new RangeError(`the tree has ${rowCount} rows, not ${index}`);
  yield `${text}]}`;
}

function toPlain(value: StaticValue): string | number | boolean {
  if (typeof value === "bigint") return value.toString();
  return value instanceof Uint8Array ? toHex(value) : value;
}

/**
 * Reads what `formatStandardFile` or OpenZeppelin's `dump` wrote. The tree is built again from its rows, and every node and
 * place must be as in the file; leaves may be sorted or as given.
 * @throws LPCTL_MERKLE_FILE_INVALID saying what differs first
 */
export async function parseStandardFile(text: string): Promise<StandardFile> {
  const parsed = standardFileSchema.safeParse(parseJson(text));
  if (!parsed.success) throw treeFileInvalid(printableLines(z.prettifyError(parsed.error)));
  const { leafEncoding, tree: nodes, values } = parsed.data;
  const rows = values.map(({ value }) => value);
  const sorted = standardFormat(leafEncoding);
  const built = await buildLeafTree(sorted, rows);
  const wrong = firstDifference(built, nodes, values);
  if (wrong === undefined) return { format: sorted, tree: built, rows };
  const asGiven: StandardFormat = { ...sorted, rules: { shape: "complete", order: "given" } };
  const unsorted = await buildLeafTree(asGiven, rows);
  if (firstDifference(unsorted, nodes, values) !== undefined) throw treeFileInvalid(wrong);
  return { format: asGiven, tree: unsorted, rows };
}

function firstDifference({ hashes }: LeafTree<StandardRow>, nodes: readonly string[], values: readonly { treeIndex: number }[]): string | undefined {
  const total = hashes.nodes.length / WORD;
  if (nodes.length !== total) return `It has ${nodes.length} nodes, and a tree of ${values.length} rows has ${total}.`;
  // From the leaves up, so that what is named is the cause and not the root that follows from it.
  for (let node = total - 1; node >= 0; node--) {
    const expected = toHex(wordAt(hashes.nodes, node));
    if (nodes[node] !== expected) return `Its node ${node} is ${nodes[node]}, and what its rows come to is ${expected}.`;
  }
  const moved = values.findIndex(({ treeIndex }, row) => treeIndex !== hashes.nodeOf(hashes.ranks[row] ?? -1));
  return moved === -1 ? undefined : `Row ${moved} is said to be node ${values[moved]?.treeIndex}, and is not.`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw treeFileInvalid(printable(`It is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`));
  }
}
