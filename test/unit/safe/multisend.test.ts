import { getAddress } from "ethers/address";
import { decodeMultiSendData, encodeMultiSendData } from "@safe-global/protocol-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { decodeMultiSend, encodeMultiSend, packCalls, unpackCalls } from "../../../src/safe/multisend.ts";
import type { BatchCall } from "../../../src/safe/multisend.ts";
import { requirePlainTransaction } from "../../../src/safe/require-plain.ts";
import { canonicalAddress } from "../../../src/safe/safe-contracts.ts";
import { safeTransaction } from "../../../src/safe/transaction.ts";
import { refusalOf } from "./local-safe.ts";

const TARGET: Address = "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67";
const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Hex> => fc.uint8Array({ minLength, maxLength }).map((array) => `0x${Buffer.from(array).toString("hex")}` as Hex);
const call: fc.Arbitrary<BatchCall> = fc.record({
  to: bytes(20, 20).map((text) => getAddress(text) as Address),
  valueWei: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
  data: fc.oneof(fc.constant<Hex>("0x"), bytes(4, 120)),
});
const calls = fc.array(call, { minLength: 1, maxLength: 6 });
const PAIR: BatchCall[] = [
  { to: TARGET, valueWei: 0n, data: "0x12345678" },
  { to: TARGET, valueWei: 5n, data: "0x" },
];

test("a batch comes back as it went in", () => {
  fc.assert(
    fc.property(calls, (batch) => {
      expect(decodeMultiSend(encodeMultiSend(batch))).toEqual(batch);
    }),
  );
});

test("a packed transaction unpacks to its calls, and only a batch is a delegatecall", () => {
  fc.assert(
    fc.property(calls, fc.constantFrom("1.3.0" as const, "1.4.1" as const, "1.5.0" as const), (batch, version) => {
      const tx = packCalls(batch, { version, nonce: 3n });
      expect(requirePlainTransaction(tx)).toEqual(batch);
      expect(tx.operation).toBe(batch.length > 1 ? 1 : 0);
      if (batch.length > 1) expect(tx.to).toBe(canonicalAddress("MultiSendCallOnly", version));
    }),
  );
});

test("protocol-kit reads our batches, and we write its bytes", () => {
  fc.assert(
    fc.property(calls, (batch) => {
      const data = encodeMultiSend(batch);
      const theirs = batch.map(({ to, valueWei, data: inner }) => ({ to, value: valueWei.toString(), data: inner, operation: 0 }));
      expect(data).toContain(encodeMultiSendData(theirs).slice(2));
      expect(decodeMultiSendData(data).map(({ to, value, data: inner }) => ({ to: getAddress(to), valueWei: BigInt(value), data: inner }))).toEqual(batch);
    }),
    { numRuns: 30 },
  );
});

test("no change of a single byte goes unnoticed: it is refused, or shown as another batch", () => {
  const good = encodeMultiSend(PAIR);
  const body = good.slice(2);
  for (let at = 0; at < body.length / 2; at += 1) {
    const flipped = (Number.parseInt(body.slice(at * 2, at * 2 + 2), 16) ^ 0x01).toString(16).padStart(2, "0");
    const changed: Hex = `0x${body.slice(0, at * 2)}${flipped}${body.slice(at * 2 + 2)}`;
    let decoded: BatchCall[] | undefined;
    try {
      decoded = decodeMultiSend(changed);
    } catch {
      decoded = undefined;
    }
    expect(decoded).not.toEqual(PAIR);
  }
});

test("refuses a batch that is cut off anywhere", async () => {
  const good = encodeMultiSend(PAIR);
  for (let length = 2; length < good.length; length += 2) {
    expect(await refusalOf(() => decodeMultiSend(good.slice(0, length) as Hex))).toBe("LPCTL_SAFE_MULTISEND_MALFORMED");
  }
});

test("refuses bytes after the batch", async () => {
  expect(await refusalOf(() => decodeMultiSend(`${encodeMultiSend(PAIR)}00`))).toBe("LPCTL_SAFE_MULTISEND_MALFORMED");
});

test("refuses a delegatecall inside a batch", async () => {
  const data = encodeMultiSend(PAIR).replace(`00${TARGET.slice(2).toLowerCase()}`, `01${TARGET.slice(2).toLowerCase()}`) as Hex;
  expect(await refusalOf(() => decodeMultiSend(data))).toBe("LPCTL_SAFE_DELEGATECALL");
});

test("refuses a MultiSend inside a batch", async () => {
  expect(await refusalOf(() => packCalls([...PAIR, { to: canonicalAddress("MultiSend", "1.4.1"), valueWei: 0n, data: "0x8d80ff0a" }], { version: "1.4.1", nonce: 0n }))).toBe("LPCTL_SAFE_MULTISEND_NESTED");
});

test("refuses an empty batch and data too short for a selector", async () => {
  expect(await refusalOf(() => packCalls([], { version: "1.4.1", nonce: 0n }))).toBe("LPCTL_SAFE_EMPTY_BATCH");
  expect(await refusalOf(() => packCalls([{ to: TARGET, valueWei: 0n, data: "0x12" }], { version: "1.4.1", nonce: 0n }))).toBe("LPCTL_SAFE_CALL_MALFORMED");
});

test.each([
  ["any contract", TARGET],
  ["the MultiSend that allows delegatecalls", canonicalAddress("MultiSend", "1.4.1")],
])("refuses a delegatecall to %s", async (_what, to) => {
  const tx = safeTransaction({ to, valueWei: 0n, data: encodeMultiSend(PAIR), operation: 1, nonce: 0n });
  expect(await refusalOf(() => unpackCalls(tx))).toBe("LPCTL_SAFE_DELEGATECALL");
  expect(await refusalOf(() => requirePlainTransaction(tx))).toBe("LPCTL_SAFE_DELEGATECALL");
});
