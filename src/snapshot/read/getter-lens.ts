import type { Address, Hex } from "../../protocol/hex.ts";
import { hexOf, LENS_MARK } from "./slot-lens.ts";

/** Where the lens is put: an address that nobody has a key to, and that has no code. */
const LENS_AT: Address = "0x0000000000000000006c7063746c206c656e7300";

/** What stands in front of each answer: whether the call reverted, gave as many bytes as were asked for, or another number. */
export const REVERTED = 0;
export const ANSWERED = 1;

/**
 * Asks one contract many things of one shape. It takes three words (the contract, the bytes of a question, those of an answer)
 * and the questions one behind the other; it returns the mark, and for each question a byte (0 reverted, 1 answered, 2 answered with
 * another length) and room for the answer, which means nothing unless the byte is 1.
 */
export const GETTER_LENS: Hex = `0x${[
  `67${LENS_MARK}3d52`, // 00 PUSH8 mark, RETURNDATASIZE, MSTORE     memory[0] = mark
  "60206060", //           0b PUSH1 32, PUSH1 96     from, to
  "5b", //                 0f JUMPDEST            from, to
  "602035", //             10 PUSH1 32, CALLDATALOAD     asked, from, to
  "80828437", //           13 DUP1, DUP3, DUP5, CALLDATACOPY     memory[to ..] = question
  "604035", //             17 PUSH1 64, CALLDATALOAD     due, asked, from, to
  "8084600101", //         1a DUP1, DUP5, PUSH1 1, ADD     to + 1, due, due, asked, from, to
  "8386", //               1f DUP4, DUP7          to, asked, to + 1, due, due, asked, from, to
  "6000355afa", //         21 PUSH1 0, CALLDATALOAD, GAS, STATICCALL     done, due, asked, from, to
  "813d14", //             26 DUP2, RETURNDATASIZE, EQ     fits, done, due, asked, from, to
  "60020302", //           29 PUSH1 2, SUB, MUL   byte, due, asked, from, to
  "8453", //               2d DUP5, MSTORE8       memory[to] = byte
  "6001018301", //         2f PUSH1 1, ADD, DUP4, ADD     to + 1 + due, asked, from, to
  "925001", //             34 SWAP3, POP, ADD     from + asked, to + 1 + due
  "368110", //             37 CALLDATASIZE, DUP2, LT
  "600f57", //             3a PUSH1 0f, JUMPI
  "506000f3", //           3d POP, PUSH1 0, RETURN     memory[0 .. to]
].join("")}`;

/** The parameters of `eth_call`: `questions` are call data of `questionBytes` each, answers have `answerBytes`. */
export function getterLensCall(contract: Address, questions: Uint8Array, questionBytes: number, answerBytes: number, at: unknown): unknown[] {
  const head = contract.slice(2).toLowerCase().padStart(64, "0") + word(questionBytes) + word(answerBytes);
  return [{ to: LENS_AT, data: `0x${head}${hexOf(questions)}` }, at, { [LENS_AT]: { code: GETTER_LENS } }];
}

function word(value: number): string {
  return value.toString(16).padStart(64, "0");
}
