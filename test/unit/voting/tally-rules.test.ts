import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ZERO_ADDRESS } from "../../../src/protocol/hex.ts";
import type { TallyInput } from "../../../src/voting/tally/tally-input.ts";
import { tallyUnder } from "../../../src/voting/tally/tally-under.ts";
import { RULE_SETS, type RuleSetId } from "../../../src/voting/vote.ts";
import { account, cast, stake, tallyInput } from "./tally-fixtures.ts";

/** `for/against/abstain outcome`, or the code of the error. */
function counted(rules: RuleSetId, input: TallyInput): string {
  try {
    const { forWei, againstWei, abstainWei, outcome } = tallyUnder(rules, input);
    return `${forWei}/${againstWei}/${abstainWei} ${outcome}`;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** The input, and what each rule-set makes of it, in the order of RULE_SETS: lip-16, explorer, LivepeerGovernor, StakeGovernor, OpenZeppelin. */
interface Vector {
  what: string;
  input: TallyInput;
  expected: readonly [string, string, string, string, string];
}

const T = stake("T", { delegated: 1_000n, own: 700n, to: "T" });
const U = stake("U", { delegated: 400n, own: 400n, to: "U" });
const d = stake("d", { own: 300n, to: "T" });
const of4000 = { totalStakedWei: 4_000n, totalActiveStakeWei: 4_000n };

const vectors: readonly Vector[] = [
  {
    what: "1. a delegator overrides its transcoder, and a second transcoder carries the quorum",
    input: tallyInput(cast(["T", "for"], ["d", "against"], ["U", "for"]), [T, U, d], of4000),
    expected: ["1100/300/0 passed", "1100/300/0 passed", "1100/300/0 passed", "1100/300/0 passed", "1400/0/0 passed"],
  },
  {
    what: "2. the same without the second one: the quorum of 1,333.2 is missed",
    input: tallyInput(cast(["T", "for"], ["d", "against"]), [T, d], of4000),
    expected: ["700/300/0 invalid", "700/300/0 invalid", "700/300/0 invalid", "700/300/0 invalid", "1000/0/0 invalid"],
  },
  {
    what: "3. the delegator votes before its transcoder",
    input: tallyInput(cast(["d", "against"], ["T", "for"], ["U", "for"]), [T, U, d], of4000),
    expected: ["1100/300/0 passed", "1100/300/0 passed", "1100/300/0 passed", "1100/300/0 passed", "1400/0/0 passed"],
  },
  {
    what: "4. the transcoder never votes: the delegator counts all the same",
    input: tallyInput(cast(["d", "for"]), [T, d], { totalStakedWei: 800n, totalActiveStakeWei: 800n }),
    expected: ["300/0/0 passed", "300/0/0 passed", "300/0/0 passed", "300/0/0 passed", "0/0/0 invalid"],
  },
  {
    what: "5. a tie",
    input: tallyInput(cast(["U", "for"], ["V", "against"]), [U, stake("V", { delegated: 400n, own: 400n, to: "V" })]),
    expected: ["400/400/0 rejected", "400/400/0 rejected", "400/400/0 passed", "400/400/0 rejected", "400/400/0 rejected"],
  },
  {
    what: "6. the quorum is met to the unit",
    input: tallyInput(cast(["U", "for"]), [stake("U", { delegated: 3_333n, own: 3_333n, to: "U" })], { totalStakedWei: 10_000n, totalActiveStakeWei: 10_000n }),
    expected: ["3333/0/0 passed", "3333/0/0 invalid", "3333/0/0 passed", "3333/0/0 passed", "3333/0/0 passed"],
  },
  {
    what: "7. the quorum lies between two units: contracts round it down",
    input: tallyInput(cast(["U", "for"]), [stake("U", { delegated: 333n, own: 333n, to: "U" })]),
    expected: ["333/0/0 invalid", "333/0/0 invalid", "333/0/0 passed", "333/0/0 passed", "333/0/0 passed"],
  },
  {
    what: "8. half of the stake is with transcoders that are not active: the base differs",
    input: tallyInput(cast(["U", "for"]), [U], { totalStakedWei: 2_000n, totalActiveStakeWei: 1_000n }),
    expected: ["400/0/0 invalid", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed"],
  },
  {
    what: "9. a change of mind: the last vote of a poll, the first of a governor",
    input: tallyInput(cast(["U", "for"], ["U", "against"]), [U]),
    expected: ["0/400/0 rejected", "0/400/0 rejected", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed"],
  },
  {
    what: "10. a choice that nobody knows does not replace a vote",
    input: tallyInput(cast(["U", "for"], ["U", "unknown"]), [U]),
    expected: ["400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed"],
  },
  {
    what: "11. abstentions alone",
    input: tallyInput(cast(["U", "abstain"]), [U]),
    expected: ["0/0/0 invalid", "0/0/0 invalid", "0/0/400 passed", "0/0/400 rejected", "0/0/400 rejected"],
  },
  {
    what: "12. abstentions count towards a quorum, and in a poll they are no votes",
    input: tallyInput(cast(["U", "for"], ["V", "abstain"]), [stake("U", { delegated: 200n, own: 200n, to: "U" }), stake("V", { delegated: 300n, own: 300n, to: "V" })]),
    expected: ["200/0/0 invalid", "200/0/0 invalid", "200/0/300 passed", "200/0/300 passed", "200/0/300 passed"],
  },
  {
    what: "13. votes against count towards the quorum everywhere but in OpenZeppelin's",
    input: tallyInput(cast(["U", "for"], ["V", "against"]), [stake("U", { delegated: 300n, own: 300n, to: "U" }), stake("V", { delegated: 200n, own: 200n, to: "V" })]),
    expected: ["300/200/0 passed", "300/200/0 passed", "300/200/0 passed", "300/200/0 passed", "300/200/0 invalid"],
  },
  {
    what: "14. a delegator moved to another transcoder during the poll: the state of the end counts",
    input: tallyInput(cast(["T", "for"], ["e", "against"], ["U", "for"]), [stake("T", { delegated: 700n, own: 700n, to: "T" }), stake("U", { delegated: 700n, own: 400n, to: "U" }), stake("e", { own: 300n, to: "U" })]),
    expected: ["1100/300/0 passed", "1100/300/0 passed", "1100/300/0 passed", "1100/300/0 passed", "1400/0/0 passed"],
  },
  {
    what: "15. the transcoder unbonded everything: its delegators stay with somebody who is no transcoder",
    input: tallyInput(cast(["R", "for"], ["f", "against"]), [stake("R", { delegated: 400n, own: 0n }), stake("f", { own: 400n, to: "R" })]),
    expected: ["0/400/0 rejected", "0/400/0 rejected", "0/0/0 invalid", "0/0/0 invalid", "0/0/0 invalid"],
  },
  {
    what: "16. more was overridden than the transcoder has (dust), the transcoder votes first",
    input: tallyInput(cast(["D", "for"], ["U", "for"], ["g", "against"]), [stake("D", { delegated: 299n, own: 1n, to: "D" }), U, stake("g", { own: 300n, to: "D" })]),
    expected: ["LPCTL_TALLY_NEGATIVE_WEIGHT", "399/300/0 passed", "399/300/0 passed", "399/300/0 passed", "699/0/0 passed"],
  },
  {
    what: "17. the same, the transcoder votes last: its vote would revert",
    input: tallyInput(cast(["U", "for"], ["g", "against"], ["D", "for"]), [stake("D", { delegated: 299n, own: 1n, to: "D" }), U, stake("g", { own: 300n, to: "D" })]),
    expected: ["LPCTL_TALLY_NEGATIVE_WEIGHT", "399/300/0 passed", "400/300/0 passed", "400/300/0 passed", "699/0/0 passed"],
  },
  {
    what: "18. nobody voted",
    input: tallyInput([], []),
    expected: ["0/0/0 invalid", "0/0/0 invalid", "0/0/0 invalid", "0/0/0 invalid", "0/0/0 invalid"],
  },
  {
    what: "19. nobody voted, and nothing is staked",
    input: tallyInput([], [], { totalStakedWei: 0n, totalActiveStakeWei: 0n }),
    expected: ["0/0/0 rejected", "0/0/0 invalid", "0/0/0 passed", "0/0/0 rejected", "0/0/0 rejected"],
  },
  {
    what: "20. a vote after the deciding block",
    input: tallyInput([...cast(["U", "for"]), { ...cast(["U", "against"])[0]!, blockNumber: 101n }], [U]),
    expected: ["400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed"],
  },
  {
    what: "21. a vote without any stake",
    input: tallyInput(cast(["U", "for"], ["n", "against"]), [U, stake("n", {})]),
    expected: ["400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed"],
  },
  {
    what: "22. the poll's contract is destroyed: its logs count",
    input: { ...tallyInput(cast(["U", "for"]), [U]), vote: { ...tallyInput([], []).vote, destroyed: true } as TallyInput["vote"] },
    expected: ["400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed", "400/0/0 passed"],
  },
  {
    what: "23. a quota that no whole number meets: contracts round it down",
    input: tallyInput(cast(["U", "for"], ["V", "against"]), [stake("U", { delegated: 400n, own: 400n, to: "U" }), stake("V", { delegated: 401n, own: 401n, to: "V" })]),
    expected: ["400/401/0 rejected", "400/401/0 rejected", "400/401/0 passed", "400/401/0 rejected", "400/401/0 rejected"],
  },
];

describe.each(RULE_SETS.map((rules, index) => ({ rules, index })))("$rules", ({ rules, index }) => {
  test.each(vectors)("$what", ({ input, expected }) => {
    expect(counted(rules, input)).toBe(expected[index]);
  });
});

test("the guide has the same vectors", () => {
  const guide = readFileSync(join(import.meta.dirname, "../../../docs/guide/tally.md"), "utf8");
  const rows = [...guide.matchAll(/^\| (\d+) \| [^|]+ \| (.*) \|$/gm)].map(([, number = "", results = ""]) => [number, ...results.split(" | ")]);
  const own = vectors.map(({ what, expected }) => [what.split(".")[0], ...expected.map((result) => (result.startsWith("LPCTL") ? "no result" : result))]);
  expect(rows).toEqual(own);
});

describe("a row", () => {
  test("tells what was taken out of a transcoder's vote, and in which transaction it voted", () => {
    const [first, second] = tallyUnder("lip-16", tallyInput(cast(["T", "for"], ["d", "against"]), [T, d])).rows;
    expect([first, second].map((row) => row?.voter)).toEqual([account("T"), account("d")]);
    expect(first).toMatchObject({ weightWei: 1_000n, deductionWei: 300n, effectiveWei: 700n, choice: "for" });
    expect(second).toMatchObject({ delegate: account("T"), weightWei: 300n, deductionWei: 0n, effectiveWei: 300n });
  });

  test("is not made up for an account whose stake was not read", () => {
    expect(counted("lip-16", tallyInput(cast(["x", "for"]), []))).toBe("LPCTL_TALLY_ACCOUNT_MISSING");
    expect(counted("livepeer-governor", tallyInput(cast(["d", "for"]), [d]))).toBe("LPCTL_TALLY_ACCOUNT_MISSING");
  });
});

describe("the StakeGovernor", () => {
  test("needs transcoders that vote themselves, beside the quorum", () => {
    const input = tallyInput(cast(["d", "for"], ["U", "for"]), [T, U, d], { transcoderQuorumWei: 401n });
    const short = tallyUnder("stake-governor", input);
    expect([short.outcome, short.transcoders]).toEqual(["invalid", { castWei: 400n, requiredWei: 401n, reached: false }]);
    expect(tallyUnder("stake-governor", { ...input, transcoderQuorumWei: 400n }).outcome).toBe("passed");
  });

  test("does not count for that what delegators took out", () => {
    const result = tallyUnder("stake-governor", tallyInput(cast(["T", "for"], ["d", "for"]), [T, d], { transcoderQuorumWei: 701n }));
    expect(result.transcoders?.castWei).toBe(700n);
    expect(result.outcome).toBe("invalid");
  });
});

test("an abstain-only success is marked", () => {
  expect(tallyUnder("livepeer-governor", tallyInput(cast(["U", "abstain"]), [U]))).toMatchObject({ outcome: "passed", abstainOnly: true });
  expect(tallyUnder("livepeer-governor", tallyInput(cast(["U", "for"]), [U]))).toMatchObject({ abstainOnly: false });
});

test("a governor's token has the last word on weights", () => {
  const [address, bonded] = stake("U", { delegated: 400n, own: 400n, to: "U" });
  const result = tallyUnder("oz-governor", tallyInput(cast(["U", "for"]), [[address, { ...bonded, votesWei: 7n, delegate: ZERO_ADDRESS }]]));
  expect(result.forWei).toBe(7n);
});
