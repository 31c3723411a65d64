import { keccak256 } from "ethers";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Condition, Read } from "../proposal/conditions.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/** What a read gives now: return data, code hash or word. `undefined` when the call reverts. */
export async function observe(rpc: Rpc, read: Read): Promise<Hex | undefined> {
  switch (read.kind) {
    case "code":
      return keccak256(await rpc.code(read.address)) as Hex;
    case "slot":
      return rpc.storage(read.address, read.slot);
    case "call":
      try {
        return await rpc.call({ to: read.to, data: read.data });
      } catch (error) {
        if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED") return undefined;
        throw error;
      }
  }
}

/**
 * Reads once and pins what was found, as preconditions of a proposal.
 * @param replaced proxies that get new code in the same batch: what only the new code answers cannot be pinned
 */
export async function pin(rpc: Rpc, reads: readonly Read[], replaced: ReadonlySet<Address>): Promise<Condition[]> {
  const conditions = await Promise.all(
    reads.map(async (read): Promise<Condition | undefined> => {
      const expect = await observe(rpc, read);
      const answered = expect !== undefined && (read.kind !== "call" || expect !== "0x");
      if (!answered && read.kind === "call" && replaced.has(read.to)) return undefined;
      if (!answered) {
        throw new LpctlError({
          code: "LPCTL_CHAIN_NOT_THAT_CONTRACT",
          exit: Exit.usage,
          message: `Cannot read the ${read.label}: the contract has no such function`,
          next: "Check the network and the address: lpctl config explain",
        });
      }
      return { read, expect };
    }),
  );
  return conditions.filter((condition) => condition !== undefined);
}

export interface ConditionResult {
  condition: Condition;
  actual: Hex | undefined;
  holds: boolean;
}

export async function readConditions(rpc: Rpc, conditions: readonly Condition[]): Promise<ConditionResult[]> {
  return Promise.all(
    conditions.map(async (condition) => {
      const actual = await observe(rpc, condition.read);
      return { condition, actual, holds: actual === condition.expect };
    }),
  );
}
