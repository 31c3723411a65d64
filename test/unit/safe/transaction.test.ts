import { getAddress } from "ethers/address";
import { id } from "ethers/hash";
import fc from "fast-check";
import { expect, test } from "vitest";
import { packCalls } from "../../../src/safe/multisend.ts";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { hashWithProtocolKit, requireOfflineHashAgreement, requireSameOpinion } from "../../../src/safe/agree.ts";
import { requireSafeVersion } from "../../../src/safe/safe-contracts.ts";
import { hashSafeTransaction, safeTransaction, safeTransactionSchema } from "../../../src/safe/transaction.ts";
import type { SafeTransaction } from "../../../src/safe/transaction.ts";
import { refusalOf } from "./local-safe.ts";

const hex = (length: number): fc.Arbitrary<Hex> => fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as Hex);
const address = hex(20).map((text) => getAddress(text) as Address);
const uint256 = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n });
const transaction: fc.Arbitrary<SafeTransaction> = fc.record({
  to: address,
  valueWei: uint256,
  data: fc.uint8Array({ maxLength: 200 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as Hex),
  operation: fc.constantFrom(0 as const, 1 as const),
  safeTxGas: uint256,
  baseGas: uint256,
  gasPriceWei: uint256,
  gasToken: address,
  refundReceiver: address,
  nonce: uint256,
});
const SAFE: Address = "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67";
const PLAIN = safeTransaction({ to: SAFE, valueWei: 0n, data: "0x", operation: 0, nonce: 7n });

test("ethers and protocol-kit give one hash for any transaction, Safe and chain", async () => {
  await fc.assert(
    fc.asyncProperty(transaction, address, fc.bigInt({ min: 1n, max: 1n << 60n }), fc.constantFrom("1.3.0", "1.4.1", "1.5.0"), async (tx, safe, chainId, version) => {
      expect(await hashWithProtocolKit(chainId, { address: safe, version }, tx)).toBe(hashSafeTransaction(chainId, safe, tx).safeTxHash);
    }),
    { numRuns: 100 },
  );
});

test("the type hashes are those of the deployed contracts", () => {
  expect(id("EIP712Domain(uint256 chainId,address verifyingContract)")).toBe("0x47e79534a245952e8b16893a336b85a3d9ea9fa8c573f3d803afb92a79469218");
  expect(id("SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)")).toBe(
    "0xbb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8",
  );
});

test.each([undefined, "1.1.1", "1.2.0", "2.0.0", ""])("refuses a Safe of version %s", async (version) => {
  expect(await refusalOf(() => requireSafeVersion(version))).toBe("LPCTL_SAFE_UNKNOWN_VERSION");
});

test.each(["safeTxGas", "baseGas", "gasPriceWei"] as const)("refuses a transaction that sets %s", async (field) => {
  expect(await refusalOf(() => requireOfflineHashAgreement({ chainId: 1n, safe: { address: SAFE, version: "1.4.1" }, tx: { ...PLAIN, [field]: 1n } }))).toBe("LPCTL_SAFE_GAS_REFUND");
});

test.each(["gasToken", "refundReceiver"] as const)("refuses a transaction that sets %s", async (field) => {
  expect(await refusalOf(() => requireOfflineHashAgreement({ chainId: 1n, safe: { address: SAFE, version: "1.4.1" }, tx: { ...PLAIN, [field]: SAFE } }))).toBe("LPCTL_SAFE_GAS_REFUND");
});

test("refuses to go on when the file claims another hash, and names the file", async () => {
  const expected: Hex = `0x${"11".repeat(32)}`;
  await expect(requireOfflineHashAgreement({ chainId: 1n, safe: { address: SAFE, version: "1.4.1" }, tx: PLAIN, expected })).rejects.toMatchObject({
    code: "LPCTL_SAFE_HASH_DISAGREEMENT",
    details: { dissenters: ["the file"] },
  });
});

test("names everyone when there is no majority", () => {
  const [one, two]: Hex[] = [`0x${"11".repeat(32)}`, `0x${"22".repeat(32)}`];
  expect(() => requireSameOpinion([{ by: "ethers", safeTxHash: one ?? "0x" }, { by: "protocol-kit", safeTxHash: two ?? "0x" }])).toThrow(/ethers and protocol-kit differ/);
});

test.each([
  ["a value below zero", { valueWei: "-1" }],
  ["a value with a point", { valueWei: "1.5" }],
  ["a value beyond uint256", { valueWei: (1n << 256n).toString() }],
  ["a JSON number as nonce", { nonce: 7 }],
  ["data of odd length", { data: "0x123" }],
  ["data shorter than a selector", { data: "0x1234" }],
  ["data that is not hex", { data: "hello" }],
  ["an operation 2", { operation: 2 }],
  ["a wrong checksum", { to: "0x4e1dCf7AD4e460CfD30791CCC4F9c8a4f820ec67" }],
  ["a field too many", { extra: "1" }],
])("a file may not hold %s", (_what, change) => {
  const file = { ...JSON.parse(JSON.stringify(PLAIN, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))) };
  expect(safeTransactionSchema.safeParse(file).success).toBe(true);
  expect(safeTransactionSchema.safeParse({ ...file, ...change }).success).toBe(false);
});

test("refuses a Safe that changes itself, alone or within a batch, and lets a rejection pass", async () => {
  const safe = { address: "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67" as const, version: "1.4.1" };
  const change = { to: safe.address, valueWei: 0n, data: "0x694e80c30000000000000000000000000000000000000000000000000000000000000001" as const };
  const payment = { to: "0x000000000000000000000000000000000000dEaD" as const, valueWei: 1n, data: "0x" as const };
  const agree = (calls: Parameters<typeof packCalls>[0]) => requireOfflineHashAgreement({ chainId: 1n, safe, tx: packCalls(calls, { version: "1.4.1", nonce: 0n }) });
  await expect(agree([change])).rejects.toMatchObject({ code: "LPCTL_SAFE_SELF_CALL", exit: 3 });
  await expect(agree([payment, change])).rejects.toMatchObject({ code: "LPCTL_SAFE_SELF_CALL" });
  await expect(agree([{ ...change, data: "0x" }])).resolves.toBeDefined();
});
