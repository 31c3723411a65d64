import { keccak256 } from "ethers/crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../../src/chain/anvil.ts";
import { findContractAccounts } from "../../../src/fork/contract-accounts.ts";
import type { ForkTerms } from "../../../src/fork/fork-terms.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { ContractAccount } from "../../../src/snapshot/state.ts";
import { openView, type StateView } from "../../../src/snapshot/view/state-view.ts";
import { contractOf, provenState } from "../snapshot/format-state.ts";
import { entry } from "../snapshot/keys-model.ts";
import type { Layout } from "../../../src/protocol/layout.ts";

const account = (digit: string): Address => `0x${digit.repeat(40)}`;
const [SAFE, BRIDGE, EMPTY] = [account("1"), account("2"), account("3")];
const [SAME, OTHER]: Hex[] = ["0x6001", "0x6002"] as [Hex, Hex];
const TYPES: Layout["types"] = {
  t_address: { encoding: "inplace", label: "address", numberOfBytes: "20" },
  t_uint256: { encoding: "inplace", label: "uint256", numberOfBytes: "32" },
  m_amounts: { encoding: "mapping", label: "mapping(address => uint256)", numberOfBytes: "32", key: "t_address", value: "t_uint256" },
  s_delegator: { encoding: "inplace", label: "struct Delegator", numberOfBytes: "96", members: ["bondedAmount", "fees", "delegatedAmount"].map((label, slot) => ({ label, slot: String(slot), offset: 0, type: "t_uint256" })) },
  m_delegators: { encoding: "mapping", label: "mapping(address => struct Delegator)", numberOfBytes: "32", key: "t_address", value: "s_delegator" },
};
const layoutOf = (label: string, type: string): Layout => ({ storage: [{ label, slot: "0", offset: 0, type }], types: TYPES });

let anvil: Anvil;
let view: (contracts: readonly ContractAccount[] | undefined) => Promise<StateView>;

beforeAll(async () => {
  anvil = await startAnvil({ accounts: 0 });
  await anvil.rpc.request("anvil_setCode", [SAFE, SAME], z.unknown());
  await anvil.rpc.request("anvil_setCode", [BRIDGE, OTHER], z.unknown());
  await anvil.rpc.request("evm_mine", [], z.unknown());
  const word = (number: bigint): Hex => `0x${number.toString(16).padStart(64, "0")}`;
  const token = await contractOf("LivepeerToken", 1, [SAFE, BRIDGE].map((who): [Hex, Hex] => [word(entry(who, 0n)), word(5n * 10n ** 18n)]).sort(([left], [right]) => (left < right ? -1 : 1)));
  const bonding = await contractOf("BondingManager", 2, [[word(entry(BRIDGE, 0n)), word(7n * 10n ** 18n)]]);
  const { state } = await provenState([token, bonding]);
  const layouts = new Map([
    [token.layoutOf ?? "", layoutOf("_balances", "m_amounts")],
    [bonding.layoutOf ?? "", layoutOf("delegators", "m_delegators")],
  ]);
  view = (contracts) => openView({ ...state, preimages: { addresses: [SAFE, BRIDGE, EMPTY], words: [], together: [], contracts } }, { layouts, blockNumber: 1n });
});
afterAll(() => anvil.stop());

const hashOf = (code: Hex): Hex => keccak256(code) as Hex;
const terms: ForkTerms = { owner: undefined, unpause: true, parameters: {}, excluded: [], clock: { snapshotBlock: 1n, forkBlock: 1n } };
const KNOWN = [SAFE, BRIDGE, EMPTY].map((address) => ({ address, codeHash: hashOf(SAME) }));

async function find(more: Partial<ForkTerms> = {}, confirmed: { account: Address; codeHash: Hex }[] = [], contracts: readonly ContractAccount[] | undefined = KNOWN): Promise<{ severity: string; code: string; text: string }[]> {
  const findings = await findContractAccounts(anvil.rpc, { view: await view(contracts), terms: { ...terms, ...more } }, confirmed);
  return findings.map(({ severity, code, title, detail }) => ({ severity, code, text: `${title} ${detail ?? ""}` }));
}

test("contracts that have something and are not on the chain are listed with what they have, until somebody says what becomes of them", async () => {
  const [here, missing, ...others] = await find();
  expect(here).toMatchObject({ severity: "info", code: "fork-holders-here" });
  expect(missing).toMatchObject({ severity: "warning", code: "fork-holder-contracts", text: expect.stringContaining(`${BRIDGE}: 5 LPT, a stake of 7 LPT; other code is here`) as string });
  expect(missing?.text).not.toContain(EMPTY);
  expect(others).toEqual([]);
  const moved = [{ from: BRIDGE, to: account("4"), reason: "it is not here" }];
  expect((await find({ moved })).map(({ code }) => code)).toEqual(["fork-holders-here"]);
  expect((await find({}, [{ account: BRIDGE, codeHash: hashOf(OTHER) }])).map(({ code }) => code)).toEqual(["fork-holders-here"]);
  expect((await find({}, [{ account: BRIDGE, codeHash: hashOf(SAME) }])).map(({ severity, code }) => `${severity} ${code}`)).toContain("refuse fork-contract-confirmed");
});

test("a fork is not given to a contract that is not there", async () => {
  expect((await find({ owner: BRIDGE })).map(({ severity, code }) => `${severity} ${code}`)).toContain("refuse fork-owner-stranded");
  expect((await find({ owner: EMPTY })).map(({ code }) => code)).toContain("fork-owner-stranded");
  expect((await find({ owner: SAFE })).map(({ code }) => code)).not.toContain("fork-owner-stranded");
  expect((await find({ owner: account("5") })).map(({ code }) => code)).not.toContain("fork-owner-stranded");
});
