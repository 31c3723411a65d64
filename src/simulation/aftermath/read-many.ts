import { FunctionFragment, Interface, type Result } from "ethers/abi";
import { z } from "zod";
import type { Rpc } from "../../chain/rpc.ts";
import { hexSchema, type Address, type Hex } from "../../protocol/hex.ts";

/** One thing to read of an account. */
export type Reading =
  | { kind: "call"; to: Address; signature: string; args?: readonly unknown[] }
  | { kind: "balance" | "code-size"; of: Address };

/** Where the reading code is put for the length of one call; no contract is ever there. */
export const LENS: Address = "0x00000000000000000000000000000000006c656E";
/** What one reading may use: one that loops for ever does not take the others with it. */
const GAS_PER_CALL = 4_000_000;
const GAS = "0x3b9aca00";
const CALLS_PER_REQUEST = 150;
const INPUT_AT = 0x20;

/** A protocol is read many times in the same words, and encoding hashes signature and addresses each time. */
const MOST_REMEMBERED = 20_000;
const encoded = new Map<string, string>();
const fragments = new Map<string, FunctionFragment>();
const abi = new Interface([]);
const opcode = { add: "01", sub: "03", balance: "31", codeCopy: "39", codeSize: "3b", returnSize: "3d", returnCopy: "3e", load: "51", store: "52", staticCall: "fa", return: "f3" } as const;

/**
 * Reads many things of a fork in one request: a program that makes all calls stands in for an account while it runs. A
 * call that reverts, or whose answer does not decode, gives undefined. For balances and code sizes the first value tells.
 */
export async function readMany(rpc: Rpc, readings: readonly Reading[]): Promise<(Result | undefined)[]> {
  const parts: (readonly Reading[])[] = [];
  for (let at = 0; at < readings.length; at += CALLS_PER_REQUEST) parts.push(readings.slice(at, at + CALLS_PER_REQUEST));
  return (await Promise.all(parts.map((part) => readPart(rpc, part)))).flat();
}

async function readPart(rpc: Rpc, readings: readonly Reading[]): Promise<(Result | undefined)[]> {
  const answer = await rpc.request("eth_call", [{ to: LENS, gas: GAS }, "latest", { [LENS]: { code: encodeProgram(readings) } }], hexSchema);
  let at = 2;
  const word = (): number => {
    const value = Number.parseInt(answer.slice(at, at + 64), 16);
    at += 64;
    return value;
  };
  return readings.map((reading) => {
    const success = word() === 1;
    const bytes = word();
    const data: Hex = `0x${answer.slice(at, at + bytes * 2)}`;
    at += bytes * 2;
    return success ? decode(reading, data) : undefined;
  });
}

function decode(reading: Reading, data: Hex): Result | undefined {
  try {
    const result = abi.decodeFunctionResult(fragmentOf(reading), data);
    result.toArray(true);
    return result;
  } catch {
    return undefined;
  }
}

function fragmentOf(reading: Reading): FunctionFragment {
  return fragmentFrom(reading.kind === "call" ? reading.signature : "function value() view returns (uint256)");
}

function fragmentFrom(signature: string): FunctionFragment {
  const known = fragments.get(signature) ?? FunctionFragment.from(signature);
  fragments.set(signature, known);
  return known;
}

function encodeInput(signature: string, args: readonly unknown[]): string {
  const key = `${signature}/${args.map(String).join("/")}`;
  const known = encoded.get(key);
  if (known !== undefined) return known;
  const input = abi.encodeFunctionData(fragmentFrom(signature), args).slice(2);
  if (encoded.size > MOST_REMEMBERED) encoded.clear();
  encoded.set(key, input);
  return input;
}

/** Straight code, one stretch for each reading, that appends `(success, length, answer)`; the inputs lie behind it. */
function encodeProgram(readings: readonly Reading[]): Hex {
  const inputs = readings.map((reading) => (reading.kind === "call" ? encodeInput(reading.signature, reading.args ?? []) : ""));
  const outputAt = INPUT_AT + Math.max(0, ...inputs.map((input) => input.length / 2));
  // Offsets have a fixed width, so the length of the code does not depend on them.
  const draft = assemble(readings, inputs, outputAt, 0);
  return `0x${assemble(readings, inputs, outputAt, draft.length / 2)}${inputs.join("")}`;
}

function assemble(readings: readonly Reading[], inputs: readonly string[], outputAt: number, inputsAt: number): string {
  let inputAt = inputsAt;
  const code = [push(outputAt), push(0), opcode.store];
  for (const [index, reading] of readings.entries()) {
    const length = (inputs[index] ?? "").length / 2;
    code.push(reading.kind === "call" ? callCode(reading.to, inputAt, length) : accountCode(reading.kind === "balance" ? opcode.balance : opcode.codeSize, reading.of));
    inputAt += length;
  }
  code.push(push(outputAt), push(0), opcode.load, opcode.sub, push(outputAt), opcode.return);
  return code.join("");
}

/** Word 0 of memory holds where the next answer goes. */
const pointer = (offset: number): string => [push(0), opcode.load, push(offset), opcode.add].join("");

function callCode(to: Address, inputAt: number, length: number): string {
  return [
    push(length), push(inputAt), push(INPUT_AT), opcode.codeCopy,
    push(0), push(0), push(length), push(INPUT_AT), pushAddress(to), push(GAS_PER_CALL), opcode.staticCall,
    pointer(0), opcode.store,
    opcode.returnSize, pointer(0x20), opcode.store,
    opcode.returnSize, push(0), pointer(0x40), opcode.returnCopy,
    pointer(0x40), opcode.returnSize, opcode.add, push(0), opcode.store,
  ].join("");
}

function accountCode(read: string, of: Address): string {
  return [
    push(1), pointer(0), opcode.store,
    push(0x20), pointer(0x20), opcode.store,
    pushAddress(of), read, pointer(0x40), opcode.store,
    pointer(0x60), push(0), opcode.store,
  ].join("");
}

/** PUSH4, whatever the number. */
function push(value: number): string {
  return `63${value.toString(16).padStart(8, "0")}`;
}

function pushAddress(address: Address): string {
  return `73${address.slice(2).toLowerCase()}`;
}

/** For answers that may be absent. */
export function uintAt(result: Result | undefined, at: number | string): bigint | undefined {
  const parsed = z.bigint().safeParse(result?.[at]);
  return parsed.success ? parsed.data : undefined;
}
