import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { LpctlError } from "../../../src/errors.ts";
import { BUCKETS } from "../../../src/genesis/genesis-file.ts";
import { parseGenesisFile } from "../../../src/genesis/parse-genesis-file.ts";
import { ALICE, changed, exampleText, SMALL, withMerkleMine } from "./genesis-text.ts";

const LPT = 10n ** 18n;
const YEAR = 31_536_000n;

/** What a text is refused with: its first place, and every problem with its own. */
function problemsOf(text: string): string[] {
  try {
    parseGenesisFile(text, "genesis.yaml");
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    expect(error).toMatchObject({ code: "LPCTL_GENESIS_FILE_MALFORMED", exit: 2 });
    const problems = error.details?.["problems"] as { line: number; column: number; problem: string }[];
    expect(error.message).toBe(`genesis.yaml:${problems[0]?.line}:${problems[0]?.column} is not a valid genesis file.`);
    return problems.map(({ line, column, problem }) => `${line}:${column} ${problem}`);
  }
  return [];
}

describe("a genesis file", () => {
  test("is read to the wei and to the second", () => {
    const { file, textOf } = parseGenesisFile(SMALL, "genesis.yaml");
    expect(file.allocations).toEqual({ total: 100n * LPT, crowd: 40n * LPT, company: (21n * LPT) / 2n, team: 30n * LPT, investors: 19n * LPT, community: LPT / 2n });
    expect(file.grants.team[0]).toEqual({ receiver: ALICE, amountWei: 10n * LPT, cliffSeconds: YEAR, durationSeconds: 3n * YEAR });
    expect(file.grants.team[1]?.durationSeconds).toBe(94_608_000n);
    expect(file.grants.investors[0]?.durationSeconds).toBe(47_304_000n);
    expect(file.distribution).toEqual({ kind: "faucet", requestAmountWei: 10n * LPT, requestWaitHours: 1n });
    expect(file.parameters["JobsManager.verificationRate"]).toEqual({ value: 1000n, form: "human" });
    expect(file.parameters["BondingManager.numActiveTranscoders"]).toEqual({ value: 10n, form: "raw" });
    expect(textOf(["grants", "investors", 0, "duration"])).toBe("1.5 years");
  });

  test("knows a MerkleMine by its end or by its period", () => {
    const byPeriod = parseGenesisFile(withMerkleMine(), "genesis.yaml").file.distribution;
    expect(byPeriod).toEqual({
      kind: "merkle-mine",
      recipientsPath: "recipients.txt",
      tree: "complete",
      genesisBlock: 900n,
      balanceThresholdWei: LPT / 10n,
      callerAllocationStartBlock: 500_000n,
      callerAllocationEndBlock: 3_000_000n,
    });
    const byEnd = withMerkleMine().replace("callerAllocationPeriod: 2500000 blocks", "callerAllocationEndBlock: 3000000");
    expect(parseGenesisFile(byEnd, "genesis.yaml").file.distribution).toEqual(byPeriod);
  });

  test("never goes through a float", () => {
    const { file } = parseGenesisFile(changed('total: "100"', "total: 100000000000000000000.000000000000000001"), "genesis.yaml");
    expect(file.allocations.total).toBe(10n ** 38n + 1n);
  });

  // One change each; the places are those in the text as changed.
  test.each([
    ["of another schema", "schema: 1", "schema: 2", "1:9 schema: this lpctl reads schema: 1"],
    ["with a misspelt key", "bankMultisig", "bankMultiSig", `1:1 bankMultisig is missing|28:1 Unknown key "bankMultiSig". Did you mean "bankMultisig"?`],
    ["with a key of a grant that there is not", "      cliff: 1 year", "      cliffs: 1 year", `14:7 grants.team.1.cliff is missing|16:7 Unknown key "cliffs". Did you mean "cliff"?`],
    ["that says a thing twice", '  crowd: "40"', '  crowd: "40"\n  crowd: "41"', "7:3 Map keys must be unique"],
    ["that is no YAML", "  team:\n    - receiver", "  team:\n   - [receiver", "15:"],
    ["with an amount in words", 'crowd: "40"', "crowd: forty", `6:10 allocations.crowd: "forty" is not an amount in LPT such as "6343700" or "1.5"`],
    ["with an amount finer than a wei", 'company: "10.5"', 'company: "10.5000000000000000001"', `7:12 allocations.company: "10.5000000000000000001" is not an amount in LPT`],
    ["with a negative amount", 'team: "30"', 'team: "-30"', `8:9 allocations.team: "-30" is not an amount in LPT`],
    ["with an amount that some read as octal", 'team: "30"', "team: 010", `8:9 allocations.team: "010" is not an amount in LPT`],
    ["with an amount that no contract can hold", 'team: "30"', `team: ${"9".repeat(41)}`, "8:9 allocations.team: "],
    ["with a chain in octal", "chainId: 31337", "chainId: 031337", '2:10 chainId: "031337" is not a whole number'],
    ["with a type of its own", "chainId: 31337", "chainId: !!int 31337", "2:10 a type such as !!int means nothing here"],
    ["with a key that is a block", "governance:", "? { a: b }\n: c\ngovernance:", "29:3 a key is a word, not a list or a block"],
    ["with a name that nothing has", 'crowd: "40"', "crowd: *forty", "6:10 *forty repeats what &forty names, and nothing before it has that name"],
    ["that goes on in a second document", "governance:", "---\ngovernance:", "29:1 a second YAML document begins here"],
    ["with a block where a value belongs", 'crowd: "40"', "crowd: { a: b }", "6:10 allocations.crowd: not an amount in LPT"],
    ["with a value where a block belongs", /governance:\n.*/, "governance: me", "29:13 governance: not a block of keys and values"],
    ["with a list for a note", "cliff: 1 year", "cliff: 1 year\n      note: [a]", "17:13 grants.team.1.note: not a text; quote it"],
    ["with a floating amount", 'team: "30"', "team: 3e1", `8:9 allocations.team: "3e1" is not an amount in LPT`],
    ["with an empty amount", 'team: "30"', "team:", "8:8 allocations.team: is empty; write an amount in LPT"],
    ["with half an address", /receiver: "0x4B2.*"/, 'receiver: "0x4B20"', `14:17 grants.team.1.receiver: "0x4B20" is not a 20-byte address`],
    ["with months", "cliff: 1 year", "cliff: 12 months", `16:14 grants.team.1.cliff: "12 months" is not a length of time such as "3 years" (of 365 days)`],
    ["with a third of a second", "duration: 94608000 s", "duration: 0.3 s", `21:17 grants.team.2.duration: "0.3 s" is not a length of time`],
    ["that starts on a day without an hour", /start: .*/, "start: 2030-03-18", `12:10 grants.start: "2030-03-18" is not a moment with its zone`],
    ["that starts without a zone", /start: .*/, "start: 2030-03-18T10:00:00", `12:10 grants.start: "2030-03-18T10:00:00" is not a moment with its zone`],
    ["that starts on 30 February", /start: .*/, "start: 2030-02-30T10:00:00Z", `12:10 grants.start: "2030-02-30T10:00:00Z" is not a moment`],
    ["of a profile that there is not", "profile: launch", "profile: lunch", "3:10 profile: not a profile; one of: launch, current"],
    ["with a distribution that there is not", "kind: faucet", "kind: airdrop", "27:9 distribution.kind: kind is merkle-mine or faucet"],
    ["with a list that is none", /investors:\n.*/, "investors: none", "22:14 grants.investors: not a list; an empty one is written []"],
    ["with a parameter that there is not", "JobsManager.finderFee", "JobsManager.finderFees", `43:27 Unknown parameter "JobsManager.finderFees". Did you mean "JobsManager.finderFee"?`],
    ["with a parameter of the other profile", "JobsManager.finderFee: 5%", "TicketBroker.unlockPeriod: 2 rounds", "43:30 TicketBroker.unlockPeriod is not set by a genesis of the profile launch."],
    ["with a parameter in another unit", "JobsManager.finderFee: 5%", "JobsManager.finderFee: 5 blocks", "43:26 “5 blocks” is in another unit: this value is in percent, in parts per 10^6."],
    ["with a fraction that is no percentage", "JobsManager.finderFee: 5%", "JobsManager.finderFee: 0.05", "43:26 “0.05” has a fraction but no % sign."],
    ["with a wish for yes", "governance:", "governance:\n  unpause: maybe", `30:12 governance.unpause: "maybe" is not true or false`],
  ])("%s is refused at its place", (_, from, to, expected) => {
    const found = problemsOf(changed(from, to));
    for (const [index, problem] of expected.split("|").entries()) expect(found[index]?.slice(0, problem.length)).toBe(problem);
  });

  test("is refused when both or neither of end and period are given", () => {
    const both = withMerkleMine().replace("callerAllocationPeriod", "callerAllocationEndBlock: 9999999\n  callerAllocationPeriod");
    const neither = withMerkleMine().replace(/ {2}callerAllocationPeriod.*\n/, "");
    for (const text of [both, neither]) expect(problemsOf(text)).toEqual([expect.stringMatching(/^27:3 distribution: one of callerAllocationEndBlock and callerAllocationPeriod/)]);
  });

  test("is refused for everything at once, in the order of the file", () => {
    const text = SMALL.replace('crowd: "40"', "crowd: x").replace("profile: launch", "profile: y").replace("cliff: 0 s\n", "cliff: z\n");
    expect(problemsOf(text).map((problem) => problem.split(" ")[0])).toEqual(["3:10", "6:10", "20:14"]);
  });

  test.each(["", "[]", "42", "schema: 1", "a: &a [*a]", "\u0000", "&x [1,2]", "- - -"])("never breaks on %j", (text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  test("is not blown up by aliases", () => {
    const names = [..."abcdefgh"];
    const lines = names.map((name, at) => `${name}: &${name} [${Array.from({ length: 10 }, () => (at === 0 ? "x" : `*${names[at - 1]}`)).join(", ")}]`);
    expect(problemsOf(lines.join("\n"))).toEqual([expect.stringContaining("alias")]);
  });

  test.each(["hello", "[]", "\u0000\u0001", "~"])("is told from other files: %j", (text) => {
    expect(problemsOf(text)).toEqual(["1:1 not a genesis file, which begins with schema: 1"]);
  });
});

describe("the example of 2018", () => {
  const { file } = parseGenesisFile(exampleText(), "genesis.yaml");

  test("has the five buckets and 8 + 23 + 16 grants that fill them", () => {
    const { allocations, grants } = file;
    expect(BUCKETS.map((bucket) => allocations[bucket] / LPT)).toEqual([6_343_700n, 500_000n, 1_235_000n, 1_900_000n, 21_300n]);
    expect(allocations.total).toBe(10_000_000n * LPT);
    expect([grants.team.length, grants.investors.length, grants.community.length]).toEqual([8, 23, 16]);
    for (const bucket of ["team", "investors", "community"] as const) {
      expect(grants[bucket].reduce((sum, { amountWei }) => sum + amountWei, 0n)).toBe(allocations[bucket]);
    }
    expect(new Set([...grants.team, ...grants.investors].map(({ durationSeconds }) => durationSeconds))).toEqual(new Set([94_608_000n, 47_304_000n]));
  });

  test("says that its receivers are no people, and by which rule they are made", () => {
    expect(exampleText()).toContain("not the people who were given grants then");
    expect(exampleText()).toContain('keccak256("lpctl example receiver <bucket> n")');
    expect(file.grants.team[0]?.receiver).toBe("0x17fD38106D2b13F6A13E7333e6B7a64d38c48A01");
  });
});

describe("the published schema of the file", () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../../docs/schemas/files/genesis.json"), "utf8")) as object;
  const validate = new Ajv2020({ strict: false }).compile(schema);

  test.each([
    ["the example of 2018", exampleText()],
    ["the example with a MerkleMine", exampleText({ distribution: "merkle-mine" })],
    ["the example of the current profile", exampleText({ profile: "current" })],
    ["a blank file", exampleText({ example: "blank" })],
    ["a small file", SMALL],
    ["a small file with a MerkleMine", withMerkleMine()],
  ])("accepts %s, as lpctl does", (_, text) => {
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(() => parseGenesisFile(text, "genesis.yaml")).not.toThrow();
  });

  test("refuses what lpctl refuses", () => {
    const texts = [
      changed("bankMultisig", "bankMultiSig"),
      changed('crowd: "40"', "crowd: forty"),
      changed("cliff: 1 year", "cliff: 12 months"),
      changed("kind: faucet", "kind: airdrop"),
      changed('crowd: "40"', 'crowd: "040"'),
      changed(/start: .*/, "start: 2030-03-18"),
      withMerkleMine().replace(/ {2}callerAllocationPeriod.*\n/, ""),
    ];
    for (const text of texts) {
      expect(validate(parse(text)), text).toBe(false);
      expect(problemsOf(text)).not.toEqual([]);
    }
  });
});
