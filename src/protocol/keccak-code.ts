/** Keccak's state: five by five lanes of 64 bits, lane x + 5 * y being the one at (x, y). */
const LANES = 25;
export const STATE_BYTES = 8 * LANES;
const ROUNDS = 24;
/** Where the constants of the rounds lie in the memory, behind the state. */
const CONSTANTS_AT = 256;

/** "\0asm", version 1. */
const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const tee = (local: number): number[] => [0x22, local];
/** Addresses and counts; below 0x2000. */
const i32 = (value: number): number[] => [0x41, ...signed(value)];
const load = (at: number): number[] => [0x29, 3, ...unsigned(at)];
const store = (at: number): number[] => [0x37, 3, ...unsigned(at)];
const add = 0x6a;
const end = 0x0b;
/** A loop that leaves no value, and its end: i32.ne, br_if 0. */
const loop = [0x03, 0x40];
const againUnlessEqual = [0x47, 0x0d, 0, end];
const xor = 0x85;
const and = 0x83;
const rotateLeft = (bits: number): number[] => (bits === 0 ? [] : [0x42, ...signed(bits), 0x89]);

/** Locals of the function: the place of the round's constant, two states that take turns, the parity of columns, five lanes. */
const CONSTANT = 0;
const EVEN = 1;
const ODD = EVEN + LANES;
const COLUMNS = ODD + LANES;
const EFFECT = COLUMNS + 5;

/**
 * WebAssembly with keccak-f[1600] (FIPS 202, section 3) and nothing else: `permute` works on the `state` at the beginning
 * of `memory`. All lanes are locals, so that the engine keeps them in registers; two rounds for each turn of the loop.
 */
export function keccakCode(): Uint8Array<ArrayBuffer> {
  const turn = [...round(EVEN, ODD, 0), ...round(ODD, EVEN, 8)];
  const lanes = Array.from({ length: LANES }, (_, lane) => lane);
  const body = [
    ...lanes.flatMap((lane) => [...i32(0), ...load(8 * lane), ...set(EVEN + lane)]),
    ...loop,
    ...turn,
    ...get(CONSTANT),
    ...i32(16),
    add,
    ...tee(CONSTANT),
    ...i32(8 * ROUNDS),
    ...againUnlessEqual,
    ...lanes.flatMap((lane) => [...i32(0), ...get(EVEN + lane), ...store(8 * lane)]),
    end,
  ];
  const locals = vector([[1, 0x7f], [EFFECT + 5 - EVEN, 0x7e]]);
  return new Uint8Array([
    ...header,
    // One type, () -> (); one function of it; one page of memory; both exported.
    ...section(1, vector([[0x60, 0, 0]])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0, 1]])),
    ...section(7, vector([[...sized(text("memory")), 2, 0], [...sized(text("permute")), 0, 0]])),
    ...section(10, vector([sized([...locals, ...body])])),
    ...section(11, vector([[0, ...i32(CONSTANTS_AT), end, ...sized(roundConstants())]])),
  ]);
}

/** One round from the lanes at `from` to those at `to`; `constant` is how far behind the place its constant lies. */
function round(from: number, to: number, constant: number): number[] {
  const code: number[] = [];
  for (let x = 0; x < 5; x++) code.push(...get(from + x), ...[5, 10, 15, 20].flatMap((y) => [...get(from + x + y), xor]), ...set(COLUMNS + x));
  for (let x = 0; x < 5; x++) code.push(...get(COLUMNS + ((x + 4) % 5)), ...get(COLUMNS + ((x + 1) % 5)), ...rotateLeft(1), xor, ...set(EFFECT + x));
  const lanes = moves();
  for (let y = 0; y < 5; y++) {
    // The columns are no longer needed: their locals hold the row.
    for (let x = 0; x < 5; x++) {
      const { lane, bits } = lanes[x + 5 * y] ?? { lane: 0, bits: 0 };
      code.push(...get(from + lane), ...get(EFFECT + (lane % 5)), xor, ...rotateLeft(bits), ...set(COLUMNS + x));
    }
    for (let x = 0; x < 5; x++) {
      const [own, next, after] = [COLUMNS + x, COLUMNS + ((x + 1) % 5), COLUMNS + ((x + 2) % 5)];
      // not(next) and after, in one instruction less.
      code.push(...get(next), ...get(after), and, ...get(after), xor, ...get(own), xor, ...set(to + x + 5 * y));
    }
  }
  return [...code, ...get(to), ...get(CONSTANT), ...load(CONSTANTS_AT + constant), xor, ...set(to)];
}

/** For each lane, which one is moved there, and rotated by how much (the steps rho and pi). */
function moves(): { lane: number; bits: number }[] {
  const to = [{ lane: 0, bits: 0 }];
  let [x, y] = [1, 0];
  for (let step = 0; step < ROUNDS; step++) {
    const lane = x + 5 * y;
    [x, y] = [y, (2 * x + 3 * y) % 5];
    to[x + 5 * y] = { lane, bits: (((step + 1) * (step + 2)) / 2) % 64 };
  }
  return to;
}

/** The step iota: bits 0, 1, 3, 7, … 63 of each constant come from a shift register over x^8 + x^6 + x^5 + x^4 + 1. */
function roundConstants(): number[] {
  const view = new DataView(new ArrayBuffer(8 * ROUNDS));
  let register = 1;
  for (let round = 0; round < ROUNDS; round++) {
    let constant = 0n;
    for (let bit = 0; bit < 7; bit++) {
      if ((register & 1) === 1) constant |= 1n << BigInt(2 ** bit - 1);
      register = (register & 0x80) === 0 ? register << 1 : (register << 1) ^ 0x171;
    }
    view.setBigUint64(8 * round, constant, true);
  }
  return [...new Uint8Array(view.buffer)];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(content: readonly number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function text(name: string): number[] {
  return [...Buffer.from(name)];
}

/** LEB128, as all numbers in WebAssembly. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
