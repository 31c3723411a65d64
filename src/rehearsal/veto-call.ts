import { Interface } from "ethers/abi";
import type { Call } from "../proposal/call.ts";
import type { Hex } from "../protocol/hex.ts";
import { ready } from "./ready.ts";
import { addressIn, type Stage } from "./stage.ts";

const contracts = new Interface([
  "event CallScheduled(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay)",
  "function veto(bytes32 operationId)",
]);

/** What the guardian calls to stop what a transaction queued in the StakeTimelock. */
export async function vetoCall(stage: Stage, queued: Hex): Promise<Call> {
  const receipt = ready((await stage.project.rpc.receipt(queued)) ?? undefined);
  const timelock = addressIn(stage, "StakeTimelock");
  const scheduled = receipt.logs.find(({ address, topics }) => address === timelock && topics[0] === contracts.getEvent("CallScheduled")?.topicHash);
  return { to: ready(stage.protocol.vetoGuardian), valueWei: 0n, data: contracts.encodeFunctionData("veto", [ready(scheduled?.topics[1])]) as Hex };
}
