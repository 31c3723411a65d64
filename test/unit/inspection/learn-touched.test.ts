import { Interface } from "ethers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { startAnvil, type Anvil } from "../../../src/chain/anvil.ts";
import { receiptSchema, rpcAddressSchema } from "../../../src/chain/rpc-schemas.ts";
import type { Receipt } from "../../../src/chain/rpc.ts";
import type { BookEntry } from "../../../src/inspection/book-entry.ts";
import { learnTouched } from "../../../src/inspection/learn-touched.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import type { AddressBook } from "../../../src/simulation/contract-book.ts";
import { describeDiffs } from "../../../src/simulation/net-changes.ts";
import { observeTransaction } from "../../../src/simulation/observe-transaction.ts";
import { compileUnits } from "../../../src/solidity/compile.ts";
import type { CompiledUnit } from "../../../src/solidity/compiled-unit.ts";
import { encodeDeployment } from "../../../src/solidity/encode-deployment.ts";

const VAULT = new Interface(["function initialize(address keeper, uint256 cap)", "function put() payable"]);

let anvil: Anvil;
let [vault, proxyCode]: CompiledUnit[] = [];
let creation: Receipt;
let deposit: Receipt;
let proxy: Address;

beforeAll(async () => {
  const targets = [
    { source: "test/fixtures/contracts/erc1967/Vault.sol", contract: "Vault" },
    { source: "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol", contract: "ERC1967Proxy" },
  ];
  [anvil, [vault, proxyCode]] = await Promise.all([startAnvil({ accounts: 1 }), compileUnits({ root: process.cwd(), targets, cacheFolders: ["node_modules/.cache/lpctl-solc"] })]);
  const [account] = await anvil.rpc.request("eth_accounts", [], z.array(rpcAddressSchema));
  const logic = await deploy(vault, []);
  creation = await send({ data: encode(proxyCode, [logic.contractAddress, VAULT.encodeFunctionData("initialize", [account, 10n ** 18n])]) });
  proxy = creation.contractAddress ?? "0x";
  deposit = await send({ to: proxy, data: VAULT.encodeFunctionData("put"), value: "0x7" });
});
afterAll(() => anvil.stop());

function encode(unit: CompiledUnit | undefined, args: unknown[]): Hex {
  if (unit === undefined) throw new Error("nothing was compiled");
  return encodeDeployment(unit.artifact, args);
}

async function deploy(unit: CompiledUnit | undefined, args: unknown[]): Promise<Receipt> {
  return send({ data: encode(unit, args) });
}

async function send(request: { to?: Address; data: string; value?: string }): Promise<Receipt> {
  const [from] = await anvil.rpc.request("eth_accounts", [], z.array(rpcAddressSchema));
  return anvil.rpc.request("eth_sendTransactionSync", [{ from, gas: "0x500000", ...request }], receiptSchema);
}

/** Contract, path and text of what a transaction stored, with a book that starts empty. */
async function stored(receipt: Receipt, units: CompiledUnit[]): Promise<string[]> {
  const entries = new Map<Address, BookEntry>();
  const book: AddressBook = {
    nameOf: (address) => entries.get(address)?.name,
    layoutOf: (address) => entries.get(address)?.layout,
    layoutSourceOf: (address) => entries.get(address)?.layoutSource,
    interfaceOf: (address) => entries.get(address)?.abi?.(),
    keyNames: new Map(),
    learn: (rpc, calls, touched) => learnTouched({ rpc, calls, touched, entries, units }),
  };
  const { diffs, preimages, keys } = await observeTransaction(anvil.rpc, receipt, book);
  return describeDiffs(diffs, { book, preimages, keys, bookkeeping: new Set() })
    .filter(({ kind }) => kind === "storage")
    .map(({ contract, path, afterText, recovered }) => `${contract ?? "?"} ${path ?? "?"} = ${(afterText ?? "").replace(/0x[0-9a-fA-F]{40}/, "0x…")}${recovered === true ? " (recovered)" : ""}`.replaceAll(/\[0x[0-9a-fA-F]{40}\]/g, "[0x…]"));
}

test("a proxy that nobody foresaw has the variables of the logic it delegates to, and a name that says how it is known", async () => {
  const units = [vault, proxyCode].filter((unit) => unit !== undefined);
  expect(await stored(deposit, units)).toEqual(["delegates to Vault balances[0x…] = 7"]);
  expect((await stored(creation, units)).toSorted((a, b) => a.localeCompare(b))).toEqual([
    "delegates to Vault cap = 1000000000000000000",
    "delegates to Vault erc1967.implementation = 0x…",
    "delegates to Vault keeper = 0x…",
    "delegates to Vault openzeppelin.Initializable._initialized = 1",
  ]);
});

test("without any source everything that changes has a name all the same, recovered from the code", async () => {
  expect(await stored(deposit, [])).toEqual(["? slot2[0x…] = 7 (recovered)"]);
  const created = await stored(creation, []);
  expect(created).toHaveLength(4);
  expect(created.filter((text) => text.includes(" ? = "))).toEqual([]);
  expect(created).toContain("? slot1 = 1000000000000000000 (recovered)");
});
