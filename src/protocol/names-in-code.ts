import { getBytes, toUtf8Bytes } from "ethers/utils";
import { contractId } from "./contract-id.ts";
import type { Hex } from "./hex.ts";

const PUSH0 = 0x5f;
const PUSH32 = 0x7f;

/**
 * Which of some contract names runtime code carries as a constant, as their registry id or as text: the names it may ask
 * the registry for. No proof that it asks, but code without the name cannot. A compiler stores text without the zeros
 * at its end, to the bit, and shifts it into place.
 */
export function namesInCode(code: Hex, names: readonly string[]): string[] {
  const constants = constantsOf(getBytes(code));
  return names.filter((name) => constants.has(significantBits(toUtf8Bytes(name))) || constants.has(significantBits(getBytes(contractId(name)))));
}

/** What the PUSH instructions of code push. Data after the code is read as instructions too, which does no harm. */
function constantsOf(code: Uint8Array): Set<string> {
  const constants = new Set<string>();
  for (let position = 0; position < code.length; position += 1) {
    const length = (code[position] ?? 0) - PUSH0;
    if (length <= 0 || length > PUSH32 - PUSH0) continue;
    constants.add(significantBits(code.subarray(position + 1, position + 1 + length)));
    position += length;
  }
  return constants;
}

/** Of a number in bytes, without zeros on either side. */
function significantBits(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.replaceAll(/^0+|0+$/g, "");
}
