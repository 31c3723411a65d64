import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address, Hex } from "../../../src/protocol/hex.ts";
import { loadBundle, writeBundle } from "../../../src/safe/bundle-file.ts";
import { addSignature, createBundle, formatBundle, mergeBundles, parseBundle } from "../../../src/safe/bundle.ts";
import type { SafeBundle } from "../../../src/safe/bundle.ts";
import { mergeIntoFile } from "../../../src/safe/merge-into-file.ts";
import { PROXY_CODE_HASHES, officialContract } from "../../../src/safe/safe-contracts.ts";
import { approvedHashSignature, contractSignature } from "../../../src/safe/signature.ts";
import { SAFE_TX_TYPES, safeDomain, safeTransaction, safeTransactionMessage } from "../../../src/safe/transaction.ts";
import { refusalOf, testSigner } from "./local-safe.ts";

const SAFE: Address = "0x4e1DCf7AD4e460CfD30791CCC4F9c8a4f820ec67";
const [singletonCodeHash] = officialContract("SafeL2", "1.4.1").codeHashes as [Hex];
const transaction = safeTransaction({ to: SAFE, valueWei: 10n ** 30n, data: "0x12345678", operation: 0, nonce: 5n });
const empty = createBundle({ chainId: 42161n, safe: { address: SAFE, version: "1.4.1", singletonCodeHash, proxyCodeHash: PROXY_CODE_HASHES["1.4.1"] }, proposalId: "0xabc", transaction });
const owners = ["one", "two", "three"].map(testSigner);
const signatures = await Promise.all(
  owners.map(async (owner) => ({ owner: owner.address, kind: "eip712" as const, data: await owner.signTypedData(safeDomain(42161n, SAFE), SAFE_TX_TYPES, safeTransactionMessage(transaction)) })),
);
const signedBy = (...indexes: number[]): SafeBundle => indexes.reduce((bundle, index) => addSignature(bundle, signatures[index] ?? approvedHashSignature(SAFE)), empty);
const full = signedBy(0, 1);
const edit = (change: (file: Record<string, unknown>) => void, bundle = full): string => {
  const file = JSON.parse(formatBundle(bundle)) as Record<string, unknown>;
  change(file);
  return JSON.stringify(file);
};

test("a bundle comes back from its file, and the same bundle is always the same bytes", () => {
  expect(parseBundle(formatBundle(full))).toEqual(full);
  expect(formatBundle(signedBy(1, 0))).toBe(formatBundle(full));
  expect(formatBundle(full)).not.toMatch(/e\+/);
});

test("signing keeps the id", () => {
  expect(full.id).toBe(empty.id);
});

test("merging is a union: any order, any grouping, any repetition ends the same", () => {
  fc.assert(
    fc.property(fc.array(fc.subarray([0, 1, 2]), { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.nat()), (sets, dice) => {
      const bundles = sets.map((set) => signedBy(...set));
      const [first, ...rest] = bundles;
      const shuffled = bundles.map((bundle) => ({ bundle, at: dice.next().value as number })).toSorted((a, b) => a.at - b.at).map(({ bundle }) => bundle);
      const [other, ...others] = shuffled;
      if (first === undefined || other === undefined) throw new Error("at least one");
      const merged = mergeBundles(first, ...rest);
      expect(mergeBundles(other, ...others)).toEqual(merged);
      expect(mergeBundles(merged, merged)).toEqual(merged);
      expect(merged).toEqual(signedBy(...new Set(sets.flat())));
    }),
    { numRuns: 30 },
  );
});

test("the union is the same in any order also where some signed blind, and some are only said to have approved", () => {
  const forms = signatures.flatMap((signature) => [signature, { ...signature, blind: true as const }, approvedHashSignature(signature.owner), contractSignature(signature.owner, "0x1234")]);
  fc.assert(
    fc.property(fc.shuffledSubarray(forms, { minLength: 1 }), fc.shuffledSubarray(forms), (one, two) => {
      const [left, right] = [one, two].map((list) => list.reduce((bundle, signature) => addSignature(bundle, signature), empty));
      if (left === undefined || right === undefined) throw new Error("two");
      const merged = mergeBundles(left, right);
      expect(formatBundle(mergeBundles(right, left))).toBe(formatBundle(merged));
      const owners = merged.signatures.map(({ owner }) => owner);
      expect(new Set(owners).size).toBe(owners.length);
      for (const signature of [...one, ...two].filter(({ kind }) => kind === "eip712")) {
        const kept = merged.signatures.find(({ owner }) => owner === signature.owner);
        expect(kept).toEqual([...one, ...two].some((each) => each.owner === signature.owner && each.kind === "eip712" && !("blind" in each)) ? signatures.find(({ owner }) => owner === signature.owner) : { ...signature, blind: true });
      }
    }),
    { numRuns: 15 },
  );
});

test("merging keeps one signature for each owner, whichever comes first", () => {
  const [one] = owners;
  const approved = addSignature(empty, approvedHashSignature(one?.address ?? SAFE));
  expect(mergeBundles(approved, full)).toEqual(mergeBundles(full, approved));
});

test("an approval that somebody claims for an owner does not keep the owner's signature out", () => {
  const [one] = owners;
  const claimed = addSignature(empty, approvedHashSignature(one?.address ?? SAFE));
  const [signature] = signatures;
  if (signature === undefined) throw new Error("there are signatures");
  expect(addSignature(claimed, signature).signatures).toEqual([signature]);
  expect(addSignature(addSignature(empty, signature), approvedHashSignature(signature.owner)).signatures).toEqual([signature]);
});

test("a mark of blind signing travels with the signature, and yields to the same signature without it", () => {
  const [signature] = signatures;
  if (signature === undefined) throw new Error("there are signatures");
  const blind = addSignature(empty, { ...signature, blind: true });
  expect(parseBundle(formatBundle(blind)).signatures).toEqual([{ ...signature, blind: true }]);
  const reviewed = addSignature(empty, signature);
  expect(formatBundle(mergeBundles(blind, reviewed))).toBe(formatBundle(reviewed));
  expect(formatBundle(mergeBundles(reviewed, blind))).toBe(formatBundle(reviewed));
  expect(blind.id).toBe(reviewed.id);
});

test("refuses to merge bundles of different transactions", async () => {
  const later = createBundle({ ...empty, transaction: { ...transaction, nonce: 6n } });
  expect(await refusalOf(() => mergeBundles(full, later))).toBe("LPCTL_BUNDLE_DIFFERENT");
});

test("refuses a file that is cut off anywhere", async () => {
  const text = formatBundle(full).trimEnd();
  for (let length = 0; length < text.length; length += 37) expect(await refusalOf(() => parseBundle(text.slice(0, length)))).toBe("LPCTL_BUNDLE_NOT_JSON");
});

test.each([
  ["an unknown schema", edit((file) => (file["schema"] = 2)), "LPCTL_BUNDLE_UNKNOWN_SCHEMA"],
  ["no schema", edit((file) => delete file["schema"]), "LPCTL_BUNDLE_INVALID"],
  ["another chain", edit((file) => (file["chainId"] = "1")), "LPCTL_BUNDLE_EDITED"],
  ["a chain id that is a number", edit((file) => (file["chainId"] = 42161)), "LPCTL_BUNDLE_INVALID"],
  ["another proposal", edit((file) => (file["proposalId"] = "0xdef")), "LPCTL_BUNDLE_EDITED"],
  ["another id", edit((file) => (file["id"] = `0x${"11".repeat(32)}`)), "LPCTL_BUNDLE_EDITED"],
  ["another nonce", edit((file) => ((file["transaction"] as Record<string, unknown>)["nonce"] = "6")), "LPCTL_BUNDLE_EDITED"],
  ["a delegatecall", edit((file) => ((file["transaction"] as Record<string, unknown>)["operation"] = 1)), "LPCTL_BUNDLE_EDITED"],
  ["another hash", edit((file) => ((file["hashes"] as Record<string, unknown>)["safeTxHash"] = `0x${"11".repeat(32)}`)), "LPCTL_BUNDLE_EDITED"],
  ["an unsupported Safe", edit((file) => ((file["safe"] as Record<string, unknown>)["version"] = "1.1.1")), "LPCTL_BUNDLE_INVALID"],
  ["a field too many", edit((file) => (file["note"] = "hello")), "LPCTL_BUNDLE_INVALID"],
  ["a key given twice", formatBundle(full).replace('"chainId": "42161"', '"chainId": "1", "chainId": "42161"'), "LPCTL_BUNDLE_DUPLICATE_KEY"],
  ["a key given twice in two spellings", formatBundle(full).replace('"chainId": "42161"', '"chain\\u0049d": "1", "chainId": "42161"'), "LPCTL_BUNDLE_DUPLICATE_KEY"],
  ["__proto__", formatBundle(full).replace('"chainId": "42161"', '"__proto__": {}, "chainId": "42161"'), "LPCTL_BUNDLE_FORBIDDEN_KEY"],
  ["the signatures of two owners exchanged", edit((file) => (file["signatures"] = full.signatures.map((signature, index) => ({ ...signature, owner: full.signatures[1 - index]?.owner })))), "LPCTL_BUNDLE_BAD_SIGNATURE"],
  ["a signature with one digit changed", edit((file) => (file["signatures"] = full.signatures.map((signature) => ({ ...signature, data: signature.data.replace(/.{6}$/, (end) => (end.startsWith("0") ? `1${end.slice(1)}` : `0${end.slice(1)}`)) })))), "LPCTL_BUNDLE_BAD_SIGNATURE"],
  ["a false approval", edit((file) => (file["signatures"] = [{ owner: SAFE, kind: "approved-hash", data: approvedHashSignature("0x41675C099F32341bf84BFc5382aF534df5C7461a").data }])), "LPCTL_BUNDLE_BAD_SIGNATURE"],
  ["a mark of blind signing that is not one", edit((file) => (file["signatures"] = full.signatures.map((signature) => ({ ...signature, blind: false })))), "LPCTL_BUNDLE_INVALID"],
  ["no object", "[]", "LPCTL_BUNDLE_INVALID"],
  ["HTML", "<!doctype html>", "LPCTL_BUNDLE_NOT_JSON"],
])("refuses a file with %s", async (_what, text, code) => {
  const refusal = await refusalOf(() => parseBundle(text));
  expect(refusal === "LPCTL_SAFE_SIGNATURE_MALFORMED" ? "LPCTL_BUNDLE_BAD_SIGNATURE" : refusal).toBe(code);
});

test("keeps a contract's signature for the chain to judge", () => {
  const bundle = addSignature(empty, contractSignature(SAFE, "0x1234"));
  expect(parseBundle(formatBundle(bundle))).toEqual(bundle);
});

test("shows no escape sequence of a file in its refusal", async () => {
  const error: unknown = await Promise.resolve()
    .then(() => parseBundle('{"schema":"\u001b[31mred"}'.replace("\u001b", "\\u001b")))
    .catch((caught: unknown) => caught);
  expect(String(error)).not.toContain("\u001b");
});

test("loads what it wrote, replaces it in one step and leaves nothing beside it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-bundle-"));
  const path = join(folder, "bundle.json");
  await writeBundle(path, empty);
  await writeBundle(path, full);
  expect(await loadBundle(path)).toEqual(full);
  expect(await readdir(folder)).toEqual(["bundle.json"]);
  await writeFile(path, (await readFile(path, "utf8")).replace("42161", "1"));
  expect(await refusalOf(() => loadBundle(path))).toBe("LPCTL_BUNDLE_EDITED");
  await symlink("/dev/zero", join(folder, "endless.json"));
  expect(await refusalOf(() => loadBundle(join(folder, "endless.json")))).toBe("LPCTL_BUNDLE_INVALID");
  expect(await refusalOf(() => loadBundle(join(folder, "absent.json")))).toBe("LPCTL_BUNDLE_NOT_FOUND");
  expect(await refusalOf(() => writeBundle(join(folder, "no", "such", "folder.json"), full))).toBe("LPCTL_FILE_NOT_WRITTEN");
  await rm(folder, { recursive: true });
});

test("keeps the signatures of all who write into one file at once, and never writes over another transaction", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-bundle-"));
  try {
    const path = join(folder, "one.safe.json");
    await Promise.all([0, 1, 2].map((owner) => mergeIntoFile(path, signedBy(owner))));
    expect((await loadBundle(path)).signatures).toHaveLength(3);
    expect(await readdir(folder)).toEqual(["one.safe.json"]);
    const other = createBundle({ ...empty, transaction: { ...transaction, nonce: 99n } });
    expect(await refusalOf(() => mergeIntoFile(path, other))).toBe("LPCTL_BUNDLE_DIFFERENT");
    expect((await loadBundle(path)).signatures).toHaveLength(3);
  } finally {
    await rm(folder, { recursive: true });
  }
});
