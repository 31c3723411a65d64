import { open } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { FileMetaData, RowGroup as ParquetGroup, SchemaElement } from "hyparquet";
import type { ByteColumn, TableSource } from "./byte-table.ts";

const MAGIC = Buffer.from("PAR1", "ascii");

/** Every Node.js has it, and every reader; zstd, which some lack, makes these files smaller by a hundredth, as most of them are hashes. */
const compress = promisify(gzip);

/**
 * Writes a table as Parquet: every value in full (PLAIN), one page for each column of a group, compressed with gzip. Values are
 * FIXED_LEN_BYTE_ARRAY, which other readers know as blobs; each group says what its first column begins and ends with.
 * Pages are put together here from whole columns: general writers want an object for each value, which over a million words takes
 * some five times as long, compression aside, and with DuckDB's Node.js interface twice the memory. Headers are hyparquet-writer's.
 * @returns bytes of the file, which is on the disk then
 */
export async function writeTable(path: string, table: TableSource): Promise<number> {
  const [{ ByteWriter }, { writePageHeader }, { writeMetadata }] = await Promise.all([import("hyparquet-writer"), import("hyparquet-writer/src/datapage.js"), import("hyparquet-writer/src/metadata.js")]);
  const groups: ParquetGroup[] = [];
  const file = await open(path, "wx", 0o644);
  try {
    let offset = MAGIC.length;
    await file.writeFile(MAGIC);
    for (const group of table.groups()) {
      const columns: ParquetGroup["columns"] = [];
      // Side by side, in threads of their own.
      const pages = await Promise.all(group.columns.map((plain) => compress(plain)));
      for (const [index, column] of table.columns.entries()) {
        const plain = group.columns[index] ?? new Uint8Array();
        const compressed = pages[index] ?? Buffer.of();
        const header = new ByteWriter();
        writePageHeader(header, {
          type: "DATA_PAGE",
          uncompressed_page_size: plain.length,
          compressed_page_size: compressed.length,
          data_page_header: { num_values: group.rows, encoding: "PLAIN", definition_level_encoding: "RLE", repetition_level_encoding: "RLE" },
        });
        await file.writeFile(header.getBytes());
        await file.writeFile(compressed);
        columns.push(describeChunk(column, group.rows, plain, { offset, headerBytes: header.offset, compressedBytes: compressed.length, isSorted: index === 0 }));
        offset += header.offset + compressed.length;
      }
      const sizes = columns.map(({ meta_data: chunk }) => ({ plain: chunk?.total_uncompressed_size ?? 0n, compressed: chunk?.total_compressed_size ?? 0n }));
      groups.push({ columns, num_rows: BigInt(group.rows), total_byte_size: sum(sizes.map(({ plain }) => plain)), total_compressed_size: sum(sizes.map(({ compressed }) => compressed)) });
    }
    const footer = new ByteWriter();
    const metadata: Omit<FileMetaData, "metadata_length"> = { version: 2, created_by: "lpctl", schema: schemaOf(table.columns), num_rows: BigInt(table.rows), row_groups: groups };
    writeMetadata(footer, { ...metadata, metadata_length: 0 });
    await file.writeFile(footer.getBytes());
    await file.writeFile(MAGIC);
    await file.sync();
    return offset + footer.offset + MAGIC.length;
  } finally {
    await file.close();
  }
}

function schemaOf(columns: readonly ByteColumn[]): SchemaElement[] {
  return [{ name: "root", num_children: columns.length }, ...columns.map(({ name, width }): SchemaElement => ({ name, type: "FIXED_LEN_BYTE_ARRAY", type_length: width, repetition_type: "REQUIRED" }))];
}

interface Chunk {
  offset: number;
  headerBytes: number;
  compressedBytes: number;
  /** Whether the first value is the smallest and the last the largest. */
  isSorted: boolean;
}

function describeChunk({ name, width }: ByteColumn, rows: number, plain: Uint8Array, chunk: Chunk): ParquetGroup["columns"][number] {
  const { offset, headerBytes, compressedBytes, isSorted } = chunk;
  return {
    file_offset: BigInt(offset),
    meta_data: {
      type: "FIXED_LEN_BYTE_ARRAY",
      encodings: ["PLAIN"],
      path_in_schema: [name],
      codec: "GZIP",
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(headerBytes + plain.length),
      total_compressed_size: BigInt(headerBytes + compressedBytes),
      data_page_offset: BigInt(offset),
      ...(isSorted ? { statistics: { min_value: plain.slice(0, width), max_value: plain.slice(plain.length - width), null_count: 0n } } : {}),
    },
  };
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}
