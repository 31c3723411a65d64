import { WORD } from "../../protocol/merkle/words.ts";
import type { LeafFormat } from "./leaf-format.ts";
import { typeUnknown } from "./merkle-errors.ts";
import { parseElementaryType, ValueFault, type ElementaryType, type StaticValue } from "./message.ts";

/** Values in the order of their types. */
export type StandardRow = readonly StaticValue[];

export interface StandardFormat extends LeafFormat<StandardRow> {
  /** As given: `uint` stays `uint`. */
  types: readonly string[];
}

/**
 * Leaf of OpenZeppelin's StandardMerkleTree: the double hash of abi.encode(values), so that no node can pass for a leaf.
 * The account of a row is its first address, or that of `accountColumn`.
 * @throws LPCTL_MERKLE_TYPE_UNKNOWN for a type that is not one word
 */
export function standardFormat(types: readonly string[], accountColumn?: number): StandardFormat {
  const parsed = types.map((type): ElementaryType => {
    const known = parseElementaryType(type);
    if (known === undefined) throw typeUnknown(type);
    return known;
  });
  const account = accountColumn ?? parsed.findIndex(({ kind }) => kind === "address");
  return {
    name: `(${types.join(",")})`,
    types,
    length: types.length * WORD,
    hashed: "twice",
    rules: { shape: "complete", order: "sorted" },
    accountAt: parsed[account]?.kind === "address" ? account * WORD + 12 : undefined,
    write: (message, row) => {
      if (row.length !== parsed.length) throw new ValueFault(`it has ${row.length} values, and there are ${parsed.length} types`);
      for (const [column, type] of parsed.entries()) {
        const value = row[column];
        if (value === undefined || value === null) throw new ValueFault(`value ${column} is missing`);
        message.word(column * WORD, type, value);
      }
    },
  };
}
