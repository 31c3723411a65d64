import { FunctionFragment, Interface } from "ethers/abi";
import { isError } from "ethers/utils";
import { Exit, LpctlError } from "../errors.ts";
import type { ErrorCode } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";

/** An ABI parameter as such a file gives it. */
export interface BuilderInput {
  name: string;
  type: string;
  components?: BuilderInput[];
}

export interface BuilderMethod {
  name: string;
  inputs: BuilderInput[];
}

/**
 * The calldata of a call that a file of the Transaction Builder gives as a function with its arguments. Arguments are text as a person
 * typed it: integers in decimal or hexadecimal, arrays and tuples as JSON whose numbers and addresses need no quotes.
 * @throws LPCTL_BUILDER_BAD_VALUE
 */
export function encodeBuilderCall(method: BuilderMethod, values: Readonly<Record<string, unknown>>, where: string): Hex {
  // Sending ether without calldata is a "method" of that name there.
  if (method.inputs.length === 0 && (method.name === "fallback" || method.name === "receive")) return "0x";
  const fragment = fragmentOf(method, where);
  const args = method.inputs.map((input, index) => {
    const key = input.name === "" ? String(index) : input.name;
    if (!Object.hasOwn(values, key)) throw badValue(where, `${method.name} has no value for ${printable(key)}`);
    return toAbiValue(values[key], input, `${where}, ${printable(key)}`);
  });
  try {
    return new Interface([fragment]).encodeFunctionData(fragment, args) as Hex;
  } catch (cause) {
    throw badValue(where, printable(isError(cause, "INVALID_ARGUMENT") ? `${cause.argument}: ${cause.shortMessage}` : String(cause)).slice(0, 200));
  }
}

function fragmentOf(method: BuilderMethod, where: string): FunctionFragment {
  try {
    return FunctionFragment.from({ type: "function", name: method.name, inputs: method.inputs, stateMutability: "payable" });
  } catch (cause) {
    throw badValue(where, `${printable(method.name)} is no function: ${printable(cause instanceof Error ? cause.message : String(cause)).slice(0, 100)}`);
  }
}

function toAbiValue(value: unknown, input: BuilderInput, where: string): unknown {
  const array = /^(.*)\[(\d*)\]$/.exec(input.type);
  if (array !== null) {
    const items = parseNested(value, where);
    if (!Array.isArray(items)) throw badValue(where, `${input.type} takes a list`);
    return items.map((item: unknown, index) => toAbiValue(item, { ...input, type: array[1] ?? "" }, `${where}[${index}]`));
  }
  if (input.type === "tuple") {
    const fields = parseNested(value, where);
    const components = input.components ?? [];
    const list: unknown = Array.isArray(fields) ? fields : typeof fields === "object" && fields !== null ? components.map(({ name }) => (Object.hasOwn(fields, name) ? (fields as Record<string, unknown>)[name] : undefined)) : undefined;
    if (!Array.isArray(list) || list.length !== components.length) throw badValue(where, `a tuple of ${components.length} takes as many values`);
    return components.map((component, index) => toAbiValue(list[index], component, `${where}.${printable(component.name)}`));
  }
  const text = typeof value === "string" ? value : typeof value === "boolean" ? String(value) : typeof value === "number" && Number.isSafeInteger(value) ? String(value) : undefined;
  if (text === undefined) throw badValue(where, `${input.type} takes text, and ${value === null || value === undefined ? "there is none" : "this may have been rounded or is something else"}`);
  if (input.type === "bool") {
    if (/^(true|1)$/i.test(text.trim())) return true;
    if (/^(false|0)$/i.test(text.trim())) return false;
    throw badValue(where, "a bool is true or false");
  }
  if (/^u?int\d*$/.test(input.type)) {
    if (!/^(-?\d{1,78}|0x[0-9a-fA-F]{1,64})$/.test(text.trim())) throw badValue(where, `${input.type} takes a whole number`);
    return BigInt(text.trim());
  }
  return input.type === "string" ? text : text.trim();
}

/** Lists and tuples as text: JSON, or JSON with its quotes left out, whose numbers must stay exact. */
function parseNested(value: unknown, where: string): unknown {
  if (typeof value !== "string") return value;
  const quoted = value.replaceAll(/"(?:[^"\\]|\\.)*"|[^\s,[\]{}:"]+/g, (token) => (token.startsWith('"') ? token : JSON.stringify(token)));
  try {
    return JSON.parse(quoted);
  } catch {
    throw badValue(where, `${printable(value).slice(0, 60)} is no list`);
  }
}

function badValue(where: string, why: string): LpctlError {
  return builderRefusal("LPCTL_BUILDER_BAD_VALUE", `${where}: the calldata cannot be made`, why, "Save the file again from the Transaction Builder, or give the calldata as data");
}

export function builderRefusal(code: ErrorCode, message: string, why?: string, next = "Save it again from the Transaction Builder"): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next });
}
