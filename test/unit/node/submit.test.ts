import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { startAnvil } from "../../../src/chain/anvil.ts";
import { Rpc } from "../../../src/chain/rpc.ts";
import { Exit, LpctlError } from "../../../src/errors.ts";
import { submit, type Submission } from "../../../src/node/runner/submit.ts";
import { LOCAL_ACCOUNT_COUNT, localAccounts } from "../../../src/node/local-accounts.ts";

/** Everything up to the moment of mining reaches the chain, and nothing after it: as when the runner is killed there. */
class KilledBeforeMining extends Rpc {
  #killed = false;

  override async request<T>(method: string, params: unknown[], schema: z.ZodType<T>): Promise<T> {
    this.#killed ||= method === "evm_mine";
    if (this.#killed) throw new LpctlError({ code: "LPCTL_RPC_UNREACHABLE", exit: Exit.network, message: "killed" });
    return super.request(method, params, schema);
  }
}

test("calls are mined together in one block, and the chain mines by transactions again afterwards", async () => {
  const { anvil, rpc, submissions } = await startWithCalls();
  const outcomes = await submit(rpc, await rpc.block("latest"), submissions);
  expect(outcomes.map(({ failure, receipt }) => [failure, receipt?.blockNumber])).toEqual([[undefined, 1n], [undefined, 1n]]);
  expect(await anvil.rpc.request("anvil_getAutomine", [], z.boolean())).toBe(true);
});

test("a runner that is killed between sending and mining leaves a chain that goes on mining by itself", async () => {
  const { anvil, submissions } = await startWithCalls();
  const dying = new KilledBeforeMining(anvil.url);
  await expect(submit(dying, await anvil.rpc.block("latest"), submissions)).rejects.toMatchObject({ message: "killed" });
  expect(await anvil.rpc.request("anvil_getIntervalMining", [], z.number().nullable())).toBe(15);
});

async function startWithCalls(): Promise<{ anvil: Awaited<ReturnType<typeof startAnvil>>; rpc: Rpc; submissions: Submission[] }> {
  const anvil = await startAnvil({ accounts: LOCAL_ACCOUNT_COUNT });
  onTestFinished(() => anvil.stop());
  const { transcoder, delegator } = localAccounts();
  const submissions = [transcoder, delegator].map(({ address }): Submission => ({ from: address, call: { to: address, data: "0x", valueWei: 1n, what: "pays itself" } }));
  return { anvil, rpc: anvil.rpc, submissions };
}
