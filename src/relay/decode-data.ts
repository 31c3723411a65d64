import { getAddress } from "ethers/address";
import type { ParamType } from "ethers/abi";
import { FunctionFragment } from "ethers/abi";
import { decodeKnownCall } from "../protocol/decode-known.ts";
import type { Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { decodeMultiSend } from "../safe/multisend.ts";

/** `dataDecoded` of the Transaction Service: every value is a text, or a list of such. */
export interface DecodedData {
  method: string;
  parameters: DecodedParameter[];
}

export interface DecodedParameter {
  name: string;
  type: string;
  value: DecodedValue;
  /** The calls within a `multiSend`. */
  valueDecoded?: { operation: number; to: string; value: string; data: Hex; dataDecoded: DecodedData | null }[];
}

export type DecodedValue = string | DecodedValue[];

const MULTI_SEND = "multiSend(bytes)";
/** Characters: 128 KB, more than any chain takes as calldata. Strangers may send more, and decoding takes time. */
const LONGEST_DECODED = 2 + 2 * 128 * 1024;
const LARGEST_BATCH = 256;
const MOST_KEPT_CHARACTERS = 16_000_000;
const kept = new Map<Hex, DecodedData | null>();
let keptCharacters = 0;

/** The call behind `data` when lpctl knows its function, and the calls of a batch with it; null for all other data. */
export function decodeData(data: Hex): DecodedData | null {
  const known = kept.get(data);
  if (known !== undefined) return known;
  if (data.length > LONGEST_DECODED) return null;
  const decoded = decode(data);
  keptCharacters += data.length;
  if (keptCharacters > MOST_KEPT_CHARACTERS) {
    kept.clear();
    keptCharacters = data.length;
  }
  kept.set(data, decoded);
  return decoded;
}

function decode(data: Hex): DecodedData | null {
  const call = decodeKnownCall(data);
  if (call === undefined) return null;
  const { inputs } = FunctionFragment.from(`function ${call.signature}`);
  const parameters = inputs.map((input, index): DecodedParameter => {
    const batch = call.signature === MULTI_SEND ? decodeBatch(data) : undefined;
    const parameter = { name: call.args[index]?.name ?? `arg${index}`, type: input.format(), value: formatValue(input, call.values[index]) };
    return batch === undefined ? parameter : { ...parameter, valueDecoded: batch };
  });
  return { method: call.name, parameters };
}

/** Undefined for a batch that is not well formed, or very long: whoever reads it then sees the bytes alone. */
function decodeBatch(data: Hex): DecodedParameter["valueDecoded"] | undefined {
  try {
    const calls = decodeMultiSend(data);
    if (calls.length > LARGEST_BATCH) return undefined;
    return calls.map((call) => ({ operation: 0, to: call.to, value: String(call.valueWei), data: call.data, dataDecoded: decode(call.data) }));
  } catch {
    return undefined;
  }
}

function formatValue(type: ParamType, value: unknown): DecodedValue {
  const child = type.arrayChildren;
  if (type.baseType === "array" && child !== null && Array.isArray(value)) return value.map((item) => formatValue(child, item));
  if (type.baseType === "tuple" && Array.isArray(value)) return (type.components ?? []).map((part, index) => formatValue(part, value[index]));
  if (type.type === "address") return getAddress(String(value));
  return type.type === "string" ? printable(String(value)) : String(value);
}
