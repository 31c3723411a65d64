import type { FileMetaData } from "hyparquet";
import type { ByteColumn, RowGroup } from "./byte-table.ts";
import { openPages, TableError, type ChunkShape, type PageReader } from "./read-pages.ts";

export { TableError } from "./read-pages.ts";

/** Metadata of the largest tables is some hundred kilobytes. */
const LARGEST_FOOTER_BYTES = 32_000_000;
const TAIL_BYTES = 8;
/** Other writers make groups of up to a million rows. */
const MOST_ROWS_IN_GROUP = 2 ** 21;

/** A file to read from at any place. @throws TableError when there is less than was asked for */
export interface ByteFile {
  size: number;
  read(from: number, length: number): Promise<Uint8Array>;
}

/**
 * Reads a table of bytes out of a Parquet file that nobody has vouched for: what it claims of sizes and counts is compared with what
 * is expected before anything is reserved or unpacked for it. Reads what `writeTable` writes, and what DuckDB, Arrow and others
 * write of the same columns: values in full or through a dictionary, optional columns without gaps, compressed with gzip, zstd, snappy or not at all.
 * @param expected rows and columns that there must be, no more and no less
 * @throws TableError
 */
export async function* readTable(file: ByteFile, expected: { rows: number; columns: readonly ByteColumn[] }): AsyncGenerator<RowGroup> {
  const metadata = await readFooter(file);
  requireColumns(metadata, expected.columns);
  if (metadata.num_rows !== BigInt(expected.rows)) throw new TableError(`it has ${metadata.num_rows} rows instead of ${expected.rows}`);
  const pages = await openPages();
  let left = expected.rows;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    if (!Number.isSafeInteger(rows) || rows < 0 || rows > left || rows > MOST_ROWS_IN_GROUP) throw new TableError("its groups have more rows than they may have");
    left -= rows;
    const columns: Uint8Array[] = [];
    for (const [index, column] of expected.columns.entries()) columns.push(await readChunk(file, pages, group.columns[index], { column, rows, isOptional: metadata.schema[index + 1]?.repetition_type !== "REQUIRED" }));
    yield { rows, columns };
  }
  if (left !== 0) throw new TableError(`${left} rows are missing`);
}

async function readFooter(file: ByteFile): Promise<FileMetaData> {
  if (file.size < 2 * TAIL_BYTES) throw new TableError("it is too short for a Parquet file");
  const tail = Buffer.from(await file.read(file.size - TAIL_BYTES, TAIL_BYTES));
  if (tail.toString("ascii", 4) !== "PAR1") throw new TableError("it does not end as a Parquet file does");
  const length = tail.readUInt32LE(0);
  if (length > LARGEST_FOOTER_BYTES || length > file.size - 2 * TAIL_BYTES + 4) throw new TableError("its metadata is longer than the file, or than any metadata");
  const footer = await file.read(file.size - TAIL_BYTES - length, TAIL_BYTES + length);
  const { parquetMetadata } = await import("hyparquet");
  return guard("its metadata cannot be read", () => parquetMetadata(new Uint8Array(footer), { geoparquet: false }));
}

/** The columns by name, in this order, each a plain value of bytes. */
function requireColumns(metadata: FileMetaData, columns: readonly ByteColumn[]): void {
  const [root, ...fields] = metadata.schema;
  const names = fields.map(({ name }) => name).join(", ");
  const isSame = root?.num_children === columns.length && fields.length === columns.length && fields.every(({ name }, index) => name === columns[index]?.name);
  if (!isSame) throw new TableError(`its columns are ${names.slice(0, 200)} instead of ${columns.map(({ name }) => name).join(", ")}`);
  for (const [index, { type, type_length, repetition_type, num_children }] of fields.entries()) {
    const column = columns[index];
    const isBytes = type === "BYTE_ARRAY" || (type === "FIXED_LEN_BYTE_ARRAY" && type_length === column?.width);
    if (!isBytes || repetition_type === "REPEATED" || (num_children ?? 0) !== 0) throw new TableError(`its column ${column?.name ?? ""} does not hold ${column?.width ?? 0} bytes each`);
  }
  if (!metadata.row_groups.every((group) => group.columns.length === columns.length)) throw new TableError("a group has not all columns");
}

async function readChunk(file: ByteFile, pages: PageReader, chunk: FileMetaData["row_groups"][number]["columns"][number] | undefined, shape: Omit<ChunkShape, "codec" | "isFixed">): Promise<Uint8Array> {
  const { column } = shape;
  const about = chunk?.meta_data;
  if (about === undefined || chunk?.file_path !== undefined) throw new TableError("a part of it is in another file, or nowhere");
  if (about.path_in_schema.length !== 1 || about.path_in_schema[0] !== column.name) throw new TableError("its columns are in another order than it says");
  const from = Number(about.dictionary_page_offset !== undefined && about.dictionary_page_offset > 0n && about.dictionary_page_offset < about.data_page_offset ? about.dictionary_page_offset : about.data_page_offset);
  const length = Number(about.total_compressed_size);
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(length) || from < 4 || length < 0 || from + length > file.size) throw new TableError("a part of it lies outside of the file");
  const bytes = await file.read(from, length);
  return guard("a page cannot be read", () => pages.read(bytes, { ...shape, codec: about.codec, isFixed: about.type === "FIXED_LEN_BYTE_ARRAY" }));
}

/** Whatever goes wrong over bytes of a stranger is a fault of the bytes. */
function guard<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof TableError) throw cause;
    throw new TableError(`${what}: ${cause instanceof Error ? cause.message : "it is damaged"}`, { cause });
  }
}
