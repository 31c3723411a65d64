import { SigningKey } from "ethers/crypto";
import { hashMessage, id } from "ethers/hash";
import { computeAddress } from "ethers/transaction";
import { concat, getBytes, toBeHex } from "ethers/utils";
import { EthSafeSignature, buildSignatureBytes } from "@safe-global/protocol-kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { requireOwnerSignature } from "../../../src/safe/diagnose-signature.ts";
import { approvedHashSignature, contractSignature, encodeSignatures, parseSignature, parseSignatures, selectSignatures } from "../../../src/safe/signature.ts";
import type { SafeSignature } from "../../../src/safe/signature.ts";
import { hashSafeTransaction, safeTransaction } from "../../../src/safe/transaction.ts";
import { refusalOf } from "./local-safe.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HASH = id("some safeTxHash") as Hex;
const keys = ["a", "b", "c", "d"].map((name) => new SigningKey(id(name)));
const ownerOf = (key: SigningKey): Address => computeAddress(key) as Address;
const sign = (key: SigningKey, hash: Hex): Hex => key.sign(hash).serialized as Hex;
const withLastByte = (data: Hex, v: number): Hex => `${data.slice(0, -2)}${toBeHex(v, 1).slice(2)}` as Hex;
const signEthSign = (key: SigningKey, hash: Hex): Hex => {
  const data = sign(key, hashMessage(getBytes(hash)) as Hex);
  return withLastByte(data, Number.parseInt(data.slice(-2), 16) + 4);
};

test("recovers who signed, in both ways of signing", () => {
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.string().map((text) => id(text) as Hex), (key, hash) => {
      expect(parseSignature(sign(key, hash), hash)).toMatchObject({ owner: ownerOf(key), kind: "eip712", canonicalised: false });
      expect(parseSignature(signEthSign(key, hash), hash)).toMatchObject({ owner: ownerOf(key), kind: "eth-sign", canonicalised: false });
    }),
    { numRuns: 20 },
  );
});

test("turns a last byte of 0 or 1, as hardware wallets give it, into 27 or 28", () => {
  for (const key of keys) {
    const data = sign(key, HASH);
    expect(parseSignature(withLastByte(data, Number.parseInt(data.slice(-2), 16) - 27), HASH)).toMatchObject({ owner: ownerOf(key), data });
  }
});

test("replaces a high s by its low twin and says so", () => {
  for (const key of keys) {
    for (const data of [sign(key, HASH), signEthSign(key, HASH)]) {
      const v = Number.parseInt(data.slice(-2), 16);
      const high = concat([data.slice(0, 66), toBeHex(ORDER - BigInt(`0x${data.slice(66, 130)}`), 32), toBeHex(v % 2 === 1 ? v + 1 : v - 1, 1)]);
      expect(parseSignature(high, HASH)).toMatchObject({ owner: ownerOf(key), data, canonicalised: true });
    }
  }
});

test.each([
  ["nothing", "0x"],
  ["64 bytes", `0x${"11".repeat(64)}`],
  ["66 bytes", `0x${"11".repeat(66)}`],
  ["no hex", "a signature"],
  ["r of zero", concat([toBeHex(0, 32), toBeHex(1, 32), "0x1b"])],
  ["s of zero", concat([toBeHex(1, 32), toBeHex(0, 32), "0x1b"])],
  ["r at the order of the curve", concat([toBeHex(ORDER, 32), toBeHex(1, 32), "0x1b"])],
  ["s at the order of the curve", concat([toBeHex(1, 32), toBeHex(ORDER, 32), "0x1b"])],
  ["an unknown last byte", `0x${"11".repeat(64)}1d`],
  ["no point of the curve", concat([toBeHex(5, 32), toBeHex(1, 32), "0x1b"])],
])("refuses a signature of %s", async (_what, data) => {
  expect(await refusalOf(() => parseSignature(data, HASH))).toBe("LPCTL_SAFE_SIGNATURE_MALFORMED");
});

const signatures = (): SafeSignature[] => {
  const [a, b, c, d] = keys.map(ownerOf);
  const [first, second] = keys;
  if (a === undefined || b === undefined || c === undefined || d === undefined || first === undefined || second === undefined) throw new Error("four keys");
  return [
    { owner: a, kind: "eip712", data: sign(first, HASH) },
    { owner: b, kind: "eth-sign", data: signEthSign(second, HASH) },
    approvedHashSignature(c),
    contractSignature(d, "0x0102030405"),
  ];
};
const plain = (list: readonly SafeSignature[]): SafeSignature[] =>
  list.map(({ owner, kind, data }) => ({ owner, kind, data })).toSorted((x, y) => (BigInt(x.owner) < BigInt(y.owner) ? -1 : 1));

test("signatures of every kind, in any order, come back from the bytes, ascending by owner", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(signatures(), { minLength: 1 }), (list) => {
      expect(plain(parseSignatures(encodeSignatures(list), HASH))).toEqual(plain(list));
      const owners = parseSignatures(encodeSignatures(list), HASH).map(({ owner }) => BigInt(owner));
      expect(owners).toEqual(owners.toSorted((x, y) => (x < y ? -1 : 1)));
    }),
  );
});

test("protocol-kit writes the same bytes", () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(signatures(), { minLength: 1 }), (list) => {
      const theirs = buildSignatureBytes(list.map(({ owner, kind, data }) => new EthSafeSignature(owner, data, kind === "contract")));
      expect(encodeSignatures(list)).toBe(theirs.toLowerCase());
    }),
    { numRuns: 30 },
  );
});

test("refuses every truncation of contract signatures, and every extra byte", async () => {
  const good = encodeSignatures(signatures());
  expect(await refusalOf(() => parseSignatures(`${good}00`, HASH))).toBe("LPCTL_SAFE_SIGNATURE_MALFORMED");
  for (let length = good.length - 2; length > 2 + 260 * 2; length -= 2) {
    expect(await refusalOf(() => parseSignatures(good.slice(0, length), HASH))).toBe("LPCTL_SAFE_SIGNATURE_MALFORMED");
  }
});

test.each([
  ["into the static part", 10n],
  ["out of bounds", 500n],
  ["far out of bounds", (1n << 255n) + 1n],
])("refuses a contract signature whose offset points %s", async (_what, offset) => {
  const data = concat([toBeHex(BigInt(ownerOf(keys[0] ?? new SigningKey(HASH))), 32), toBeHex(offset, 32), "0x00", toBeHex(1, 32), "0xff"]);
  expect(await refusalOf(() => parseSignatures(data, HASH))).toBe("LPCTL_SAFE_SIGNATURE_MALFORMED");
});

test("refuses two signatures of one owner", async () => {
  const [one] = signatures();
  if (one === undefined) throw new Error("a signature");
  expect(await refusalOf(() => encodeSignatures([one, approvedHashSignature(one.owner)]))).toBe("LPCTL_SAFE_SIGNATURE_DUPLICATE");
});

test("takes exactly the threshold, of current owners only", async () => {
  const all = signatures();
  const owners = all.slice(0, 3).map(({ owner }) => owner);
  const chosen = selectSignatures(all, owners, 2n);
  expect(chosen).toHaveLength(2);
  expect(chosen.every(({ owner }) => owners.includes(owner))).toBe(true);
  expect(await refusalOf(() => selectSignatures(all, owners.slice(0, 1), 2n))).toBe("LPCTL_SAFE_SIGNATURES_MISSING");
});

const SAFE: Address = "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67";
const OTHER_SAFE: Address = "0x41675C099F32341bf84BFc5382aF534df5C7461a";
const TX = safeTransaction({ to: SAFE, valueWei: 0n, data: "0x12345678", operation: 0, nonce: 5n });
const OWNERS = keys.slice(0, 3).map(ownerOf);
const [OWNER_KEY, , , STRANGER_KEY] = keys as [SigningKey, SigningKey, SigningKey, SigningKey];
const context = { chainId: 42161n, safe: SAFE, tx: TX, owners: OWNERS, otherSafes: [OTHER_SAFE] };

test("accepts the signature of an owner over this very transaction", () => {
  const { safeTxHash } = hashSafeTransaction(42161n, SAFE, TX);
  expect(requireOwnerSignature(sign(OWNER_KEY, safeTxHash), context).owner).toBe(OWNERS[0]);
  expect(requireOwnerSignature(signEthSign(OWNER_KEY, safeTxHash), { ...context, claimedOwner: ownerOf(OWNER_KEY) }).kind).toBe("eth-sign");
});

test.each([
  ["an earlier nonce", hashSafeTransaction(42161n, SAFE, { ...TX, nonce: 4n }).safeTxHash, /nonce 4 instead of 5/],
  ["a later nonce", hashSafeTransaction(42161n, SAFE, { ...TX, nonce: 9n }).safeTxHash, /nonce 9 instead of 5/],
  ["another chain", hashSafeTransaction(1n, SAFE, TX).safeTxHash, /chain 1 instead of 42161/],
  ["another Safe", hashSafeTransaction(42161n, OTHER_SAFE, TX).safeTxHash, /the Safe 0x41675C/],
  ["another Safe at another nonce", hashSafeTransaction(42161n, OTHER_SAFE, { ...TX, nonce: 2n }).safeTxHash, /the Safe 0x41675C.* at nonce 2/],
  ["the delegatecall twin", hashSafeTransaction(42161n, SAFE, { ...TX, operation: 1 }).safeTxHash, /as a delegatecall/],
  ["the message hash alone", hashSafeTransaction(42161n, SAFE, TX).messageHash, /message hash alone/],
])("says what a signature of %s was made for", (_what, hash, message) => {
  expect(() => requireOwnerSignature(sign(OWNER_KEY, hash), context)).toThrow(message);
  expect(() => requireOwnerSignature(sign(OWNER_KEY, hash), { ...context, claimedOwner: ownerOf(OWNER_KEY) })).toThrow(message);
});

test("tells an eth_sign signature that is marked as EIP-712", () => {
  const { safeTxHash } = hashSafeTransaction(42161n, SAFE, TX);
  const data = signEthSign(OWNER_KEY, safeTxHash);
  const mislabelled = withLastByte(data, Number.parseInt(data.slice(-2), 16) - 4);
  expect(() => requireOwnerSignature(mislabelled, { ...context, claimedOwner: ownerOf(OWNER_KEY) })).toThrow(/eth_sign although it says otherwise/);
});

test("refuses a signer that is not an owner", async () => {
  const { safeTxHash } = hashSafeTransaction(42161n, SAFE, TX);
  const data = sign(STRANGER_KEY, safeTxHash);
  expect(await refusalOf(() => requireOwnerSignature(data, context))).toBe("LPCTL_SAFE_SIGNER_NOT_OWNER");
  expect(await refusalOf(() => requireOwnerSignature(data, { ...context, claimedOwner: ownerOf(STRANGER_KEY) }))).toBe("LPCTL_SAFE_SIGNER_NOT_OWNER");
});

test("refuses a signature that is not of the one said to have signed", async () => {
  const { safeTxHash } = hashSafeTransaction(42161n, SAFE, TX);
  expect(await refusalOf(() => requireOwnerSignature(sign(STRANGER_KEY, safeTxHash), { ...context, claimedOwner: ownerOf(OWNER_KEY) }))).toBe("LPCTL_SAFE_SIGNATURE_FOREIGN");
});
