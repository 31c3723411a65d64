import fc from "fast-check";
import { expect, test } from "vitest";
import { isPrintable, printable, printableLines } from "../../src/protocol/printable.ts";

/** Text as an attacker writes it: any code unit, and the sequences terminals act upon. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
      fc.constantFrom("\u001b[31m", "\u001b]0;title\u0007", "\u001b]8;;http://x\u001b\\", "\u009b2J", "\u001bc", "\u202e", "\u2066", "\u200b", "\ufeff", "\r", "\u0008", "\u001b[?1049h", "\u2028", "\u{e0041}"),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

// Everything a terminal or a bidirectional renderer acts upon.
const DANGEROUS = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e01ef}\p{Cs}]/u;

test("no text, however hostile, keeps a character that a terminal acts upon", () => {
  fc.assert(fc.property(hostile, (text) => !DANGEROUS.test(printable(text))), { numRuns: 2000 });
});

test("text that is safe to show is shown as it is, so showing twice changes nothing", () => {
  fc.assert(fc.property(hostile, (text) => isPrintable(printable(text)) && printable(printable(text)) === printable(text)), { numRuns: 1000 });
});

test("ordinary text comes back unchanged", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => printable(text) === text));
  for (const text of ["JobsManager", "0.5 % für alle", "投票", "naïve café", "1 → 2", "a\\u{1b}b"]) expect(printable(text)).toBe(text);
});

test("what was hidden becomes visible", () => {
  expect(printable("ok\u001b[32m\u001b]0;owned\u0007")).toMatchInlineSnapshot(`"ok␛([32m)␛(]0;owned)"`);
  expect(printable("abc\u202egnp.exe")).toMatchInlineSnapshot(`"abc\\u{202e}gnp.exe"`);
  expect(printable("Jobs\u200bManager\r\n")).toMatchInlineSnapshot(`"Jobs\\u{200b}Manager\\u{d}\\u{a}"`);
});

test("lines stay lines where a text has several", () => {
  expect(printableLines("one\r\ntwo\u001b[1m")).toBe("one\ntwo␛([1m)");
});
