import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { reproduceProposal } from "../../src/lifecycle/reproduce-proposal.ts";
import { proofOf, rehearse } from "./rehearse.ts";

test("a policy keeps a proposal from being signed until a poll has passed", { timeout: 240_000 }, async () => {
  const result = await rehearse("poll");
  expect(result.proposals).toHaveLength(1);
  expect(proofOf(result, "before there is a poll")).toContain("poll-missing");
  expect(proofOf(result, "without a proposal")).toContain("poll-missing");
  expect(proofOf(result, "while the poll is open")).toContain("poll-running");
  expect(proofOf(result, "decides the poll")).toBe("2400 LPT for and 1000 LPT against; without the override 600 LPT for and 2800 LPT against");

  // What was voted on is kept beside what was signed, and the signed report comes out of its evidence again, the poll with it.
  const folder = join(result.folder, "proposals/rehearsal", result.proposals[0]?.name ?? "");
  expect(readdirSync(folder).filter((name) => name.startsWith("evidence"))).toEqual([expect.stringMatching(/^evidence-0x[0-9a-f]{8}\.json\.gz$/), "evidence.json.gz"]);
  const { equal, trusted } = await reproduceProposal(join(folder, "evidence.json.gz"), { recompile: false });
  expect(equal).toBe(true);
  expect(trusted.find(({ what }) => what === "machine")?.detail).toContain("which polls name the proposal");
});

test("a parameter goes through a binding vote in which delegators override their transcoder", { timeout: 240_000 }, async () => {
  const result = await rehearse("vote");
  expect(result.proposals).toHaveLength(1);
  expect(proofOf(result, "the tally is the contract's")).toMatch(/^[\d.]+\.\d{18} LPT for, [\d.]+ LPT against, [\d.]+ LPT abstain; transcoders [\d.]+ LPT of the [\d.]+ LPT that they must cast$/);
  expect(proofOf(result, "shown what it takes")).toMatch(/^[\d.]+ LPT from 0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc, which voted against$/);
});

test("votes come to nothing in every way there is, and what only should is said aloud", { timeout: 240_000 }, async () => {
  const result = await rehearse("failed-votes");
  expect(proofOf(result, "misses the quorum")).toMatch(/^defeated under stake-governor: 100 LPT for, 0 LPT against/);
  expect(proofOf(result, "transcoders must vote too")).toContain("transcoders cast 0 LPT of");
  expect(proofOf(result, "the same tie succeeds")).toMatch(/^succeeded under livepeer-governor: 1000 LPT for, 1000 LPT against/);
  expect(proofOf(result, "the same abstentions succeed")).toContain("only abstentions");
  expect(proofOf(result, "queued and vetoed")).toContain("it was vetoed");
  expect(proofOf(result, "nobody queues lapses")).toMatch(/^expired 30 rounds after/);
});
