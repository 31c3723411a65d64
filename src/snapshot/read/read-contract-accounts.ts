import { keccak256 } from "ethers/crypto";
import type { Rpc } from "../../chain/rpc.ts";
import { hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import type { ContractAccount } from "../state.ts";
import { openSource } from "./bulk-source.ts";
import { readCodeSizes } from "./read-code-sizes.ts";
import type { BulkOptions } from "./read-slots.ts";

/** Code of an account that has a key of its own, too (EIP-7702): whoever has the key can move what it has on any chain. */
const DELEGATION = /^0xef0100[0-9a-f]{40}$/;
const DELEGATION_BYTES = 23;

/**
 * Which of the accounts are contracts, and by what code. Accounts with a key that run code (EIP-7702) are none.
 * @returns in the order of the accounts
 * @throws what `readSlots` throws
 */
export async function readContractAccounts(rpc: Rpc, accounts: readonly Address[], options: BulkOptions): Promise<ContractAccount[]> {
  const sizes = await readCodeSizes(rpc, accounts, options);
  const { reader } = await openSource(rpc, options.block);
  const together = {};
  const found = await Promise.all(
    accounts.flatMap((address, index) => {
      const size = sizes[index] ?? 0;
      if (size === 0) return [];
      return [
        reader.ask<Hex>({ method: "eth_getCode", params: (at) => [address, at], schema: hexSchema, options: { together } }).then((code): ContractAccount | undefined => {
          return size === DELEGATION_BYTES && DELEGATION.test(code) ? undefined : { address, codeHash: keccak256(code) as Hex };
        }),
      ];
    }),
  );
  return found.filter((each) => each !== undefined);
}
