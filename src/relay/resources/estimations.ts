import { AbiCoder, Interface } from "ethers/abi";
import { z } from "zod";
import { LpctlError } from "../../errors.ts";
import { hexSchema } from "../../protocol/hex.ts";
import type { Hex } from "../../protocol/hex.ts";
import { canonicalAddress } from "../../safe/safe-contracts.ts";
import type { SafeFacts } from "../../safe/read-safe.ts";
import type { RelayContext } from "../context.ts";
import { addressField, dataField, integerField, parseBody, wrong } from "../fields.ts";
import { HttpProblem } from "../http/problem.ts";
import type { RelayRequest, RelayResponse, Route } from "../http/router.ts";
import { requireSafe } from "./safes.ts";

/** What the inner call of a Safe transaction would use of gas. */
export function estimationRoutes(context: RelayContext): Route[] {
  return [{ method: "POST", path: "/v1/safes/:address/multisig-transactions/estimations/", handle: (request) => estimate(context, request) }];
}

const bodySchema = z.object({
  to: addressField,
  value: integerField,
  data: dataField,
  operation: z.union([z.literal([0, 1]), z.enum(["0", "1"])], wrong("Not a valid choice.")).transform(Number),
});
const SIMULATION = new Interface([
  "function simulateAndRevert(address targetContract, bytes calldataPayload)",
  "function simulate(address to, uint256 value, bytes data, uint8 operation) returns (uint256 estimate, bool success, bytes returnData)",
]);

/**
 * Has the Safe run Safe's own accessor within itself and take everything back (`simulateAndRevert`): right for calls and
 * delegatecalls, and nothing is signed or sent.
 */
async function estimate(context: RelayContext, { params, body }: RelayRequest): Promise<RelayResponse> {
  const given = parseBody(bodySchema, body, 422);
  const safe = await requireSafe(context, params["address"]);
  const inner = SIMULATION.encodeFunctionData("simulate", [given.to, given.value, given.data, given.operation]);
  const accessor = canonicalAddress("SimulateTxAccessor", safe.version);
  const answer = await revertDataOf(context, safe, SIMULATION.encodeFunctionData("simulateAndRevert", [accessor, inner]) as Hex);
  const gas = answer === undefined ? undefined : parseEstimate(answer);
  if (gas === undefined) throw new HttpProblem(422, { code: 1, message: "Cannot estimate: the call reverts, or Safe's accessor is not on this chain", arguments: [safe.address] });
  return { status: 200, body: { safeTxGas: String(gas) } };
}

async function revertDataOf({ chain }: RelayContext, safe: SafeFacts, data: Hex): Promise<Hex | undefined> {
  try {
    await chain.rpc.call({ to: safe.address, data, isTransaction: true });
  } catch (error) {
    const parsed = error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED" ? hexSchema.safeParse(error.details?.["data"]) : undefined;
    return parsed?.data;
  }
  return undefined;
}

/** Two words, whether the accessor ran and how long its answer is; then that answer. */
function parseEstimate(answer: Hex): bigint | undefined {
  try {
    if (BigInt(answer.slice(0, 66)) !== 1n) return undefined;
    const [gas, success] = AbiCoder.defaultAbiCoder().decode(["uint256", "bool", "bytes"], `0x${answer.slice(130)}`) as unknown as [bigint, boolean];
    return success ? gas : undefined;
  } catch {
    return undefined;
  }
}
