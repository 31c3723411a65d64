/** A column of values of one width. */
export interface ByteColumn {
  name: string;
  /** Bytes of each value. */
  width: number;
}

/** Rows of a table as they come: of each column the values of these rows, one after the other. */
export interface RowGroup {
  rows: number;
  columns: readonly Uint8Array[];
}

/** A table that is written group by group, so that it need not be in memory as a whole. */
export interface TableSource {
  rows: number;
  columns: readonly ByteColumn[];
  /** In order. All but the last have `ROWS_IN_GROUP` rows. What was given before may be overwritten when the next is asked for. */
  groups(): Iterable<RowGroup>;
}

export const ROWS_IN_GROUP = 2 ** 16;

export const WORD_COLUMNS: readonly ByteColumn[] = [
  { name: "contract", width: 20 },
  { name: "slot", width: 32 },
  { name: "word", width: 32 },
];
export const ZERO_COLUMNS: readonly ByteColumn[] = WORD_COLUMNS.slice(0, 2);
export const ADDRESS_COLUMNS: readonly ByteColumn[] = [{ name: "address", width: 20 }];
export const PREIMAGE_COLUMNS: readonly ByteColumn[] = [{ name: "word", width: 32 }];
/** The outer key and the inner one, in one value: so they are in order, and each pair is there once. */
export const TOGETHER_COLUMNS: readonly ByteColumn[] = [{ name: "keys", width: 64 }];
export const CONTRACT_COLUMNS: readonly ByteColumn[] = [
  { name: "address", width: 20 },
  { name: "code_hash", width: 32 },
];

/** A table of which every row is written by `write`, into the columns at the given row of the group. */
export function tableOf(columns: readonly ByteColumn[], rows: number, write: (row: number, group: readonly Uint8Array[], at: number) => void): TableSource {
  return {
    rows,
    columns,
    *groups() {
      const buffers = columns.map(({ width }) => new Uint8Array(Math.min(rows, ROWS_IN_GROUP) * width));
      for (let first = 0; first < rows; first += ROWS_IN_GROUP) {
        const count = Math.min(ROWS_IN_GROUP, rows - first);
        for (let at = 0; at < count; at++) write(first + at, buffers, at);
        yield { rows: count, columns: buffers.map((buffer, index) => buffer.subarray(0, count * (columns[index]?.width ?? 0))) };
      }
    },
  };
}
