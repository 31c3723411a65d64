import { Interface } from "ethers";
import { governorInterface, hashUpdate, updateOf } from "../../authority/governor.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { UpdateFacts } from "../../checks/check.ts";
import type { Call } from "../../proposal/call.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { Address, Hex } from "../../protocol/hex.ts";

const STAGE = governorInterface.getFunction("stage")?.selector ?? "";
/** So many nonces are asked about; updates of people who count further are not looked for. */
const NONCES_ASKED = 8n;
const UPDATES = "function updates(bytes32 updateHash) view returns (uint256)";

/** What the Governor of the route is to do, and what plain calls make Governors stage. */
export async function readUpdateFacts(rpc: Rpc, proposal: Proposal): Promise<UpdateFacts[]> {
  const governor = proposal.authorities.find(({ kind }) => kind === "governor")?.address;
  const own = governor === undefined ? [] : [readFacts(rpc, governor, callsOf(proposal.calls), proposal.route.salt, true)];
  const staged = proposal.calls.filter(({ data }) => data.startsWith(STAGE)).flatMap(({ to, data }) => {
    const update = decodeStage(data);
    return update === undefined ? [] : [readFacts(rpc, to, update.lists, update.nonce, false)];
  });
  return Promise.all([...own, ...staged]);
}

interface Lists {
  target: readonly Address[];
  value: readonly bigint[];
  data: readonly Hex[];
}

async function readFacts(rpc: Rpc, governor: Address, lists: Lists, nonce: bigint, isOwn: boolean): Promise<UpdateFacts> {
  const { target, value, data } = lists;
  const called = [...new Set(target.filter((_, index) => (data[index] ?? "0x") !== "0x"))];
  const isEqual = target.length === value.length && target.length === data.length;
  const calls: Call[] = target.map((to, index) => ({ to, valueWei: value[index] ?? 0n, data: data[index] ?? "0x" }));
  const last = nonce > NONCES_ASKED ? nonce : NONCES_ASKED;
  const nonces = isEqual ? Array.from({ length: Number(NONCES_ASKED) }, (_, index) => last - BigInt(index) - 1n) : [];
  const [codes, staged] = await Promise.all([
    // The targets of a proposal's own calls are looked at by a check of their own, wherever the calls come from.
    isOwn ? called.map(() => "0x00") : Promise.all(called.map((address) => rpc.code(address))),
    Promise.all(nonces.filter((one) => one !== nonce).map(async (one) => ({ one, found: await tryReadFunction(rpc, governor, UPDATES, [hashUpdate(updateOf(calls, one))]) }))),
  ]);
  return {
    governor,
    isOwn,
    lengths: { target: target.length, value: value.length, data: data.length },
    withoutCode: called.filter((_, index) => codes[index] === "0x"),
    stagedNonces: staged.filter(({ found }) => found !== undefined && BigInt(String(found[0])) > 0n).map(({ one }) => one).toSorted((left, right) => (left < right ? -1 : 1)),
  };
}

function callsOf(calls: readonly Call[]): Lists {
  return { target: calls.map(({ to }) => to), value: calls.map(({ valueWei }) => valueWei), data: calls.map(({ data }) => data) };
}

function decodeStage(calldata: Hex): { lists: Lists; nonce: bigint } | undefined {
  try {
    const [update] = new Interface([...governorInterface.fragments]).decodeFunctionData("stage", calldata);
    const { target, value, data, nonce } = (update as { toObject: () => { target: Iterable<Address>; value: Iterable<bigint>; data: Iterable<Hex>; nonce: bigint } }).toObject();
    return { lists: { target: [...target], value: [...value], data: [...data] }, nonce };
  } catch {
    return undefined; // The call reverts, which the simulation tells.
  }
}
