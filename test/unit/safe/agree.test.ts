import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getAddress } from "ethers/address";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { requireOfflineHashAgreement, requireSameOpinion } from "../../../src/safe/agree.ts";
import { hashWithCast } from "../../../src/safe/hash-with-cast.ts";
import { hashSafeTransaction, safeTransaction, type SafeTransaction } from "../../../src/safe/transaction.ts";

const SAFE: Address = "0x000000000000000000000000000000000000bEEF";
const transaction = (data: Hex, nonce = 7n): SafeTransaction => safeTransaction({ to: "0x000000000000000000000000000000000000dEaD", valueWei: 3n, data, operation: 0, nonce });
const folder = mkdtempSync(join(tmpdir(), "lpctl-agree-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("cast", () => {
  test("gives the hash that ethers gives, for any transaction", async () => {
    const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => getAddress(`0x${Buffer.from(bytes).toString("hex")}`) as Address);
    const uint = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n });
    const any = fc.record({
      to: address, valueWei: uint, data: fc.uint8Array({ maxLength: 70 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as Hex), operation: fc.constantFrom(0 as const, 1 as const),
      safeTxGas: uint, baseGas: uint, gasPriceWei: uint, gasToken: address, refundReceiver: address, nonce: uint,
    });
    await fc.assert(fc.asyncProperty(any, uint, address, async (tx, chainId, safe) => {
      expect(await hashWithCast(chainId, safe, tx)).toBe(hashSafeTransaction(chainId, safe, tx).safeTxHash);
    }), { numRuns: 3 });
  });

  test("takes calldata that is too long for a command line", async () => {
    const tx = transaction(`0x${"ab".repeat(200_000)}`);
    expect(await hashWithCast(1n, SAFE, tx)).toBe(hashSafeTransaction(1n, SAFE, tx).safeTxHash);
  });

  test("has no opinion where there is none, or another program of that name", async () => {
    expect(await hashWithCast(1n, SAFE, transaction("0x"), join(folder, "nothing"))).toBeUndefined();
    const other = join(folder, "other");
    writeFileSync(other, "#!/bin/sh\necho casting on 40 stitches\n");
    chmodSync(other, 0o755);
    expect(await hashWithCast(1n, SAFE, transaction("0x"), other)).toBeUndefined();
  });

  test("is listened to when it disagrees", async () => {
    const liar = join(folder, "liar");
    writeFileSync(liar, `#!/bin/sh\necho 0x${"11".repeat(32)}\n`);
    chmodSync(liar, 0o755);
    const [mine, theirs] = [hashSafeTransaction(1n, SAFE, transaction("0x")).safeTxHash, await hashWithCast(1n, SAFE, transaction("0x"), liar)];
    expect(theirs).toBe(`0x${"11".repeat(32)}`);
    expect(() => requireSameOpinion([{ by: "ethers", safeTxHash: mine }, { by: "protocol-kit", safeTxHash: mine }, { by: "cast", safeTxHash: theirs ?? "0x" }])).toThrow(/cast disagrees with the rest/);
  });
});

test("who agreed is told, the file among them", async () => {
  const tx = transaction("0x");
  const { safeTxHash } = hashSafeTransaction(1n, SAFE, tx);
  const agreement = await requireOfflineHashAgreement({ chainId: 1n, safe: { address: SAFE, version: "1.4.1" }, tx, expected: safeTxHash });
  expect(agreement).toMatchObject({ safeTxHash, agreed: ["ethers", "protocol-kit", "the file"] });
});
