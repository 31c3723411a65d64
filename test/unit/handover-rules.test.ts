import { expect, test } from "vitest";
import { Exit, LpctlError } from "../../src/errors.ts";
import { neededBy } from "../../src/handover/prepare/preparation.ts";
import { chooseRules, requireSensible } from "../../src/handover/prepare/rules.ts";
import { parseTarget } from "../../src/handover/target/parse-target.ts";

const NOW = { activeStakeWei: 10n ** 24n, nowSeconds: 1_800_000_000n, veto: undefined };
const GUARDIAN = "0x90F79bf6EB2c4f870365E785982E1f101E93b906";

function failureOf(run: () => unknown): LpctlError {
  try {
    run();
  } catch (error) {
    if (error instanceof LpctlError) return error;
    throw error;
  }
  throw new Error("expected a failure");
}

test.each([
  [{ quorum: "0%" }, "lets one vote decide"],
  [{ quorum: "100%" }, "hardly ever vote"],
  [{ quota: "100%" }, "can never be for something"],
  [{ quota: "49.9%" }, "a minority"],
  [{ minDelay: "0" }, "without a delay"],
  [{ minDelay: "400 days" }, "more than a year"],
  [{ votingPeriod: "0 rounds" }, "at least 1 round"],
  [{ votingDelay: "5000 rounds" }, "365 rounds"],
  [{ transcoderQuorum: "33" }, "33% (raw 330000) was probably meant"],
  [{ quorumNumerator: "150%" }, "out of bounds"],
  [{ proposalThreshold: "1000001 LPT" }, "more than all active stake"],
])("refuses rules that nobody could live with: %j", (typed, words) => {
  const failure = failureOf(() => requireSensible(chooseRules(typed as Record<string, string>), NOW));
  expect(failure).toMatchObject({ code: "LPCTL_HANDOVER_RULES_REFUSED", exit: Exit.refused });
  expect(JSON.stringify(failure.details)).toContain(words);
});

test.each([
  [1_800_000_000n + 3_600n, "ends before the first thing"],
  [1_800_000_000n + 200_000_000n, "five years"],
])("refuses a veto that ends at %i", (expiresAtSeconds, words) => {
  const failure = failureOf(() => requireSensible(chooseRules({}), { ...NOW, veto: { guardian: GUARDIAN, expiresAtSeconds } }));
  expect(failure.message).toContain(words);
});

test("takes the usual numbers, tells that nobody has a veto, and knows no others", () => {
  expect(requireSensible(chooseRules({}), NOW)).toEqual([expect.stringContaining("Nobody can veto")]);
  expect(failureOf(() => chooseRules({ quorun: "30%" })).next).toBe("Did you mean quorum?");
});

test("finds what a target needs by the names that it uses instead of addresses", () => {
  const needed = (text: string) => neededBy(parseTarget(text, "handover.yaml"));
  expect(needed("target: stake\n")).toEqual(["stake"]);
  expect(needed(`target: stake\nto: "${GUARDIAN}"\n`)).toEqual([]);
  expect(needed("target: stake\nthrough: DividedOwner\nparts: [{parameters: all}]\n")).toEqual(["stake", "divided"]);
  expect(needed("owners: {Minter: Governor}\n")).toEqual(["governor"]);
  expect(needed(`owners: {Minter: Governor}\ncontracts: {Governor: "${GUARDIAN}"}\n`)).toEqual([]);
});
