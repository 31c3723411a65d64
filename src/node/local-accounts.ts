import { HDNodeWallet, Mnemonic } from "ethers";
import { PUBLISHED_TEST_MNEMONIC } from "../chain/anvil.ts";
import type { Address, Hex } from "../protocol/hex.ts";

/** The people of a local protocol, by their place in the published test mnemonic. Worthless keys, known to everybody. */
const ROLES = [
  "deployer",
  "owner-1",
  "owner-2",
  "owner-3",
  "operator",
  "transcoder",
  "delegator",
  "broadcaster",
] as const;
export type LocalRole = (typeof ROLES)[number];

export interface LocalAccount {
  role: LocalRole;
  address: Address;
  privateKey: Hex;
}

/** How many accounts a local chain has to fund. */
export const LOCAL_ACCOUNT_COUNT = ROLES.length;

/** Derives the accounts of all roles (BIP-44, m/44'/60'/0'/0/i). */
export function localAccounts(): Record<LocalRole, LocalAccount> {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(PUBLISHED_TEST_MNEMONIC), "m/44'/60'/0'/0");
  const accounts = ROLES.map((role, index): [LocalRole, LocalAccount] => {
    const wallet = root.deriveChild(index);
    return [role, { role, address: wallet.address as Address, privateKey: wallet.privateKey as Hex }];
  });
  return Object.fromEntries(accounts) as Record<LocalRole, LocalAccount>;
}
