import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expectDocument } from "./result-schemas.ts";
import { documentOf, runLpctl, temporaryFolder } from "./run-lpctl.ts";

interface Result {
  proofs: { what: string; holds: boolean; detail: string }[];
  proposals: { title: string; id: string; effectsHash: string; report: string }[];
  phases: { title: string; share: number }[];
}

test("rehearses an upgrade and a parameter change from source to verified state", { timeout: 180_000 }, async () => {
  const folder = temporaryFolder();
  const ran = await runLpctl(["rehearse", "--output", join(folder, "kept"), "--json"], { cwd: folder });
  expect(ran.stderr).toBe("");
  expect(ran.exitCode).toBe(0);
  const result = expectDocument("rehearse", ran) as Result;
  expect(result.proofs.filter(({ holds }) => !holds)).toEqual([]);
  expect(result.proofs.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      '"Upgrade JobsManager to JobsManagerV2" changed on chain exactly what was simulated',
      "the state behind the proxy is kept",
      "the code at the target is the code that was simulated",
      '"Set verificationRate to 1 in 500" changed on chain exactly what was simulated',
      "verificationRate is the new value, and nothing else of the JobsManager changed",
    ]),
  );
  expect(result.proposals).toHaveLength(2);
  for (const { report, effectsHash } of result.proposals) {
    expect(report).toContain("kept");
    const page = readFileSync(join(folder, report.startsWith(folder) ? report.slice(folder.length) : report), "utf8");
    expect(page).toContain(effectsHash);
    expect(page).not.toContain("<script");
  }
});

test("replaces a Minter of 2018 by a repaired one, and by no other; tells it, and leaves its records in the project's own folder", { timeout: 240_000 }, async () => {
  const folder = temporaryFolder();
  const ran = await runLpctl(["rehearse", "minter-swap"], { cwd: folder });
  expect(ran.exitCode, ran.stderr).toBe(0);
  expect(ran.stdout).toMatch(/^Proved in /);
  expect(ran.stderr).toMatch(/Pause, migrate, register, unpause/);
  expect(existsSync(join(folder, ".lpctl/rehearsal/proposals/rehearsal"))).toBe(true);
  expect(ran.stdout).not.toMatch(/ NO {3}/);
  expect(toldOf(ran.stdout, "takes no ether")).toContain("ManagerSystemPaused");
  expect(toldOf(ran.stdout, "gives nothing away")).toContain("ManagerSystemNotPaused");
  expect(toldOf(ran.stdout, "before the old one is emptied is refused")).toContain("minter-registered-early");
  expect(toldOf(ran.stdout, "all LPT is in the new Minter")).toMatch(/^[1-9][\d.,]* LPT$/);
  expect(toldOf(ran.stdout, "all ether is in the new Minter")).toBe("1 ETH");
  expect(toldOf(ran.stdout, "deposit was paid back")).toBe("1 ETH");
});

test("rehearses a genesis that is killed three times, and changes nothing of its document's form without proposals", { timeout: 240_000 }, async () => {
  const ran = await runLpctl(["rehearse", "genesis", "--json"], { cwd: temporaryFolder() });
  const { proofs, proposals } = expectDocument("rehearse", ran) as Result;
  expect(ran.exitCode).toBe(0);
  expect(proposals).toEqual([]);
  const detailOf = (words: string): string => proofs.find(({ what }) => what.includes(words))?.detail ?? `no proof of "${words}"`;
  expect(detailOf("were killed")).toMatch(/^after \d+, \d+, \d+ transactions/);
  expect(detailOf("exactly once")).toMatch(/^(\d+) planned, \1 different transactions, \1 nonces used$/);
  expect(detailOf("to the last word")).toContain("state ");
});

test("names the nearest scenario when there is none of that name", async () => {
  const ran = await runLpctl(["rehearse", "upgrad", "--json"]);
  expect(ran.exitCode).toBe(2);
  expect(documentOf(ran).error).toMatchObject({ code: "LPCTL_REHEARSAL_UNKNOWN", next: "lpctl rehearse upgrade" });
});

/** What a person is told below the one proof that holds and has these words. */
function toldOf(text: string, words: string): string {
  const found = [...text.matchAll(/^\S+ yes {2}(.+)\n {7}(.*)$/gm)].filter(([, what]) => what?.includes(words));
  expect(found.map(([, what]) => what), words).toHaveLength(1);
  return found[0]?.[2] ?? "";
}
