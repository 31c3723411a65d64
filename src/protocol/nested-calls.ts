import { Interface, type TransactionDescription } from "ethers";
import type { Address, Hex } from "./hex.ts";

const UPDATE = "tuple(address[] target, uint256[] value, bytes[] data, uint256 nonce)";
const BATCH = "address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt";

/** Calls whose arguments are calls: LIP-25 Governor and OpenZeppelin timelock. */
const carriers = new Interface([
  `function stage(${UPDATE} update, uint256 delay)`,
  `function execute(${UPDATE} update)`,
  `function cancel(${UPDATE} update)`,
  `function scheduleBatch(${BATCH}, uint256 delay)`,
  `function executeBatch(${BATCH})`,
  "function schedule(address target, uint256 value, bytes data, bytes32 predecessor, bytes32 salt, uint256 delay)",
]);

export interface NestedCall {
  to: Address;
  valueWei: bigint;
  data: Hex;
}

/** The calls that a call carries for later: what a signer is really asked about. Empty for every other call. */
export function nestedCalls(data: Hex): NestedCall[] {
  const parsed = parse(data);
  if (parsed === undefined) return [];
  const { name, args } = parsed;
  if (name === "schedule") return zip([args["target"]], [args["value"]], [args["data"]]);
  if (name === "scheduleBatch" || name === "executeBatch") return zip(args["targets"], args["values"], args["payloads"]);
  const update = args["update"] as Record<"target" | "value" | "data", unknown>;
  return zip(update.target, update.value, update.data);
}

function parse(data: Hex): TransactionDescription | undefined {
  try {
    return carriers.parseTransaction({ data }) ?? undefined;
  } catch {
    return undefined;
  }
}

function zip(targets: unknown, values: unknown, payloads: unknown): NestedCall[] {
  const [to, value, data] = [[...(targets as Address[])], [...(values as bigint[])], [...(payloads as Hex[])]];
  return to.map((address, index) => ({ to: address, valueWei: value[index] ?? 0n, data: data[index] ?? "0x" }));
}
