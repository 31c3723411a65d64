import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Exit, LpctlError } from "../errors.ts";
import { createKeccakInto, type KeccakInto } from "../protocol/keccak-into.ts";
import { printable } from "../protocol/printable.ts";

export interface Recipients {
  /** 20 bytes each, in the order of the file. */
  addresses: Uint8Array;
  count: number;
  /** The line that an address stands on, from 1; by its position in `addresses`. */
  lineOf(position: number): number;
}

export interface RecipientProblem {
  line: number;
  /** From 1; where the address begins, or the first character that is wrong. */
  column: number;
  problem: string;
}

const ADDRESS = 20;
const DIGITS = 2 * ADDRESS;
/** Longer lines are no addresses, whatever they hold; only this much of one is kept. */
const LINE_BYTES = 256;
const PROBLEMS_SHOWN = 20;
/** In words; the rest of them is data. */
const PROBLEMS_TOLD = 5;

/**
 * Reads a list of addresses: one on a line, with or without 0x, `#` begins a comment, blank lines are skipped. Letters
 * of both cases must be the EIP-55 checksum. A name that ends in .gz is unpacked on the way. The file is streamed:
 * millions of lines cost 24 bytes each.
 * @throws LPCTL_GENESIS_RECIPIENTS_UNREADABLE
 * @throws LPCTL_GENESIS_RECIPIENTS_INVALID with the first problems, line and column, in `details.problems`
 */
export async function loadRecipients(path: string): Promise<Recipients> {
  const parser = new RecipientParser(await createKeccakInto());
  const consume = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) parser.write(chunk);
  };
  try {
    const about = await stat(path);
    if (!about.isFile() && !about.isDirectory()) throw new Error("It is a pipe or a device, and no file.");
    const source = createReadStream(path, { highWaterMark: 2 ** 18 });
    await (path.endsWith(".gz") ? pipeline(source, createGunzip({ chunkSize: 2 ** 18 }), consume) : pipeline(source, consume));
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_GENESIS_RECIPIENTS_UNREADABLE",
      exit: Exit.usage,
      message: `The recipients at ${printable(path)} cannot be read`,
      why: whyNot(cause),
      next: "Write the list there, one address on each line, or correct the path: it is relative to the genesis file",
      cause,
    });
  }
  parser.end();
  if (parser.problemCount > 0 || parser.count === 0) throw invalid(path, parser.problems, parser.problemCount);
  const { count, addresses, lines } = parser;
  return { addresses: addresses.subarray(0, count * ADDRESS), count, lineOf: (position) => lines[position] ?? 0 };
}

function whyNot(cause: unknown): string | undefined {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOENT") return "There is no such file.";
  if (code === "EISDIR") return "It is a folder.";
  return cause instanceof Error ? printable(cause.message) : undefined;
}

function invalid(path: string, problems: readonly RecipientProblem[], problemCount: number): LpctlError {
  const [first, ...others] = problems;
  const more = others.slice(0, PROBLEMS_TOLD - 1).map(({ line, column, problem }) => `${line}:${column} ${problem}`);
  return new LpctlError({
    code: "LPCTL_GENESIS_RECIPIENTS_INVALID",
    exit: Exit.refused,
    message: first === undefined ? `There is no address in ${printable(path)}` : `${printable(path)}:${first.line}:${first.column}: ${first.problem}`,
    why: problemCount > 1 ? [`${problemCount} lines are wrong; also`, ...more, ...(problemCount > PROBLEMS_TOLD ? [`and ${problemCount - PROBLEMS_TOLD} more`] : [])].join("\n") : undefined,
    next: "Write one address on each line; # begins a comment",
    details: { path: printable(path), problemCount, problems },
  });
}

class RecipientParser {
  addresses = new Uint8Array(ADDRESS * 2 ** 14);
  lines = new Uint32Array(2 ** 14);
  count = 0;
  readonly problems: RecipientProblem[] = [];
  problemCount = 0;
  readonly #keccak: KeccakInto;
  readonly #text = new Uint8Array(LINE_BYTES);
  #length = 0;
  #line = 1;
  readonly #digits = new Uint8Array(DIGITS);
  readonly #checksum = new Uint8Array(32);

  constructor(keccak: KeccakInto) {
    this.#keccak = keccak;
  }

  write(chunk: Uint8Array): void {
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === NEWLINE) this.#endLine();
      else if (this.#length < LINE_BYTES) this.#text[this.#length++] = byte;
    }
  }

  end(): void {
    if (this.#length > 0) this.#endLine();
  }

  #endLine(): void {
    const text = this.#text;
    let start = this.#line === 1 && text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf && this.#length >= 3 ? 3 : 0;
    let end = start;
    while (end < this.#length && text[end] !== HASH) end++;
    while (start < end && isBlank(text[start])) start++;
    while (end > start && isBlank(text[end - 1])) end--;
    if (end > start) this.#address(start, end);
    this.#length = 0;
    this.#line++;
  }

  #address(begin: number, end: number): void {
    const text = this.#text;
    const start = text[begin] === ZERO && ((text[begin + 1] ?? 0) | 0x20) === LOWER_X ? begin + 2 : begin;
    const wrong = firstNonDigit(text, start, end);
    if (wrong < end) return this.#wrong(wrong, "not a hexadecimal digit");
    if (end - start !== DIGITS) return this.#wrong(begin, `${end - start >= LINE_BYTES - 2 ? "hundreds of" : end - start} digits, an address has ${DIGITS}`);
    if (this.count === this.lines.length) this.#grow();
    const at = this.count * ADDRESS;
    let lower = false;
    let upper = false;
    let any = 0;
    for (let index = 0; index < DIGITS; index++) {
      const byte = text[start + index] ?? 0;
      if (byte >= LOWER_A) lower = true;
      else if (byte >= UPPER_A) upper = true;
      const nibble = valueOf(byte);
      any |= nibble;
      this.#digits[index] = byte >= UPPER_A ? byte | 0x20 : byte;
      this.addresses[at + (index >> 1)] = index % 2 === 0 ? nibble << 4 : (this.addresses[at + (index >> 1)] ?? 0) | nibble;
    }
    if (any === 0) return this.#wrong(begin, "the zero address");
    if (lower && upper && !this.#hasChecksum(start)) return this.#wrong(begin, "its checksum is wrong (EIP-55)");
    this.lines[this.count++] = this.#line;
  }

  /** A letter is upper-case where the hash of the lower-case digits has a digit of 8 or more. */
  #hasChecksum(start: number): boolean {
    this.#keccak.hash(this.#digits, 0, DIGITS, this.#checksum, 0);
    for (let index = 0; index < DIGITS; index++) {
      const byte = this.#text[start + index] ?? 0;
      if (byte < UPPER_A) continue;
      const hashed = ((this.#checksum[index >> 1] ?? 0) >> (index % 2 === 0 ? 4 : 0)) & 0xf;
      if (byte < LOWER_A !== hashed >= 8) return false;
    }
    return true;
  }

  #wrong(index: number, problem: string): void {
    this.problemCount++;
    if (this.problems.length < PROBLEMS_SHOWN) this.problems.push({ line: this.#line, column: index + 1, problem });
  }

  #grow(): void {
    const capacity = Math.ceil(this.lines.length * 1.5);
    const addresses = new Uint8Array(capacity * ADDRESS);
    addresses.set(this.addresses);
    this.addresses = addresses;
    const lines = new Uint32Array(capacity);
    lines.set(this.lines);
    this.lines = lines;
  }
}

const NEWLINE = 0x0a;
const HASH = 0x23;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_A = 0x41;
const LOWER_A = 0x61;
const LOWER_X = 0x78;

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

function firstNonDigit(text: Uint8Array, start: number, end: number): number {
  for (let index = start; index < end; index++) {
    const byte = text[index] ?? 0;
    const letter = byte | 0x20;
    if (!((byte >= ZERO && byte <= NINE) || (letter >= LOWER_A && letter <= LOWER_A + 5))) return index;
  }
  return end;
}

/** Of a character that is known to be a hexadecimal digit. */
function valueOf(byte: number): number {
  return byte <= NINE ? byte - ZERO : (byte | 0x20) - LOWER_A + 10;
}
