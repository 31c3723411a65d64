import type { Address, Hex } from "../../protocol/hex.ts";

export interface BatchedCall {
  to: Address;
  data: Hex;
  /** Below 2 ** 24. */
  gas: number;
}

/** Length in bytes of what one call takes, without its data. */
const CALL_LENGTH = 47;

/**
 * Code of an account that makes these calls one after the other, whoever calls it, and goes on when one fails. Put in
 * place of an account on a fork, the calls come from that account, all in one transaction and so at one moment.
 */
export function batchCode(calls: readonly BatchedCall[]): Hex {
  let code = "";
  let data = "";
  const dataStart = calls.length * CALL_LENGTH + 1;
  for (const call of calls) {
    const bytes = call.data.slice(2);
    const length = hex(bytes.length / 2, 2);
    // codecopy(0, where the data lies, length); call(gas, to, 0, 0, length, 0, 0); pop
    code += `61${length}61${hex(dataStart + data.length / 2, 2)}600039`;
    code += `6000600061${length}6000600073${call.to.slice(2).toLowerCase()}62${hex(call.gas, 3)}f150`;
    data += bytes;
  }
  return `0x${code}00${data}`;
}

function hex(value: number, bytes: number): string {
  const text = value.toString(16).padStart(bytes * 2, "0");
  if (text.length > bytes * 2) throw new RangeError(`${value} does not fit into ${bytes} bytes`);
  return text;
}
