import type { TreeRules } from "../../protocol/merkle/hash-tree.ts";
import type { Message } from "./message.ts";

/** How a row becomes a leaf, and how the leaves become a tree. */
export interface LeafFormat<Row> {
  /** In words, for errors and reports. */
  name: string;
  /** Bytes that are hashed. Never 64 when they are hashed once: two nodes could pass for them. */
  length: number;
  /** Hashed `once`, or the hash hashed again (`twice`). */
  hashed: "once" | "twice";
  rules: TreeRules;
  /** Where the 20 bytes of the account begin in the message; `undefined` where a row belongs to nobody. */
  accountAt: number | undefined;
  /** Writes the whole message. @throws ValueFault */
  write(message: Message, row: Row, index: number): void;
}
