import { afterEach, expect, test, vi } from "vitest";
import { formatChange } from "../../../src/cli/format-proposal.ts";
import { setOutputMode, outputMode, writeNote, writeReview } from "../../../src/cli/output.ts";
import { exampleProposal, PROXY, SET_RATE, UPGRADE } from "../proposal/example-proposal.ts";

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

test("--quiet hides notes, never what is about to be signed", () => {
  const written: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => written.push(String(text)) > 0);
  setOutputMode({ ...before, quiet: true, json: false });
  writeNote("a note");
  writeReview("the hash");
  expect(written.join("")).toBe("the hash\n");
});
