import { HDNodeWallet, Mnemonic } from "ethers";
import { expect, test } from "vitest";
import { PUBLISHED_TEST_MNEMONIC } from "../../../src/chain/anvil.ts";
import { LOCAL_ACCOUNT_COUNT, localAccounts } from "../../../src/node/local-accounts.ts";

test("the keys that are written down are those of the published phrase, in its order", () => {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(PUBLISHED_TEST_MNEMONIC), "m/44'/60'/0'/0");
  const derived = Array.from({ length: LOCAL_ACCOUNT_COUNT }, (_, index) => root.deriveChild(index));
  expect(Object.values(localAccounts()).map(({ address, privateKey }) => [address, privateKey])).toEqual(derived.map(({ address, privateKey }) => [address, privateKey]));
});
