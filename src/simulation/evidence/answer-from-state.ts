import { getAddress } from "ethers/address";
import type { Answerer } from "../../chain/replay-rpc.ts";
import { formatTag } from "../../chain/rpc.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { RecordedAccount, RecordedState } from "../witness/recorded-state.ts";

const STATE_READS: readonly string[] = ["eth_getCode", "eth_getBalance", "eth_getTransactionCount", "eth_getStorageAt"];

/** Answers what is nothing but a place in the recorded state, or its block; undefined for whatever the state does not hold. */
export function answerFromState(state: RecordedState): Answerer {
  const at = formatTag(BigInt(state.block.number));
  return (method, params) => {
    if (method === "eth_chainId") return formatTag(state.chainId);
    if (method === "eth_blockNumber") return at;
    if (method === "eth_getBlockByNumber") return (params[0] === "latest" || params[0] === at) && params[1] === false ? state.block : undefined;
    const [who, slot] = params;
    if (typeof who !== "string" || !/^0x[0-9a-fA-F]{40}$/.test(who) || !STATE_READS.includes(method) || params.at(-1) !== at) return undefined;
    const account = state.accounts[getAddress(who.toLowerCase()) as Address];
    return account === undefined ? undefined : readAccount(account, method, slot);
  };
}

function readAccount(account: RecordedAccount, method: string, slot: unknown): string | undefined {
  switch (method) {
    case "eth_getCode":
      return account.code;
    case "eth_getBalance":
      return formatTag(account.balanceWei);
    case "eth_getTransactionCount":
      return formatTag(account.nonce);
    default:
      return typeof slot === "string" ? account.storage[slot.toLowerCase() as Hex] : undefined;
  }
}
