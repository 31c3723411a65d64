import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { afterAll, describe, expect, test } from "vitest";
import { tableOf, type ByteColumn } from "../../../src/snapshot/format/byte-table.ts";
import { readTable, TableError, type ByteFile } from "../../../src/snapshot/format/read-table.ts";
import { writeTable } from "../../../src/snapshot/format/write-table.ts";

const folder = await mkdtemp(join(tmpdir(), "lpctl-tables-"));
afterAll(() => rm(folder, { recursive: true }));

/** Two groups and a bit of ours: one column that repeats, as contracts do, and one in which every value is another. */
const ROWS = 70_000;
const COLUMNS: ByteColumn[] = [{ name: "contract", width: 20 }, { name: "slot", width: 32 }];
const contracts = Buffer.concat(Array.from({ length: 7 }, (_, index) => createHash("sha1").update(String(index)).digest()));
const noise = createHash("shake256", { outputLength: ROWS * 32 }).update("slots").digest();
const expected = [Buffer.concat(Array.from({ length: ROWS }, (_, row) => contractOf(row))), noise];

function contractOf(row: number): Buffer {
  const index = Math.floor(row / 10_000);
  return contracts.subarray(index * 20, (index + 1) * 20);
}

function ours(): ReturnType<typeof tableOf> {
  return tableOf(COLUMNS, ROWS, (row, [contract, slot], at) => {
    contract?.set(contractOf(row), at * 20);
    slot?.set(noise.subarray(row * 32, (row + 1) * 32), at * 32);
  });
}

function fileOf(bytes: Uint8Array): ByteFile {
  return { size: bytes.length, read: (from, length) => Promise.resolve(bytes.slice(from, from + length)) };
}

async function readAll(bytes: Uint8Array, rows = ROWS, columns = COLUMNS): Promise<Buffer[]> {
  const found: Uint8Array[][] = columns.map(() => []);
  for await (const group of readTable(fileOf(bytes), { rows, columns })) for (const [index, column] of group.columns.entries()) found[index]?.push(column.slice());
  return found.map((parts) => Buffer.concat(parts));
}

/** Not by `toEqual`, which takes seconds over megabytes. */
function isExpected(found: readonly Buffer[]): boolean {
  return found.length === expected.length && found.every((column, index) => column.equals(expected[index] ?? Buffer.of()));
}

describe("tables", () => {
  test("what was written is read, from several groups", async () => {
    const path = join(folder, "ours.parquet");
    const size = await writeTable(path, ours());
    const bytes = await readFile(path);
    expect(bytes.length).toBe(size);
    expect(isExpected(await readAll(bytes))).toBe(true);
  });

  test("DuckDB reads what is written here, and what it writes is read here", async () => {
    const { DuckDBInstance } = await import("@duckdb/node-api");
    const path = join(folder, "for-duckdb.parquet");
    await writeTable(path, ours());
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    try {
      const counted = await connection.runAndReadAll(`select count(*), count(distinct contract), count(distinct slot), hex(max(slot)) from '${path}'`);
      const highest = Array.from({ length: ROWS }, (_, row) => noise.subarray(row * 32, (row + 1) * 32).toString("hex")).sort().at(-1);
      expect(counted.getRowsJson()).toEqual([[String(ROWS), "7", String(ROWS), highest?.toUpperCase()]]);
      for (const options of ["compression zstd", "compression snappy, row_group_size 4096", "compression gzip", "compression uncompressed"]) {
        const other = join(folder, `${options.replaceAll(/\W+/g, "-")}.parquet`);
        await connection.run(`copy (select * from '${path}') to '${other}' (format parquet, ${options})`);
        expect(isExpected(await readAll(await readFile(other))), options).toBe(true);
      }
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  });

  test.each(["SNAPPY", "ZSTD", "GZIP", "UNCOMPRESSED"] as const)("what other writers make of the same columns is read: %s, optional, through dictionaries", async (codec) => {
    const writer = new ByteWriter();
    const parquet = new ParquetWriter({
      writer,
      schema: [{ name: "root", num_children: 2 }, ...COLUMNS.map(({ name }) => ({ name, type: "BYTE_ARRAY" as const, repetition_type: "OPTIONAL" as const }))],
      codec,
      compressors: { ZSTD: (bytes) => zlib.zstdCompressSync(bytes), GZIP: (bytes) => zlib.gzipSync(bytes) },
    });
    const data = (column: Buffer, width: number): Uint8Array[] => Array.from({ length: 3_000 }, (_, row) => Uint8Array.from(column.subarray(row * 20 * width, row * 20 * width + width)));
    const columnData = COLUMNS.map(({ name, width }, index) => ({ name, data: data(expected[index] ?? Buffer.of(), width) }));
    await parquet.write({ columnData, rowGroupSize: 1_000, pageSize: 8_000 });
    await parquet.finish();
    expect(await readAll(writer.getBytes(), 3_000)).toEqual(columnData.map((column) => Buffer.concat(column.data)));
  });
});

interface Page {
  type: "DATA_PAGE" | "DICTIONARY_PAGE";
  body: Uint8Array;
  claims?: { size?: number; packed?: number; values?: number };
  encoding?: "PLAIN" | "RLE_DICTIONARY" | "DELTA_BYTE_ARRAY";
}

/** A file of one column of ten values of 32 bytes, with pages as they are given. */
function crafted(pages: readonly Page[], claims: { rows?: bigint; codec?: "ZSTD" | "SNAPPY" | "UNCOMPRESSED" | "GZIP" | "BROTLI"; offset?: bigint; size?: bigint; width?: number; name?: string; path?: string; groups?: number } = {}): Uint8Array {
  const { rows = 10n, codec = "UNCOMPRESSED", width = 32, name = "word" } = claims;
  const writer = new ByteWriter();
  writer.appendUint32(0x31524150);
  const start = writer.offset;
  for (const { type, body, claims: page = {}, encoding = "PLAIN" } of pages) {
    const packed = codec === "ZSTD" ? zlib.zstdCompressSync(body) : codec === "GZIP" ? zlib.gzipSync(body) : body;
    const values = page.values ?? 10;
    const header = { type, uncompressed_page_size: page.size ?? body.length, compressed_page_size: page.packed ?? packed.length };
    writePageHeader(
      writer,
      type === "DATA_PAGE"
        ? { ...header, data_page_header: { num_values: values, encoding, definition_level_encoding: "RLE", repetition_level_encoding: "RLE" } }
        : { ...header, dictionary_page_header: { num_values: values, encoding: "PLAIN" } },
    );
    writer.appendBytes(packed);
  }
  const column = {
    file_offset: BigInt(start),
    ...(claims.path === undefined ? {} : { file_path: claims.path }),
    meta_data: {
      type: "FIXED_LEN_BYTE_ARRAY" as const,
      encodings: ["PLAIN" as const],
      path_in_schema: [name],
      codec,
      num_values: rows,
      total_uncompressed_size: claims.size ?? BigInt(writer.offset - start),
      total_compressed_size: claims.size ?? BigInt(writer.offset - start),
      data_page_offset: claims.offset ?? BigInt(start),
    },
  };
  const groups = Array.from({ length: claims.groups ?? 1 }, () => ({ columns: [column], total_byte_size: 0n, num_rows: rows }));
  writeMetadata(writer, { version: 2, schema: [{ name: "root", num_children: 1 }, { name, type: "FIXED_LEN_BYTE_ARRAY", type_length: width, repetition_type: "REQUIRED" }], num_rows: rows * BigInt(groups.length), row_groups: groups, metadata_length: 0 });
  writer.appendUint32(0x31524150);
  return writer.getBytes();
}

describe("a table that lies", () => {
  const WORD: ByteColumn[] = [{ name: "word", width: 32 }];
  const ten = noise.subarray(0, 320);
  const honest: Page = { type: "DATA_PAGE", body: ten };
  const dictionary: Page = { type: "DICTIONARY_PAGE", body: ten };
  const read = (bytes: Uint8Array, rows = 10): Promise<Buffer[]> => readAll(bytes, rows, WORD);

  test("an honest one is read, so that the others fail for their lies", async () => {
    expect(await read(crafted([honest]))).toEqual([ten]);
    for (const codec of ["ZSTD", "GZIP"] as const) expect(await read(crafted([honest], { codec }))).toEqual([ten]);
    // One run: ten times the value 3; then packed numbers.
    expect(await read(crafted([dictionary, { type: "DATA_PAGE", body: Uint8Array.of(4, 20, 3), encoding: "RLE_DICTIONARY" }]))).toEqual([Buffer.concat(Array.from({ length: 10 }, () => ten.subarray(96, 128)))]);
    expect(await read(crafted([dictionary, { type: "DATA_PAGE", body: Uint8Array.of(4, 5, 0x10, 0x32, 0x54, 0x76, 0x98, 0, 0, 0), encoding: "RLE_DICTIONARY" }]))).toEqual([ten]);
  });

  const lies: [string, Uint8Array, number?][] = [
    ["more rows than are expected", crafted([honest]), 9],
    ["fewer rows than are expected", crafted([honest]), 11],
    ["two groups over the same pages", crafted([honest], { groups: 2 })],
    ["a billion rows in one group", crafted([honest], { rows: 1_000_000_000n }), 1_000_000_000],
    ["rows below zero", crafted([honest], { rows: -10n }), -10],
    ["a page of two gigabytes", crafted([{ ...honest, claims: { size: 2 ** 31 - 1 } }])],
    ["a page of less than nothing", crafted([{ ...honest, claims: { size: -1 } }])],
    ["a page that goes on after the end", crafted([{ ...honest, claims: { packed: 10_000 } }])],
    ["a page with a billion values", crafted([{ ...honest, claims: { values: 1_000_000_000 } }])],
    ["a page with no values, again and again", crafted([{ ...honest, claims: { values: 0 } }, honest])],
    ["values of another width", crafted([{ ...honest, body: noise.subarray(0, 310) }])],
    ["a column of another width", crafted([honest], { width: 31 })],
    ["a column of another name", crafted([honest], { name: "slot" })],
    ["a part in another file", crafted([honest], { path: "../../etc/passwd" })],
    ["a part before the file", crafted([honest], { offset: -4n })],
    ["a part behind the file", crafted([honest], { offset: 10_000n })],
    ["a part without end", crafted([honest], { size: 2n ** 40n })],
    ["a compression that nobody knows", crafted([honest], { codec: "BROTLI" })],
    ["an encoding that nobody knows", crafted([{ ...honest, encoding: "DELTA_BYTE_ARRAY" }])],
    ["a bomb: megabytes in a page that claims ten values", crafted([{ type: "DATA_PAGE", body: new Uint8Array(50_000_000), claims: { size: 320 } }], { codec: "ZSTD" })],
    ["the same bomb of another make", crafted([{ type: "DATA_PAGE", body: new Uint8Array(50_000_000), claims: { size: 320 } }], { codec: "GZIP" })],
    ["a bomb that says so", crafted([{ type: "DATA_PAGE", body: new Uint8Array(50_000_000) }], { codec: "ZSTD" })],
    ["a dictionary of a billion values", crafted([{ ...dictionary, claims: { values: 1_000_000_000 } }])],
    ["numbers of a dictionary that is not there", crafted([{ type: "DATA_PAGE", body: Uint8Array.of(4, 20, 3), encoding: "RLE_DICTIONARY" }])],
    ["a number beyond the dictionary", crafted([dictionary, { type: "DATA_PAGE", body: Uint8Array.of(4, 20, 12), encoding: "RLE_DICTIONARY" }])],
    ["numbers of 200 bits", crafted([dictionary, { type: "DATA_PAGE", body: Uint8Array.of(200, 20, 3), encoding: "RLE_DICTIONARY" }])],
    ["a run without length", crafted([dictionary, { type: "DATA_PAGE", body: Uint8Array.of(4, 0, 0, 0, 0), encoding: "RLE_DICTIONARY" }])],
    ["a run whose length has no end", crafted([dictionary, { type: "DATA_PAGE", body: Uint8Array.of(4, 255, 255, 255, 255, 255, 255, 255), encoding: "RLE_DICTIONARY" }])],
    ["runs that end too soon", crafted([dictionary, { type: "DATA_PAGE", body: Uint8Array.of(4, 4, 3), encoding: "RLE_DICTIONARY" }])],
    ["nothing but a dictionary", crafted([dictionary])],
  ];

  test.each(lies)("%s", async (_, bytes, rows) => {
    await expect(read(bytes, rows)).rejects.toBeInstanceOf(TableError);
  });

  test("a run longer than the rows fills the rows and no more", async () => {
    const endless = crafted([dictionary, { type: "DATA_PAGE", body: Uint8Array.of(4, 254, 255, 255, 255, 15, 3), encoding: "RLE_DICTIONARY" }]);
    expect((await read(endless))[0]?.length).toBe(320);
  });

  test("bytes that are cut off, or changed anywhere in the metadata, are never read as anything else", async () => {
    const whole = crafted([honest]);
    for (let length = 0; length < whole.length; length += 7) await expect(read(whole.slice(0, length)), `${length} bytes`).rejects.toBeInstanceOf(TableError);
    for (let at = 4; at < whole.length; at++) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x5a;
      const found = await read(changed).catch((error: unknown) => error);
      expect(found instanceof TableError || (found as Buffer[])[0]?.length === 320, `byte ${at}: ${String(found)}`).toBe(true);
    }
  });
});
