import { describe, expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { parseForkFile } from "../../../src/fork/parse-fork-file.ts";

const ACCOUNT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
const SMALL = `schema: 1
chainId: 31337
snapshot:
  folder: snapshot
  identity: "0x${"AB".repeat(32)}"
governance: { owner: "${ACCOUNT}" }
`;

/** What the error says, every problem in a line of its own. */
function complaintsOf(text: string): string {
  try {
    parseForkFile(text, "fork.yaml");
  } catch (error) {
    if (error instanceof LpctlError) return `${error.code} ${error.message}\n${error.why ?? ""}`;
    throw error;
  }
  return "nothing";
}

describe("a fork file", () => {
  test("needs a snapshot with its identity, a chain and an owner, and nothing else", () => {
    expect(parseForkFile(SMALL, "fork.yaml").file).toEqual({
      chainId: 31337n,
      snapshot: { folder: "snapshot", identity: `0x${"ab".repeat(32)}` },
      owner: ACCOUNT,
      unpause: false,
      clock: { snapshotBlock: undefined, forkBlock: undefined },
      parameterTexts: {},
      excluded: [],
      code: {},
      moved: [],
      confirmed: [],
      gitCommit: undefined,
    });
  });

  test("keeps parameters as they are written, and accounts that are left out with the reason", () => {
    const { file } = parseForkFile(`${SMALL}parameters: { BondingManager.unbondingPeriod: 9 rounds }\nexcluded:\n  - { account: "${ACCOUNT}", reason: a bridge that is not here }\n`, "fork.yaml");
    expect(file.parameterTexts).toEqual({ "BondingManager.unbondingPeriod": "9 rounds" });
    expect(file.excluded).toEqual([{ account: ACCOUNT, reason: "a bridge that is not here" }]);
  });

  test.each([
    ["governance: {", "governence: {", '6:1 Unknown key "governence". Did you mean "governance"?'],
    ["folder: snapshot", "folder: ''", "fork.yaml:4:11 snapshot.folder"],
    ["chainId: 31337", "chainId: 0x7a69", "fork.yaml:2:10 chainId"],
    ["schema: 1", "schema: 2", "fork.yaml:1:9 schema: this lpctl reads schema: 1"],
    [`owner: "${ACCOUNT}"`, "unpause: true", "fork.yaml:6:13 governance.owner is missing"],
    [`" }\n`, `" }\nparameters: { BondingManager.unbondingPeriods: 9 }\n`, 'fork.yaml:7:48 Unknown parameter "BondingManager.unbondingPeriods". Did you mean "BondingManager.unbondingPeriod"?'],
    [`" }\n`, `" }\nexcluded: [{ account: "${ACCOUNT}", reason: " " }]\n`, "excluded.1.reason: says nothing; write why"],
    [`" }\n`, `" }\nexcluded: [{ account: "${ACCOUNT}", reason: a }, { account: "${ACCOUNT}", reason: b }]\n`, `excluded.2.account: ${ACCOUNT} is there twice`],
    [`" }\n`, `" }\nmoved: [{ from: "${ACCOUNT}", to: "${ACCOUNT}", reason: a }]\n`, "fork.yaml:7:67 moved.1.to:"],
    [`" }\n`, `" }\nconfirmed: [{ account: "${ACCOUNT}", codeHash: 0x12 }]\n`, "confirmed.1.codeHash: not a hash"],
    [`" }\n`, `" }\ncode: { BondingManager: contracts/Own }\n`, 'fork.yaml:7:25 code.BondingManager: "contracts/Own" does not name a contract in a Solidity file.'],
    [SMALL, "[1, 2", "LPCTL_FORK_FILE_MALFORMED fork.yaml:1"],
  ])("says where it is wrong, %#", (right, wrong, complaint) => {
    expect(complaintsOf(SMALL.replace(right, wrong))).toContain(complaint);
  });

  test("names everything that is wrong at once", () => {
    const complaints = complaintsOf(SMALL.replace("chainId: 31337", "chainId: many").replace("folder:", "folders:"));
    expect(complaints).toContain("2:10");
    expect(complaints).toContain('4:3 Unknown key "folders". Did you mean "folder"?');
  });
});
