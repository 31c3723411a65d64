import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { getAddress } from "ethers";
import { afterAll, expect, it } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { loadRecipients } from "../../../src/genesis/recipients.ts";

const folder = mkdtempSync(join(tmpdir(), "lpctl-recipients-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ONE = `0x${"1a".repeat(20)}`;
const TWO = `0x${"2b".repeat(20)}`;

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function problemsIn(content: string): Promise<unknown> {
  const error = await loadRecipients(write("bad.txt", content)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LpctlError)) throw new Error("the file was accepted", { cause: error });
  expect(error.code).toBe("LPCTL_GENESIS_RECIPIENTS_INVALID");
  return error.details?.["problems"];
}

function addressesOf({ addresses, count }: { addresses: Uint8Array; count: number }): string[] {
  return Array.from({ length: count }, (_, index) => `0x${Buffer.from(addresses.subarray(index * 20, index * 20 + 20)).toString("hex")}`);
}

it("reads addresses with and without 0x, comments, blank lines, Windows line ends, and no newline at the end", async () => {
  const loaded = await loadRecipients(write("mixed.txt", `\uFEFF# snapshot at block 5264265\r\n${ONE}\r\n\n  ${TWO.slice(2).toUpperCase()}\t# the second\n${getAddress(ONE)}`));
  expect(addressesOf(loaded)).toEqual([ONE, TWO, ONE]);
  expect([0, 1, 2].map((position) => loaded.lineOf(position))).toEqual([2, 4, 5]);
});

it("reads a packed file", async () => {
  const loaded = await loadRecipients(write("packed.txt.gz", gzipSync(`${ONE}\n${TWO}\n`)));
  expect(addressesOf(loaded)).toEqual([ONE, TWO]);
});

it("keeps every address of a list that is longer than its first piece of memory", async () => {
  const many = Array.from({ length: 40_000 }, (_, index) => `0x${(index + 1).toString(16).padStart(40, "0")}`);
  const loaded = await loadRecipients(write("many.txt", many.join("\n")));
  expect(addressesOf(loaded)).toEqual(many);
  expect(loaded.lineOf(39_999)).toBe(40_000);
});

it("names line and column of what is no address", async () => {
  expect(await problemsIn(`${ONE}\n${ONE.slice(0, -1)}\n ${ONE.slice(0, 10)}g${ONE.slice(11)}\n0x${"0".repeat(40)}\n${ONE},5\n`)).toEqual([
    { line: 2, column: 1, problem: "39 digits, an address has 40" },
    { line: 3, column: 12, problem: "not a hexadecimal digit" },
    { line: 4, column: 1, problem: "the zero address" },
    { line: 5, column: 43, problem: "not a hexadecimal digit" },
  ]);
});

it("believes mixed case only with its checksum", async () => {
  const checksummed = getAddress(ONE);
  const [letter = ""] = /[a-f]/i.exec(checksummed.slice(2)) ?? [];
  const at = checksummed.indexOf(letter, 2);
  const flipped = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
  expect(await problemsIn(`${checksummed.slice(0, at)}${flipped}${checksummed.slice(at + 1)}\n`)).toEqual([{ line: 1, column: 1, problem: "its checksum is wrong (EIP-55)" }]);
});

it("shows the first problems of a file that is something else, and counts them all", async () => {
  const error = await loadRecipients(write("other.txt", "not an address\n".repeat(1000))).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ why: expect.stringMatching(/^1000 lines are wrong; also\n2:1 not a hexadecimal digit\n(.*\n){3}and 995 more$/) as unknown, details: { problemCount: 1000 } });
  expect((error as LpctlError).details?.["problems"]).toHaveLength(20);
});

it("refuses a line without end, a packed file that is none, an empty file and one that is not there", async () => {
  expect(await problemsIn("1".repeat(1_000_000))).toHaveLength(1);
  await expect(loadRecipients(write("plain.gz", `${ONE}\n`))).rejects.toMatchObject({ code: "LPCTL_GENESIS_RECIPIENTS_UNREADABLE" });
  await expect(loadRecipients(write("empty.txt", "# nobody\n"))).rejects.toMatchObject({ code: "LPCTL_GENESIS_RECIPIENTS_INVALID" });
  await expect(loadRecipients("/dev/zero")).rejects.toMatchObject({ code: "LPCTL_GENESIS_RECIPIENTS_UNREADABLE", why: "It is a pipe or a device, and no file." });
  await expect(loadRecipients(join(folder, "absent.txt"))).rejects.toMatchObject({ code: "LPCTL_GENESIS_RECIPIENTS_UNREADABLE" });
});
