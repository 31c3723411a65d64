import { expect, test } from "vitest";
import { CHANGE_KINDS, type Policy } from "../../../src/protocol/policy.ts";
import { evidenceSchema } from "../../../src/simulation/evidence/evidence.ts";

/** Every key that a policy can have: one that evidence cannot hold makes a file that nobody can read again. */
const policy: Required<{ [Key in keyof Policy]: NonNullable<Policy[Key]> }> = {
  refuse: ["no-delay"],
  later: ["traffic-not-replayed"],
  allow: [{ finding: "poll-missing", proposal: "001-change", reason: "the council agreed on it" }],
  minimumDelayBlocks: 20n,
  requires: { vote: "poll", rules: "lip-16", for: CHANGE_KINDS },
  acting: true,
  secondDevice: true,
};

test("evidence holds whatever a policy can say", () => {
  const { settings } = evidenceSchema.shape;
  const plain = { ...policy, minimumDelayBlocks: "20" };
  expect(settings.safeParse({ controller: null, sources: [], policy: plain }).error).toBeUndefined();
  expect(settings.safeParse({ controller: null, sources: [], policy: { ...plain, requires: { ...policy.requires, rules: "whatever" } } }).success).toBe(false);
});
