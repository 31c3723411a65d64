import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { formatBundle, mergeBundles } from "../../../../src/safe/bundle.ts";
import { mergeFiles } from "../../../../src/lifecycle/exchange/merge-files.ts";
import { fileTransport } from "../../../../src/safe/transport/file.ts";
import { folderTransport } from "../../../../src/safe/transport/folder.ts";
import { refusalOf, testSigner } from "../local-safe.ts";
import { bundleAt, SAFE, signedBy } from "./bundles.ts";

const names = ["one", "two", "three", "four", "five", "six"];
const plain = bundleAt(5n);
const signed = await Promise.all(names.map((name) => signedBy(plain, name)));
const [byOne = plain, byTwo = plain] = signed;
const everything = mergeBundles(plain, ...signed);
const fileOf = (folder: string, hash = plain.hashes.safeTxHash): string => join(folder, `${hash}.json`);

let parent = "";
let folder = "";
beforeEach(async () => {
  parent = await mkdtemp(join(parent === "" ? tmpdir() : parent, "lpctl-transport-"));
  folder = join(parent, "shared");
});
afterAll(async () => {
  const top = new RegExp(`^.*?lpctl-transport-[^/]*`).exec(parent)?.[0];
  if (top !== undefined) await rm(top, { recursive: true });
});

test("people who write into one folder at once all find their signatures in it", async () => {
  const outcomes = await Promise.all(signed.map((bundle) => folderTransport(folder).push(bundle)));
  expect(outcomes.every(({ changed }) => changed)).toBe(true);
  expect(await readFile(fileOf(folder), "utf8")).toBe(formatBundle(everything));
  expect(await readdir(folder)).toEqual([`${plain.hashes.safeTxHash}.json`]);
  const [pulled] = await folderTransport(folder).pull(SAFE, 5n);
  expect(pulled).toMatchObject({ safeTxHash: plain.hashes.safeTxHash, findings: [], signatures: everything.signatures });
  expect(await folderTransport(folder).pull(SAFE, 6n)).toEqual([]);
});

test("pushing twice changes nothing, and says whose signatures arrived", async () => {
  const transport = folderTransport(folder);
  expect(await transport.push(byOne)).toMatchObject({ changed: true, signatures: [testSigner("one").address] });
  expect(await transport.push(mergeBundles(byOne, byTwo))).toMatchObject({ changed: true, signatures: [testSigner("two").address] });
  expect(await transport.push(byOne)).toMatchObject({ changed: false, signatures: [] });
});

test("takes both sides of a file that git could not merge, and heals it with the next signature", async () => {
  await mkdir(folder);
  const [ours, theirs] = [formatBundle(byOne), formatBundle(byTwo)].map((text) => text.split("\n"));
  const start = ours?.findIndex((line, index) => line !== theirs?.[index]) ?? 0;
  const end = (lines: string[] = []): number => lines.findIndex((line) => line.includes('"transaction"')) - 1;
  const part = (lines: string[] = []): string[] => lines.slice(start, end(lines));
  const conflict = [...(ours ?? []).slice(0, start), "<<<<<<< HEAD", ...part(ours), "||||||| base", "  {}", "=======", ...part(theirs), ">>>>>>> theirs", ...(ours ?? []).slice(end(ours))].join("\n");
  await writeFile(fileOf(folder), conflict);
  const [pulled] = await folderTransport(folder).pull(SAFE, 0n);
  expect(pulled).toMatchObject({ signatures: mergeBundles(byOne, byTwo).signatures, findings: [] });
  await folderTransport(folder).push(signed[2] ?? plain);
  expect(await readFile(fileOf(folder), "utf8")).toBe(formatBundle(mergeBundles(byOne, byTwo, signed[2] ?? plain)));
});

test("passes over strangers and refuses links, altered files and wrong names, without missing the rest", async () => {
  await folderTransport(folder).push(byOne);
  const outside = join(parent, "outside.json");
  await writeFile(outside, formatBundle(byTwo));
  const [linked, altered, misnamed, sub] = [7n, 8n, 9n, 10n].map((nonce) => bundleAt(nonce).hashes.safeTxHash);
  await symlink(outside, fileOf(folder, linked));
  await writeFile(fileOf(folder, altered), formatBundle(bundleAt(8n)).replace('"operation": 0', '"operation": 1'));
  await writeFile(fileOf(folder, misnamed), formatBundle(byTwo));
  await mkdir(fileOf(folder, sub));
  await writeFile(join(folder, "README.md"), "notes");
  await writeFile(join(folder, "notes.json"), "{}");
  const pulled = await folderTransport(folder).pull(SAFE, 0n);
  const codeOf = new Map(pulled.map(({ safeTxHash, findings }) => [safeTxHash, findings[0]?.code]));
  expect(pulled.filter(({ bundle }) => bundle !== null).map(({ bundle }) => bundle)).toEqual([byOne]);
  expect([linked, altered, misnamed, sub].map((hash) => codeOf.get(hash ?? "0x"))).toEqual(["transport-file-unsound", "transport-file-unsound", "transport-file-misnamed", "transport-file-unsound"]);
  expect(pulled).toHaveLength(5);
  const other = bundleAt(7n);
  expect(await refusalOf(() => folderTransport(folder).push(other))).toBe("LPCTL_BUNDLE_UNREADABLE");
  expect(await readFile(outside, "utf8")).toBe(formatBundle(byTwo));
});

test("a file where the folder should be is named, and nothing is lost", async () => {
  await writeFile(folder, "");
  expect(await refusalOf(() => folderTransport(folder).push(byOne))).toBe("LPCTL_TRANSPORT_FOLDER");
  expect(await refusalOf(() => folderTransport(folder).pull(SAFE, 0n))).toBe("LPCTL_TRANSPORT_FOLDER");
});

test("a file carries its transaction and no other", async () => {
  const path = join(parent, "one.json");
  const transport = fileTransport(path);
  expect(await transport.pull(SAFE, 0n)).toEqual([]);
  await transport.push(byOne);
  expect(await transport.push(byTwo)).toMatchObject({ changed: true, signatures: [testSigner("two").address] });
  expect((await transport.pull(SAFE, 0n))[0]?.signatures).toEqual(mergeBundles(byOne, byTwo).signatures);
  expect(await refusalOf(() => transport.push(bundleAt(6n)))).toBe("LPCTL_BUNDLE_OTHER_FILE");
});

test("merging files gives the same bytes in any order, into the first or into another", async () => {
  const paths = await Promise.all(signed.slice(0, 3).map(async (bundle, index) => {
    const path = join(parent, `${index}.json`);
    await writeFile(path, formatBundle(bundle));
    return path;
  }));
  const [a = "", b = "", c = ""] = paths;
  await mergeFiles([c, a, b], join(parent, "x.json"));
  await mergeFiles([a, b, c], undefined);
  expect(await readFile(a, "utf8")).toBe(await readFile(join(parent, "x.json"), "utf8"));
  expect((await mergeFiles([b, c], a)).added).toEqual([]);
  await writeFile(join(parent, "other.json"), formatBundle(bundleAt(6n)));
  expect(await refusalOf(() => mergeFiles([b], join(parent, "other.json")))).toBe("LPCTL_BUNDLE_OTHER_FILE");
  await expect(mergeFiles([b, join(parent, "other.json"), c], undefined)).rejects.toMatchObject({ code: "LPCTL_BUNDLE_DIFFERENT", exit: 3, why: expect.stringMatching(/1\.json, .*2\.json: 0x\w+ \(nonce 5, .*other\.json: 0x\w+ \(nonce 6/) as unknown });
});
