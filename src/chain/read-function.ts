import { FunctionFragment, Interface } from "ethers/abi";
import { Exit, LpctlError } from "../errors.ts";
import type { Result } from "ethers/abi";
import type { Address, Hex } from "../protocol/hex.ts";
import type { BlockTag, Rpc } from "./rpc.ts";

const parsed = new Map<string, FunctionFragment>();
/** Encodes and decodes fragments it does not hold; one for all, because making one for each signature is what costs. */
const abi = new Interface([]);

/**
 * Calls one view function by its human-readable signature, e.g. `function owner() view returns (address)`.
 * @returns the decoded values, by position and by name
 * @throws LPCTL_CHAIN_NOT_THAT_CONTRACT when the answer is empty or does not decode: no code there, or other code
 * @throws LPCTL_CHAIN_CALL_REVERTED when it reverts
 */
export async function readFunction(rpc: Rpc, address: Address, signature: string, args: readonly unknown[] = [], at: BlockTag = "latest"): Promise<Result> {
  const fragment = parseSignature(signature);
  const data = await rpc.call({ to: address, data: abi.encodeFunctionData(fragment, args) as Hex }, at);
  try {
    const result = abi.decodeFunctionResult(fragment, data);
    // ethers defers decoding errors of single values to the moment they are touched.
    result.toArray(true);
    return result;
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_CHAIN_NOT_THAT_CONTRACT",
      exit: Exit.refused,
      message: `${address} does not answer ${fragment.format("sighash")} as the expected contract would`,
      why: data === "0x" ? "The answer is empty: there is no contract at this address, or it lacks the function." : `The answer has ${(data.length - 2) / 2} bytes and is not (${fragment.outputs.map(({ type }) => type).join(", ")}).`,
      next: "Check the address and the network.",
      details: { address, function: fragment.format("sighash"), answer: data },
      cause,
    });
  }
}

/** As `readFunction`, but `undefined` when the contract has no such function or the call reverts. Network errors still throw. */
export async function tryReadFunction(rpc: Rpc, address: Address, signature: string, args: readonly unknown[] = [], at: BlockTag = "latest"): Promise<Result | undefined> {
  try {
    return await readFunction(rpc, address, signature, args, at);
  } catch (error) {
    if (error instanceof LpctlError && (error.code === "LPCTL_CHAIN_NOT_THAT_CONTRACT" || error.code === "LPCTL_CHAIN_CALL_REVERTED")) return undefined;
    throw error;
  }
}

function parseSignature(signature: string): FunctionFragment {
  const known = parsed.get(signature);
  if (known !== undefined) return known;
  const fragment = FunctionFragment.from(signature);
  parsed.set(signature, fragment);
  return fragment;
}
