import { z } from "zod";
import { readFunction } from "../chain/read-function.ts";
import { formatTag } from "../chain/rpc.ts";
import { LpctlError } from "../errors.ts";
import { callTo } from "../node/actors/actor.ts";
import { foreseeFailure } from "../node/runner/submit.ts";
import { localAccounts, type LocalRole } from "../node/local-accounts.ts";
import { SetupSender } from "../node/setup-sender.ts";
import type { Address } from "../protocol/hex.ts";
import { addressIn, type Stage } from "./stage.ts";

/** One call of a person on the stage. @throws LPCTL_NODE_SETUP_FAILED when it reverts */
export async function act({ project }: Stage, role: LocalRole, to: Address, signature: string, args: readonly unknown[] = [], valueWei = 0n): Promise<void> {
  const sender = await SetupSender.from(project.rpc, localAccounts()[role].address);
  sender.call(to, signature, args, valueWei);
  await sender.flush();
}

/** Why the same call would fail now; undefined when it would not. Nothing is sent. */
export async function foresee({ project }: Stage, role: LocalRole, to: Address, signature: string, args: readonly unknown[] = []): Promise<string | undefined> {
  return foreseeFailure(project.rpc, { from: localAccounts()[role].address, call: callTo(to, signature, args, "") });
}

/** The one number a view function of a registered contract, or of one at an address, gives. */
export async function readNumber(stage: Stage, contract: string, signature: string, args: readonly unknown[] = []): Promise<bigint> {
  const address = contract.startsWith("0x") ? (contract as Address) : addressIn(stage, contract);
  const [value] = await readFunction(stage.project.rpc, address, signature, [...args]);
  return z.bigint().parse(value);
}

export async function mineBlocks({ project }: Stage, blocks: bigint): Promise<void> {
  if (blocks > 0n) await project.rpc.request("anvil_mine", [formatTag(blocks)], z.unknown());
}

/** Mines to the first block of the next round and has somebody initialize it. */
export async function beginNextRound(stage: Stage): Promise<bigint> {
  const [start, length, block] = await Promise.all([
    readNumber(stage, "RoundsManager", "function currentRoundStartBlock() view returns (uint256)"),
    readNumber(stage, "RoundsManager", "function roundLength() view returns (uint256)"),
    stage.project.rpc.blockNumber(),
  ]);
  await mineBlocks(stage, start + length - block);
  await act(stage, "operator", addressIn(stage, "RoundsManager"), "function initializeRound()");
  return readNumber(stage, "RoundsManager", "function currentRound() view returns (uint256)");
}

/** What something that must not work fails with. */
export async function refusalOf(attempt: Promise<unknown>): Promise<LpctlError | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
}
