import zlib from "node:zlib";
import type { PageHeader } from "hyparquet/src/types.js";
import type { ByteColumn } from "./byte-table.ts";

/** The table is not what it should be. */
export class TableError extends Error {}

/** One column of one group. */
export interface ChunkShape {
  column: ByteColumn;
  rows: number;
  codec: string;
  /** Values without their length in front of each. */
  isFixed: boolean;
  /** Whether levels say of each value that it is there. */
  isOptional: boolean;
}

export interface PageReader {
  /** The values of a column chunk, one after the other. @throws TableError, and whatever hyparquet throws over damaged bytes */
  read(bytes: Uint8Array, shape: ChunkShape): Uint8Array;
}

/** Beside the values a page has levels, and other writers put lengths in front of values. */
const LENGTH_BYTES = 4;

/**
 * Unpacks pages into one array. hyparquet reads headers and undoes snappy; pages are unpacked here, as its own reader makes an
 * object of each value, and reserves what a header claims and fills what a run of a dictionary claims without asking how many
 * values there can be.
 */
export async function openPages(): Promise<PageReader> {
  const [{ parquetHeader }, { snappyUncompress }] = await Promise.all([import("hyparquet/src/column.js"), import("hyparquet/src/snappy.js")]);

  const unpack = (bytes: Uint8Array, size: number, codec: string): Uint8Array => {
    if (codec === "UNCOMPRESSED") return bytes;
    if (codec === "GZIP") return zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, size) });
    if (codec === "ZSTD") {
      if (typeof zlib.zstdDecompressSync !== "function") throw new TableError("it is compressed with zstd, which this Node.js cannot read; use 22.15 or newer");
      return zlib.zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, size) });
    }
    if (codec !== "SNAPPY") throw new TableError(`it is compressed with ${codec}, which is not read here`);
    const output = new Uint8Array(size);
    snappyUncompress(bytes, output);
    return output;
  };

  return {
    read(bytes, shape) {
      const { column, rows, codec } = shape;
      const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), offset: 0 };
      const values = new Uint8Array(rows * column.width);
      let dictionary: Uint8Array | undefined;
      let filled = 0;
      while (filled < rows) {
        const header = parquetHeader(reader);
        const compressed = reader.offset + header.compressed_page_size;
        if (!isCount(header.compressed_page_size) || !isCount(header.uncompressed_page_size) || compressed > bytes.length) throw new TableError("a page is longer than what holds it");
        // A dictionary has no more values than there are rows; levels take less than a byte each, beyond some for their head.
        if (header.uncompressed_page_size > rows * (column.width + LENGTH_BYTES + 1) + 1_024) throw new TableError("a page claims to hold more than its rows can have");
        const body = bytes.subarray(reader.offset, compressed);
        reader.offset = compressed;
        if (header.type === "DICTIONARY_PAGE") {
          const count = header.dictionary_page_header?.num_values ?? -1;
          if (!isCount(count) || count > rows) throw new TableError("a dictionary has more values than there are rows");
          dictionary = new Uint8Array(count * column.width);
          copyPlain(sized(unpack(body, header.uncompressed_page_size, codec), header), count, shape, dictionary);
          continue;
        }
        const { count, encoding, data } = openPage(header, body, shape, unpack);
        if (!isCount(count) || count === 0 || count > rows - filled) throw new TableError("its pages have more values than there are rows");
        const target = values.subarray(filled * column.width, (filled + count) * column.width);
        if (encoding === "PLAIN") copyPlain(data, count, shape, target);
        else if (encoding === "RLE_DICTIONARY" || encoding === "PLAIN_DICTIONARY") copyByDictionary(data, count, column.width, dictionary, target);
        else throw new TableError(`its values are encoded as ${encoding}, which is not read here`);
        filled += count;
      }
      return values;
    },
  };
}

type Unpack = (bytes: Uint8Array, size: number, codec: string) => Uint8Array;

/** The values of a data page, behind its levels, which must say that each value is there. */
function openPage(header: PageHeader, body: Uint8Array, { codec, isOptional }: ChunkShape, unpack: Unpack): { count: number; encoding: string; data: Uint8Array } {
  const [first, second] = [header.data_page_header, header.data_page_header_v2];
  if (header.type === "DATA_PAGE" && first !== undefined) {
    const data = sized(unpack(body, header.uncompressed_page_size, codec), header);
    if (!isOptional) return { count: first.num_values, encoding: first.encoding, data };
    const length = data.length < LENGTH_BYTES ? -1 : new DataView(data.buffer, data.byteOffset).getUint32(0, true);
    if (length < 0 || length > data.length - LENGTH_BYTES) throw new TableError("a page ends within its levels");
    requireAllThere(data.subarray(LENGTH_BYTES, LENGTH_BYTES + length), first.num_values);
    return { count: first.num_values, encoding: first.encoding, data: data.subarray(LENGTH_BYTES + length) };
  }
  if (header.type !== "DATA_PAGE_V2" || second === undefined) throw new TableError("it has pages of an unknown kind");
  const { repetition_levels_byte_length: repetitions, definition_levels_byte_length: levels } = second;
  if (repetitions !== 0 || !isCount(levels) || levels > body.length || second.num_nulls !== 0) throw new TableError("values are missing in it, or repeated");
  if (isOptional) requireAllThere(body.subarray(0, levels), second.num_values);
  const packed = body.subarray(levels);
  const size = header.uncompressed_page_size - levels;
  if (size < 0) throw new TableError("a page is shorter than its levels");
  const data = second.is_compressed === false ? packed : unpack(packed, size, codec);
  if (data.length !== size) throw new TableError("a page has not the size that it claims");
  return { count: second.num_values, encoding: second.encoding, data };
}

function sized(bytes: Uint8Array, { uncompressed_page_size: size }: PageHeader): Uint8Array {
  if (bytes.length !== size) throw new TableError("a page has not the size that it claims");
  return bytes;
}

/** Values written in full: of the width, or with their length in front, which must be the width. */
function copyPlain(data: Uint8Array, count: number, { column: { width }, isFixed }: ChunkShape, target: Uint8Array): void {
  const step = isFixed ? width : width + LENGTH_BYTES;
  if (data.length !== count * step) throw new TableError(`its values have not ${width} bytes each`);
  if (isFixed) {
    target.set(data);
    return;
  }
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let index = 0, at = 0; index < count; index++, at += step) {
    if (view.getUint32(at, true) !== width) throw new TableError(`a value has not ${width} bytes`);
    for (let byte = 0; byte < width; byte++) target[index * width + byte] = data[at + LENGTH_BYTES + byte] ?? 0;
  }
}

function copyByDictionary(data: Uint8Array, count: number, width: number, dictionary: Uint8Array | undefined, target: Uint8Array): void {
  if (dictionary === undefined) throw new TableError("a page has no dictionary");
  const known = dictionary.length / width;
  readRuns(data.subarray(1), data[0] ?? 0, count, (index, from, to) => {
    if (index >= known) throw new TableError("a value is in no dictionary");
    const value = dictionary.subarray(index * width, (index + 1) * width);
    for (let row = from; row < to; row++) target.set(value, row * width);
  });
}

/** Definition levels of an optional column: 1 where there is a value. */
function requireAllThere(levels: Uint8Array, count: number): void {
  readRuns(levels, 1, count, (level) => {
    if (level !== 1) throw new TableError("values are missing in it");
  });
}

/**
 * Runs of the hybrid of repeated and packed numbers (Parquet's RLE encoding), never past `count`.
 * @param width bits of each number
 */
function readRuns(data: Uint8Array, width: number, count: number, give: (value: number, from: number, to: number) => void): void {
  if (width > 30) throw new TableError("a dictionary has more than a billion values");
  let at = 0;
  const next = (): number => {
    if (at >= data.length) throw new TableError("a page ends within its values");
    return data[at++] ?? 0;
  };
  for (let done = 0; done < count; ) {
    let head = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      if (shift > 28) throw new TableError("a run has no length");
      const byte = next();
      head += (byte & 0x7f) * 2 ** shift;
      more = byte >= 0x80;
    }
    const length = Math.floor(head / 2);
    if (length === 0) throw new TableError("a run is empty");
    if (head % 2 === 0) {
      let value = 0;
      for (let byte = 0; byte < width; byte += 8) value += next() * 2 ** byte;
      const end = Math.min(count, done + length);
      give(value, done, end);
      done = end;
      continue;
    }
    // Eight numbers in as many bytes as each has bits; the last may go past the end.
    let [bits, held] = [0, 0];
    for (let index = 0; index < length * 8 && done < count; index++, done++) {
      for (; held < width; held += 8) bits += next() * 2 ** held;
      const value = bits % 2 ** width;
      bits = Math.floor(bits / 2 ** width);
      held -= width;
      give(value, done, done + 1);
    }
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
