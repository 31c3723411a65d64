import fc from "fast-check";
import { encode } from "uqr";
import { expect, test } from "vitest";
import { decodeBase45, encodeBase45 } from "../../../../src/safe/transport/base45.ts";
import { formatQrParts, hasQrParts, parseQrParts } from "../../../../src/safe/transport/qr.ts";
import { drawQr, largestCode } from "../../../../src/safe/transport/qr-picture.ts";
import { refusalOf } from "../local-safe.ts";
import { bundleAt, signedBy } from "./bundles.ts";

const bundle = await signedBy(bundleAt(5n, "0x" + "5ce8dc9f".repeat(60)), "one", "two");

test("base45 gives back any bytes, and is what RFC 9285 says", () => {
  expect(encodeBase45(Buffer.from("AB"))).toBe("BB8");
  expect(encodeBase45(Buffer.from("Hello!!"))).toBe("%69 VD92EX0");
  expect(Buffer.from(decodeBase45("QED8WEX0") ?? []).toString()).toBe("ietf!");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(decodeBase45(encodeBase45(bytes))).toEqual(bytes);
    }),
  );
});

test.each(["GGW0", "A", "::::::", "ab0"])("base45 refuses %j, which no bytes give", (text) => {
  expect(decodeBase45(text)).toBeUndefined();
});

test("a bundle comes back from its parts in any order, repeated, broken into lines and with remarks in between", () => {
  fc.assert(
    fc.property(fc.integer({ min: 80, max: 900 }), fc.infiniteStream(fc.nat()), fc.integer({ min: 20, max: 90 }), (size, dice, width) => {
      const parts = formatQrParts({ kind: "bundle", bundle }, size);
      const shuffled = [...parts, parts[0] ?? ""].map((part) => ({ part, at: dice.next().value as number })).toSorted((a, b) => a.at - b.at);
      const text = shuffled.map(({ part }) => part.replaceAll(new RegExp(`(.{${width}})`, "g"), "$1\r\n")).join("\n-- scanned --\n");
      expect(parseQrParts(text)).toEqual({ kind: "bundle", bundle });
    }),
    { numRuns: 15 },
  );
});

test("signatures travel back alone, in one code that fits a terminal", async () => {
  const content = { kind: "signatures" as const, safeTxHash: bundle.hashes.safeTxHash, signatures: bundle.signatures.slice(0, 1) };
  const parts = formatQrParts(content, largestCode(80, 45));
  expect(parts).toHaveLength(1);
  expect(parseQrParts(parts.join())).toEqual(content);
  const picture = (await drawQr(parts[0] ?? "")).split("\n");
  expect(picture.length).toBeLessThanOrEqual(43);
  expect(Math.max(...picture.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("every part is alphanumeric to a QR encoder and fits into the code that was promised", () => {
  for (const [columns, rows] of [[41, 24], [80, 50], [120, 70]] as const) {
    for (const part of formatQrParts({ kind: "bundle", bundle }, largestCode(columns, rows))) {
      // In byte mode it would take a larger version, and throw here.
      expect(encode(part, { ecc: "L", border: 2, maxVersion: Math.max(6, Math.floor((columns - 21) / 4)) }).size).toBeLessThanOrEqual(Math.max(45, columns));
    }
  }
});

test("names the parts that are missing", async () => {
  const parts = formatQrParts({ kind: "bundle", bundle }, 120);
  expect(parts.length).toBeGreaterThan(3);
  expect(() => parseQrParts(parts.filter((_, index) => index !== 1 && index !== 2).join("\n"))).toThrow(/missing: 2, 3$/);
  expect(await refusalOf(() => parseQrParts(parts.slice(1).join("\n")))).toBe("LPCTL_QR_PARTS_MISSING");
});

test("a part with one character changed is a missing part, never another transaction", () => {
  const parts = formatQrParts({ kind: "bundle", bundle }, 200);
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom(..."0123456789ABCDEF $:"), (at, character) => {
      const text = parts.join("\n");
      const place = at % text.length;
      const changed = `${text.slice(0, place)}${character}${text.slice(place + 1)}`;
      try {
        expect(parseQrParts(changed)).toEqual({ kind: "bundle", bundle });
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^LPCTL_QR_/) as unknown });
      }
    }),
    { numRuns: 60 },
  );
});

test("refuses the parts of two transactions, and a text without any", async () => {
  const other = formatQrParts({ kind: "bundle", bundle: bundleAt(6n) }, 200);
  const parts = formatQrParts({ kind: "bundle", bundle }, 200);
  expect(await refusalOf(() => parseQrParts([...parts, ...other].join("\n")))).toBe("LPCTL_QR_MIXED");
  expect(await refusalOf(() => parseQrParts("LPCTL1/hello"))).toBe("LPCTL_QR_NOT_FOUND");
  expect(hasQrParts("{}")).toBe(false);
  expect(hasQrParts(parts.join("\n"))).toBe(true);
  expect(await refusalOf(() => parseQrParts(`${parts[0]?.slice(0, 90)}`))).toBe("LPCTL_QR_DAMAGED");
});
