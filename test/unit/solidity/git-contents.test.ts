import { execFile } from "node:child_process";
import { appendFile, mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkCommits, filesOf } from "../../../src/lifecycle/facts/check-commits.ts";
import type { Project } from "../../../src/inspection/project.ts";
import type { Hex } from "../../../src/protocol/hex.ts";
import { compareWithCommit } from "../../../src/solidity/git-contents.ts";
import { exampleProposal, NEW_CODE, UPGRADE } from "../proposal/example-proposal.ts";

const POOL = "contracts/Pool.sol";
const BASE = "contracts/Base.sol";

describe("the commit that a registry is to record", () => {
  let folder: string;
  let first: Hex;
  let second: Hex;

  const git = async (...args: string[]): Promise<string> => {
    const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"];
    return (await promisify(execFile)("git", ["-C", folder, ...identity, ...args])).stdout.trim();
  };
  const commitAll = async (message: string): Promise<Hex> => {
    await git("add", "-A");
    await git("commit", "-q", "-m", message);
    return `0x${await git("rev-parse", "HEAD")}`;
  };
  const stateOf = async (gitCommitHash: Hex, source: string | null = `${POOL}:Pool`): Promise<string> => {
    const code = [{ address: NEW_CODE, codeHash: UPGRADE.implementationCodeHash, ...(source === null ? {} : { source }) }];
    const [fact] = await checkCommits({ folder } as Project, exampleProposal([{ ...UPGRADE, gitCommitHash }], { code }));
    return `${fact?.state ?? ""}: ${fact?.detail ?? ""}`;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lpctl-commit-"));
    await mkdir(join(folder, "contracts"));
    await writeFile(join(folder, BASE), "pragma solidity ^0.8.0;\nabstract contract Base { uint256 public a; }\n");
    await writeFile(join(folder, POOL), 'pragma solidity ^0.8.0;\nimport {Base} from "./Base.sol";\ncontract Pool is Base {}\n');
    await git("init", "-q");
    first = await commitAll("first");
    await appendFile(join(folder, BASE), "// reviewed\n");
    second = await commitAll("second");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("holds when every file that is compiled is as in it, imports too", async () => {
    expect(await filesOf(folder, POOL)).toEqual([BASE, POOL]);
    expect(await stateOf(second)).toBe("same: 2 files compared");
  });

  test("does not hold when an import has changed since, in a commit or only on disk", async () => {
    expect(await stateOf(first)).toBe(`differs: ${BASE}`);
    await appendFile(join(folder, BASE), "// and more\n");
    expect(await stateOf(second)).toBe(`differs: ${BASE}`);
    expect(await stateOf(`0x${"0".repeat(40)}`)).toMatch(/^missing: not as committed: contracts\/Base\.sol; /);
    await git("checkout", "-q", "--", ".");
    expect(await stateOf(second)).toBe("same: 2 files compared");
  });

  test("does not hold when a file is in no commit at all", async () => {
    await writeFile(join(folder, "contracts/New.sol"), "pragma solidity ^0.8.0;\ncontract New {}\n");
    expect(await stateOf(second, "contracts/New.sol:New")).toBe("differs: contracts/New.sol (not in it)");
  });

  test("is unknown when this checkout does not have it, and a placeholder is told from a hash", async () => {
    expect(await stateOf("0x5f0a1c3b7d9e24680ace13579bdf02468ace1357")).toMatch(/^absent/);
    for (const placeholder of ["2".repeat(40), "de".repeat(20), "deadbeef".repeat(5), `${"0".repeat(39)}1`, "0123456789".repeat(4)]) {
      const expected = placeholder.startsWith("0123") ? /^absent/ : /^placeholder/;
      expect(await stateOf(`0x${placeholder}`), placeholder).toMatch(expected);
    }
  });

  test("cannot be checked without a source, without a checkout, or in one without history", async () => {
    expect(await stateOf(second, null)).toMatch(/^unchecked/);
    expect(await compareWithCommit(tmpdir(), second, [POOL])).toEqual({ state: "no-checkout" });
    const shallow = await mkdtemp(join(tmpdir(), "lpctl-shallow-"));
    try {
      await promisify(execFile)("git", ["clone", "-q", "--depth", "1", `file://${folder}`, shallow]);
      expect(await compareWithCommit(shallow, first, [POOL])).toEqual({ state: "absent", isShallow: true });
      expect(await compareWithCommit(shallow, second, [POOL])).toMatchObject({ state: "compared", same: [POOL], different: [] });
    } finally {
      await rm(shallow, { recursive: true, force: true });
    }
  });
});
