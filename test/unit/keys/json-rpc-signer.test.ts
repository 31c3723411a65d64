import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { TypedDataEncoder } from "ethers/hash";
import { z } from "zod";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startAnvil, type Anvil } from "../../../src/chain/anvil.ts";
import { signChecked } from "../../../src/chain/transaction.ts";
import type { RpcKey } from "../../../src/config/key-schema.ts";
import { guardedSigner } from "../../../src/keys/guarded-signer.ts";
import { openKey } from "../../../src/keys/open-key.ts";
import { walletSigner } from "../../../src/keys/unlocked-key.ts";
import type { ExternalSigner } from "../../../src/keys/signer.ts";
import { addressSchema } from "../../../src/protocol/address-schema.ts";
import type { Address } from "../../../src/protocol/hex.ts";
import { recoverSigner } from "../../../src/safe/signature.ts";
import { refusalOf } from "../safe/local-safe.ts";
import { ADDRESS, GOOD, HASHES, KEY, REQUEST, signed } from "./typed-note.ts";

const said: string[] = [];
const open = (rpc: RpcKey["rpc"], address: Address, timeoutSeconds = 20): Promise<ExternalSigner> => openKey({ rpc, address, folder: ".", timeoutSeconds }, { say: (line) => said.push(line), openBrowser: undefined });

let anvil: Anvil;
let clef: Server;
let clefUrl = "";
const asked: { method: string; params: unknown[] }[] = [];
/** What clef's stand-in does: sign, lie, refuse, or never answer. */
type Mood = "signs" | "lies" | "refuses" | "hangs";
let mood: Mood = "signs";

beforeAll(async () => {
  anvil = await startAnvil();
  clef = createServer((request, response) => {
    void (async () => {
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const { id, method, params } = z.object({ id: z.number(), method: z.string(), params: z.array(z.unknown()) }).parse(JSON.parse(body));
      asked.push({ method, params });
      if (mood === "hangs") return;
      const error = mood === "refuses" ? { code: -32000, message: "Request denied" } : undefined;
      const result = method === "account_list" ? [ADDRESS.toLowerCase()] : mood === "lies" ? signed({ operation: 1 }) : GOOD;
      response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, ...(error === undefined ? { result } : { error }) }));
    })();
  });
  await new Promise<void>((resolve) => clef.listen(0, "127.0.0.1", resolve));
  clefUrl = `http://127.0.0.1:${(clef.address() as AddressInfo).port}`;
});
afterAll(async () => {
  clef.closeAllConnections();
  clef.close();
  await anvil.stop();
});

test("a node signs typed data and transactions with an account of its own", async () => {
  const [account] = await anvil.rpc.request("eth_accounts", [], z.array(addressSchema));
  const inner = await open({ url: anvil.url, method: "eth_signTypedData_v4" }, account as Address);
  expect(await inner.readAddresses()).toEqual([account]);
  const signer = guardedSigner(inner, () => expect.unreachable());
  const signature = await signer.signTypedData(...REQUEST);
  expect(recoverSigner(signature, "eip712", TypedDataEncoder.hash(...REQUEST) as `0x${string}`)).toBe(account);
  const { raw, hash } = await signChecked(signer, { chainId: 31337n, nonce: 0n, to: ADDRESS, data: "0x", valueWei: 1n, gasLimit: 21_000n, maxFeePerGasWei: 3_000_000_000n, maxPriorityFeePerGasWei: 1n });
  expect(await anvil.rpc.sendRawTransaction(raw)).toBe(hash);
});

test("a node without the account says so in its own words", async () => {
  const signer = guardedSigner(await open({ url: anvil.url, method: "eth_signTypedData_v4" }, ADDRESS), () => expect.unreachable());
  await expect(signer.signTypedData(...REQUEST)).rejects.toMatchObject({ exit: 6, code: "LPCTL_RPC_ERROR" });
});

test("clef is asked in its own way, once", async () => {
  const signer = guardedSigner(await open({ url: clefUrl, method: "account_signTypedData" }, ADDRESS), () => expect.unreachable());
  expect(await signer.signTypedData(...REQUEST)).toBe(GOOD);
  expect(asked).toMatchObject([{ method: "account_signTypedData", params: [ADDRESS, { primaryType: "SafeTx", message: { nonce: "7" } }] }]);
  expect(await (await open({ url: clefUrl, method: "account_signTypedData" }, ADDRESS)).readAddresses()).toEqual([ADDRESS]);
});

test.each<[Mood, string]>([
  ["lies", "LPCTL_KEYS_WRONG_SIGNATURE"],
  ["refuses", "LPCTL_RPC_ERROR"],
  ["hangs", "LPCTL_RPC_TIMEOUT"],
])("one that %s is asked once: %s", async (its, code) => {
  mood = its;
  asked.length = 0;
  const incidents: unknown[] = [];
  const signer = guardedSigner(await open({ url: clefUrl, method: "account_signTypedData" }, ADDRESS, its === "hangs" ? 1 : 20), (each) => void incidents.push(each));
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe(code);
  expect(asked.length).toBe(1);
  expect(incidents).toMatchObject(its === "lies" ? [{ safeTxHash: HASHES.safeTxHash }] : []);
  mood = "signs";
});

test("takes the signed transaction as clef wraps it", async () => {
  const raw = await walletSigner(KEY).signTransaction({ chainId: 31337n, nonce: 0n, to: null, data: "0x00", valueWei: 0n, gasLimit: 100_000n, maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 1n });
  const server = createServer((_request, response) => response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { raw, tx: {} } })));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const signer = await open({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, method: "account_signTypedData" }, ADDRESS);
  expect(await signer.signTransaction({ chainId: 31337n, nonce: 0n, to: null, data: "0x00", valueWei: 0n, gasLimit: 100_000n, maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 1n })).toBe(raw);
  server.closeAllConnections();
  server.close();
});
