import type { Address, Hex } from "../../protocol/hex.ts";

/** Begins every answer of a lens. A node that passes over the override lets the contract itself answer, and that has no such mark. */
export const LENS_MARK = "6c7063746c6c656e";
/** The mark as it lies in front of an answer: a word. */
export const MARK_BYTES = 32;

/**
 * Reads storage in bulk: put in the place of a contract's code for the length of one `eth_call`, it takes slots of 32 bytes, and
 * returns the mark and the word in each. RETURNDATASIZE is a zero that every version of the EVM has.
 */
export const SLOT_LENS: Hex = `0x${[
  "3d", //                 00 RETURNDATASIZE      at = 0
  `67${LENS_MARK}`, //     01 PUSH8 mark
  "3d52", //               0a RETURNDATASIZE, MSTORE     memory[0] = mark
  "5b", //                 0c JUMPDEST            at
  "803554", //             0d DUP1, CALLDATALOAD, SLOAD     word, at
  "9060200190", //         10 SWAP1, PUSH1 32, ADD, SWAP1     word, at + 32
  "8152", //               15 DUP2, MSTORE        memory[at + 32] = word
  "368110", //             17 CALLDATASIZE, DUP2, LT     at + 32 < size?
  "600c57", //             1a PUSH1 0c, JUMPI
  "602036013df3", //       1d PUSH1 32, CALLDATASIZE, ADD, RETURNDATASIZE, RETURN     memory[0 .. size + 32]
].join("")}`;

/** The same for the code of accounts: takes addresses as words, and returns how many bytes of code each has (EXTCODESIZE for SLOAD). */
export const CODE_LENS: Hex = `0x${SLOT_LENS.slice(2).replace("803554", "80353b")}`;

/** The parameters of `eth_call`, with the lens at the contract's own address. */
export function slotLensCall(contract: Address, slots: Uint8Array, at: unknown): unknown[] {
  return [{ to: contract, data: `0x${hexOf(slots)}` }, at, { [contract]: { code: SLOT_LENS } }];
}

/**
 * What a lens gave behind its mark.
 * @returns undefined where the answer has no mark or is not hex to its end
 */
export function decodeLens(answer: string): Uint8Array | undefined {
  if (!answer.startsWith(`0x${LENS_MARK.padStart(64, "0")}`)) return undefined;
  const bytes = bytesOf(answer.slice(2 + MARK_BYTES * 2));
  return bytes.length * 2 === answer.length - 2 - MARK_BYTES * 2 ? bytes : undefined;
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

/** Ends where the text is not hex any more: compare the length. */
export function bytesOf(digits: string): Uint8Array {
  return Buffer.from(digits, "hex");
}
