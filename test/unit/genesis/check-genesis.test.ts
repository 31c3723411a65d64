import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { checkGenesis, requireGenesisAccepted, shareOf } from "../../../src/genesis/check-genesis.ts";
import { loadGenesis, type LoadedGenesis } from "../../../src/genesis/load-genesis-file.ts";
import { ALICE, BANK, BOB, CAROL, changed, exampleText, GOVERNANCE, NOW, SMALL, withMerkleMine } from "./genesis-text.ts";

const RECIPIENTS = [ALICE, BOB, CAROL];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-check-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;

/** Writes a genesis, with its list of recipients beside it, and loads it. */
async function load(text: string, recipients: readonly string[] = RECIPIENTS): Promise<LoadedGenesis> {
  const name = `genesis-${files++}`;
  writeFileSync(join(folder, `${name}.txt`), `${recipients.join("\n")}\n`);
  writeFileSync(join(folder, `${name}.yaml`), text.replace("recipients: recipients.txt", `recipients: ${name}.txt`));
  return loadGenesis(join(folder, `${name}.yaml`));
}

/** `refuse 5:10 title`, without a chain, at noon of the tests. */
async function findingsOf(text: string, recipients?: readonly string[], nowSeconds = NOW): Promise<string[]> {
  const found = await checkGenesis(await load(text, recipients), { nowSeconds });
  return found.filter(({ severity }) => severity !== "info").map(({ severity, line, column, title }) => `${severity} ${line}:${column} ${title}`);
}

describe("the check of a genesis, without a chain,", () => {
  test("finds nothing in a genesis where nothing is wrong", async () => {
    expect(await findingsOf(SMALL)).toEqual([]);
    expect(await findingsOf(exampleText())).toEqual([]);
    expect(await findingsOf(exampleText({ profile: "current" }))).toEqual([]);
  });

  // One change each, and everything that is said about it.
  test.each([
    ["a wei too little in the buckets", changed('crowd: "40"', 'crowd: "39.999999999999999999"'), ["refuse 5:10 The buckets hold 99.999999999999999999 LPT, not the total of 100 LPT: 0.000000000000000001 LPT too little."]],
    ["too much in the buckets", changed('company: "10.5"', 'company: "11"'), ["refuse 5:10 The buckets hold 100.5 LPT, not the total of 100 LPT: 0.5 LPT too much."]],
    ["a bucket that its grants do not fill", changed('amount: "20"', 'amount: "19.999999999999999999"'), ["refuse 8:9 The 2 grants of team come to 29.999999999999999999 LPT, its bucket holds 30 LPT: 0.000000000000000001 LPT too little."]],
    ["a bucket that its grants overfill", changed('amount: "0.500000000000000000"', 'amount: "0.6"'), ["refuse 10:14 The 1 grants of community come to 0.6 LPT, its bucket holds 0.5 LPT: 0.1 LPT too much."]],
    ["a bucket without grants", changed(/investors:\n.*/, "investors: []"), ["refuse 9:14 The 0 grants of investors come to 0 LPT, its bucket holds 19 LPT: 19 LPT too little."]],
    [
      "a grant of nothing",
      changed(/ {2}community:\n/, '  community:\n    - { receiver: "0xdD870fA1b7C4700F2BD7f44238821C26f7392148", amount: "0" }\n'),
      ["refuse 25:73 This grant is of 0 LPT."],
    ],
    ["no supply at all", changed(/allocations:[^]*?grants:/, 'allocations: { total: "0", crowd: "0", company: "0", team: "30", investors: "19", community: "0.5" }\ngrants:'), ["refuse 4:23 The first supply is 0 LPT.", "refuse 4:23 The buckets hold 49.5 LPT, not the total of 0 LPT: 49.5 LPT too much."]],
    ["a cliff after the end", changed("cliff: 1 year", "cliff: 4 years"), ["refuse 16:14 The cliff (4 years) is longer than the vesting (3 years): the contract would revert."]],
    ["a vesting of no length", changed("cliff: 0 s\n      duration: 94608000 s", "cliff: 0 s\n      duration: 0 s"), ["refuse 21:17 A vesting of no length locks nothing."]],
    ["a vesting in the wrong unit", changed("duration: 94608000 s", "duration: 94608000 minutes"), ["refuse 21:17 This grant vests over 180 years."]],
    ["a vesting of many years", changed("duration: 94608000 s", "duration: 11 years"), ["warning 21:17 This grant vests over 11 years."]],
    ["a start in another year", changed(/start: .*/, `start: ${NOW + 31_536_001n}`), ["warning 12:10 The grants start at 2031-03-17T17:46:41Z, more than a year from now."]],
    ["a start in a thousand years", changed(/start: .*/, "start: 3030-03-18T17:46:40Z"), ["refuse 12:10 The grants start at 3030-03-18T17:46:40Z, more than 100 years from now."]],
    ["the zero address as a receiver", changed(BOB, "0x0000000000000000000000000000000000000000"), ["refuse 18:17 Receiver 2 of team is the zero address."]],
    ["a precompiled contract as a receiver", changed(CAROL, "0x0000000000000000000000000000000000000009"), ["refuse 23:19 Receiver 1 of investors, 0x0000000000000000000000000000000000000009, is kept for precompiled contracts: nobody has its key."]],
    ["a wrong checksum", changed(ALICE, ALICE.replace("177ec7E8", "177eC7E8")), [`refuse 14:17 The EIP-55 checksum of ${ALICE.replace("177ec7E8", "177eC7E8")} is wrong: a character was changed.`]],
    ["a missing checksum", changed(ALICE, ALICE.toLowerCase()), ["warning 14:17 1 of 6 addresses are written without a checksum, so that a changed character would not be noticed."]],
    ["a receiver twice in a bucket", changed(BOB, ALICE), [`refuse 18:17 Receiver 2 of team, ${ALICE}, is also receiver 1 of team (line 14).`]],
    ["a receiver in team and investors", changed(CAROL, ALICE), [`refuse 23:19 Receiver 1 of investors, ${ALICE}, is also receiver 1 of team (line 14).`]],
    ["a receiver with a grant and a timelock, as in 2018", changed("0x17F6AD8Ef982297579C203069C1DbfFE4348c372", BOB), [`warning 25:19 Receiver 1 of community, ${BOB}, is also receiver 2 of team (line 18).`]],
    ["a multisig as a receiver", changed(CAROL, BANK), ["warning 23:19 Receiver 1 of investors is the bank multisig."]],
    ["the zero address as bank", changed(`bankMultisig: "${BANK}"`, 'bankMultisig: "0x0000000000000000000000000000000000000000"'), ["refuse 28:15 The bank multisig is the zero address."]],
    ["a precompiled contract as governance", changed(GOVERNANCE, "0x0000000000000000000000000000000000000001"), ["refuse 30:13 The governance multisig, 0x0000000000000000000000000000000000000001, is kept for precompiled contracts: nobody has its key."]],
    ["a faucet on the main network", changed("chainId: 31337", "chainId: 1"), ["refuse 27:9 A faucet on chain 1 would give tokens of value to anyone who asks."]],
    ["a missing parameter", changed("  JobsManager.finderFee: 5%\n", ""), ["refuse 32:3 JobsManager.finderFee is missing: share of a penalty that goes to whoever reported it."]],
    ["a parameter out of bounds", changed("RoundsManager.roundLength: 5760 blocks", "RoundsManager.roundLength: 0 blocks"), ["refuse 44:30 0 blocks is out of bounds for RoundsManager.roundLength: at least 1 block (raw 1)."]],
    ["a share above all of it", changed("finderFee: 5%", "finderFee: 101%"), ["refuse 43:26 101% is out of bounds for JobsManager.finderFee: at most 100% (raw 1000000)."]],
    ["a parameter in another scale", changed("targetBondingRate: 50%", "targetBondingRate: 500000000"), ["refuse 34:29 500000000 is 50000% for Minter.targetBondingRate; 50% (raw 500000) was probably meant.", "refuse 34:29 50000% is out of bounds for Minter.targetBondingRate: at most 100% (raw 1000000)."]],
    ["two parameters that do not fit", changed("verificationPeriod: 100 blocks", "verificationPeriod: 200 blocks"), ["refuse 39:43 100 blocks for JobsManager.verificationSlashingPeriod breaks a rule: verificationPeriod + verificationSlashingPeriod <= 256 blocks."]],
    ["a legal and dangerous parameter", changed("unbondingPeriod: 7 rounds", "unbondingPeriod: 0 rounds"), ["warning 35:35 BondingManager.unbondingPeriod: 0 rounds lets stake leave at once: it can no longer be slashed for what it did."]],
  ])("finds %s", async (_, text, expected) => {
    expect(await findingsOf(text)).toEqual(expected);
  });

  test("finds the rates of the launch in a genesis of the current profile, where they are a thousandth", async () => {
    const text = exampleText({ profile: "current" }).replace(/(Minter\.targetBondingRate): "[^"]*"/, "$1: 500000");
    expect(await findingsOf(text)).toEqual([expect.stringMatching(/^refuse \d+:\d+ 500000 is 0\.05% for Minter\.targetBondingRate; 50% \(raw 500000000\) was probably meant\.$/)]);
  });

  test("finds a start that this machine's clock has passed", async () => {
    expect(await findingsOf(SMALL, undefined, NOW + 86_400n)).toEqual(["refuse 12:10 The grants start at 2030-03-18T17:46:40Z, and it is now 2030-03-18T17:46:40Z."]);
  });
});

describe("the check of a MerkleMine", () => {
  test("shows what each can mine, and what nobody can", async () => {
    const loaded = await load(withMerkleMine());
    expect(shareOf(loaded)).toMatchObject({ recipients: 3n, tokensPerAllocationWei: 13_333333333333333333n, remainderWei: 1n });
    const [share] = await checkGenesis(loaded, { nowSeconds: NOW });
    expect(share).toMatchObject({
      severity: "info",
      code: "genesis-share",
      line: 28,
      title: "Each of 3 recipients can mine 13.333333333333333333 LPT; 1 wei are left over and can never be claimed.",
    });
    expect(share?.detail).toContain(`Root ${loaded.recipients?.root}`);
  });

  test("finds recipients that are there twice, by their lines", async () => {
    const found = await checkGenesis(await load(withMerkleMine(), [ALICE, "# somebody", BOB, ALICE.toLowerCase()]), { nowSeconds: NOW });
    expect(found[0]).toMatchObject({ severity: "refuse", code: "genesis-duplicate-recipient", line: 28, column: 15, title: `${ALICE.toLowerCase()} is more than once among the recipients.` });
    expect(found[0]?.detail).toContain("lines 1, 4");
  });

  test.each([
    ["a period of no length", withMerkleMine().replace("2500000 blocks", "0"), "refuse 27:3 The caller's share grows from block 500000 to block 500000, which is not later."],
    ["nothing to distribute", withMerkleMine().replace('crowd: "40"', 'crowd: "0"').replace('total: "100"', 'total: "60"'), "refuse 6:10 The crowd's bucket is empty, and a MerkleMine distributes it."],
    ["less than a wei for each", withMerkleMine().replace('crowd: "40"', 'crowd: "0.000000000000000002"').replace('total: "100"', 'total: "60.000000000000000002"'), "refuse 6:10 0.000000000000000002 LPT for 3 recipients is less than a wei for each."],
  ])("finds %s", async (_, text, expected) => {
    expect(await findingsOf(text)).toEqual([expected]);
  });

  test("names line and column of what is no address in the list", async () => {
    await expect(load(withMerkleMine(), [ALICE, "0x12"])).rejects.toMatchObject({ code: "LPCTL_GENESIS_RECIPIENTS_INVALID", message: expect.stringMatching(/\.txt:2:1: /) });
    await expect(load(withMerkleMine(), [])).rejects.toMatchObject({ code: "LPCTL_GENESIS_RECIPIENTS_INVALID" });
  });

  test("tells of a list that cannot be used, and of everything else that is wrong", async () => {
    const path = join(folder, "blank.yaml");
    writeFileSync(path, withMerkleMine().replace("cliff: 1 year", "cliff: 4 years").replace("recipients.txt", "nowhere.txt"));
    await expect(loadGenesis(path)).rejects.toMatchObject({ code: "LPCTL_GENESIS_RECIPIENTS_UNREADABLE", exit: 2, why: "There is no such file." });
    const found = await checkGenesis(await loadGenesis(path, { keepListError: true }), { nowSeconds: NOW });
    expect(found.map(({ severity, code, line }) => `${severity} ${code} ${line}`)).toEqual(["refuse genesis-cliff-after-end 16", "refuse genesis-recipients-unusable 28"]);
  });
});

describe("a refused genesis", () => {
  test("ends with exit code 3, the first reason, and all of them as data", async () => {
    const loaded = await load(changed(BOB, ALICE).replace("cliff: 1 year", "cliff: 4 years"));
    const findings = await checkGenesis(loaded, { nowSeconds: NOW });
    const refusal = (() => {
      try {
        requireGenesisAccepted("genesis.yaml", findings, false);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(refusal).toBeInstanceOf(LpctlError);
    expect(refusal).toMatchObject({ code: "LPCTL_GENESIS_REFUSED", exit: 3, message: "The genesis genesis.yaml is refused for 2 reasons; the first: The cliff (4 years) is longer than the vesting (3 years): the contract would revert." });
    expect((refusal as LpctlError).why).toMatch(/^The cliff .*\n {2}\S+:16:14\nReceiver 2 of team/);
    expect((refusal as LpctlError).details?.["findings"]).toHaveLength(2);
  });

  test.each([
    ["is not there", "nowhere.yaml", "There is no such file."],
    ["is a folder", "", "It is a folder."],
    ["never ends", "/dev/zero", "It is a pipe or a device, and no file."],
    ["is far too long", "long.yaml", "It has 4194305 bytes; a genesis file has at most 4194304."],
  ])("that %s is said to be so", async (_, name, why) => {
    writeFileSync(join(folder, "long.yaml"), "#".repeat(4 * 1024 * 1024 + 1));
    await expect(loadGenesis(resolve(folder, name))).rejects.toMatchObject({ code: "LPCTL_GENESIS_FILE_MISSING", exit: 2, why });
  });
});
