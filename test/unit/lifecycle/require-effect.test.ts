import { expect, test } from "vitest";
import { requireEffect } from "../../../src/lifecycle/create-proposal.ts";
import { postconditions } from "../../../src/proposal/conditions.ts";
import type { Intent } from "../../../src/proposal/intent.ts";

const CONTROLLER = "0x00000000000000000000000000000000000000c0";
const pause: Intent = { kind: "pause", controller: CONTROLLER };
const plain: Intent = { kind: "calls", calls: [{ to: "0x00000000000000000000000000000000000000aa", data: "0x12345678", valueWei: 0n }] };

/** Of a proposal on a chain where all that can be read is as it should be already. */
function settled(...intents: Intent[]): Parameters<typeof requireEffect>[0] {
  const found = postconditions(intents);
  return { title: "Stop it", network: "local", intents, preconditions: found, postconditions: found };
}

test("what is so already is not proposed", () => {
  expect(() => requireEffect(settled(pause))).toThrow(expect.objectContaining({ code: "LPCTL_PROPOSAL_NOTHING_TO_DO" }) as Error);
});

test("plain calls are proposed, also beside something that is so already", () => {
  expect(() => requireEffect(settled(plain, pause))).not.toThrow();
  expect(() => requireEffect(settled(plain))).not.toThrow();
});

test("what is not so yet is proposed", () => {
  expect(() => requireEffect({ ...settled(pause), preconditions: [] })).not.toThrow();
});
