import { afterEach, expect, test, vi } from "vitest";
import { formatChange } from "../../../src/cli/format-proposal.ts";
import { setOutputMode, outputMode, writeNote, writeReview } from "../../../src/cli/output.ts";
import { formatBundleCalls } from "../../../src/cli/format-bundle.ts";
import { ZERO_HASH, type Address, type Hex } from "../../../src/protocol/hex.ts";
import { createBundle } from "../../../src/safe/bundle.ts";
import { packCalls, type BatchCall } from "../../../src/safe/multisend.ts";
import { address, exampleProposal, PROXY, SET_RATE, UPGRADE } from "../proposal/example-proposal.ts";

const before = outputMode();
afterEach(() => {
  vi.restoreAllMocks();
  setOutputMode(before);
});

test("what is about to be sent is told from intents and bytes, not from the title", () => {
  const proposal = exampleProposal([SET_RATE], { title: "A harmless title" });
  const text = formatChange(proposal, "stderr");
  expect(text).toContain("Set JobsManager.verificationRate to 1 in 500 (500)");
  expect(text).toContain(PROXY);
  expect(text).toContain("setVerificationRate(uint64)");
  expect(text).not.toContain(proposal.title);
});

test("an upgrade's initializer is part of what is told", () => {
  const proposal = exampleProposal([{ ...UPGRADE, proxy: { kind: "uups", address: PROXY }, initializer: "0x8129fc1c" }]);
  expect(formatChange(proposal, "stderr")).toMatch(/Upgrade JobsManager .* and call it with 0x8129fc1c/);
});

test("what is dangerous about a Safe transaction stands behind a long list of calls too", () => {
  const safe = { address: address("5afe"), version: "1.4.1" as const, singletonCodeHash: ZERO_HASH, proxyCodeHash: ZERO_HASH };
  const harmless = { to: PROXY, valueWei: 0n, data: "0x" as const };
  const shown = (...calls: BatchCall[]): string[] => formatBundleCalls(createBundle({ chainId: 1n, safe, proposalId: null, transaction: packCalls(calls, { version: "1.4.1", nonce: 0n }) })).split("\n");
  const dangerous: [Hex, Address, RegExp][] = [["0x694e80c3", safe.address, /changes the Safe itself/], ["0xd4d9bdcd", PROXY, /only the hash/], ["0x6a761202", PROXY, /another Safe act/]];
  for (const [data, to, expected] of dangerous) {
    const lines = shown({ to, valueWei: 0n, data }, ...Array.from({ length: 200 }, () => harmless));
    expect(lines[2]).toMatch(expected);
    expect(lines.slice(-2)).toEqual(["  201 calls in all", expect.stringMatching(expected)]);
  }
  expect(shown(harmless, harmless).filter((line) => line.startsWith("!"))).toEqual([]);
});

test("--quiet hides notes, never what is about to be signed", () => {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  setOutputMode({ ...before, quiet: true, json: false });
  writeNote("a note");
  writeReview("the hash");
  expect(written.join("")).toBe("the hash\n");
});
