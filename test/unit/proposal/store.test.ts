import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { Exit } from "../../../src/errors.ts";
import { listProposals, loadProposal, loadProposals, proposalsFolder, saveProposal } from "../../../src/proposal/store.ts";
import { exampleProposal, SET_RATE, UPGRADE } from "./example-proposal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lpctl-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const upgrade = exampleProposal([UPGRADE], { title: "Upgrade JobsManager" });
const rate = exampleProposal([SET_RATE], { title: "Set verificationRate to 1 in 500 (!)" });

describe("proposals on disk", () => {
  test("are numbered in order, named after their title, and read back whole", async () => {
    const first = await saveProposal(folder, upgrade);
    const second = await saveProposal(folder, rate);
    expect([first.name, second.name]).toEqual(["001-upgrade-jobsmanager", "002-set-verificationrate-to-1-in-500"]);
    expect((await listProposals(folder, "local")).map(({ proposal }) => proposal)).toEqual([upgrade, rate]);
  });

  test("are kept once, however often they are saved", async () => {
    const first = await saveProposal(folder, upgrade);
    expect(await saveProposal(folder, upgrade)).toEqual(first);
    expect(readdirSync(proposalsFolder(folder, "local"))).toHaveLength(1);
  });

  test("are found by number, name, id, the beginning of the id, folder and file", async () => {
    await saveProposal(folder, upgrade);
    const { name, folder: own } = await saveProposal(folder, rate);
    for (const reference of ["2", "002", name, rate.id, rate.id.toUpperCase().replace("0X", "0x"), rate.id.slice(0, 10), own, join(own, "proposal.json")]) {
      expect([reference, (await loadProposal(folder, "local", reference)).name]).toEqual([reference, name]);
    }
  });

  test("that do not exist are told with the nearest name", async () => {
    await saveProposal(folder, upgrade);
    await expect(loadProposal(folder, "local", "001-upgrade-jobsmanger")).rejects.toMatchObject({ code: "LPCTL_PROPOSAL_NOT_FOUND", exit: Exit.usage, next: "lpctl proposal show 001-upgrade-jobsmanager" });
    await expect(loadProposal(folder, "other", "1")).rejects.toMatchObject({ code: "LPCTL_PROPOSAL_NOT_FOUND" });
    await expect(loadProposal(folder, "local", "7")).rejects.toMatchObject({ code: "LPCTL_PROPOSAL_NOT_FOUND" });
  });

  test("are never guessed between two", async () => {
    const { folder: own } = await saveProposal(folder, upgrade);
    const { cpSync } = await import("node:fs");
    cpSync(own, join(own, "..", "002-copy"), { recursive: true });
    await expect(loadProposal(folder, "local", upgrade.id)).rejects.toMatchObject({ code: "LPCTL_PROPOSAL_AMBIGUOUS", exit: Exit.usage });
  });

  test("that cannot be read are told, and do not stop work on the others", async () => {
    const { folder: own, name } = await saveProposal(folder, upgrade);
    const other = await saveProposal(folder, rate);
    writeFileSync(join(own, "proposal.json"), "{");
    expect(await listProposals(folder, "local")).toEqual([other]);
    const [broken, whole] = await loadProposals(folder, "local");
    expect(broken).toMatchObject({ name, problem: { code: "LPCTL_PROPOSAL_UNREADABLE" } });
    expect(whole?.stored).toEqual(other);
  });

  test("are read again from the file, and refused when it was edited", async () => {
    const { folder: own, name } = await saveProposal(folder, rate);
    const path = join(own, "proposal.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"value": "500"', '"value": "5"'));
    await expect(loadProposal(folder, "local", name)).rejects.toMatchObject({ code: "LPCTL_PROPOSAL_EDITED", exit: Exit.refused });
  });

  test.skipIf(process.getuid?.() === 0)("leave nothing behind when they cannot be written", async () => {
    const parent = proposalsFolder(folder, "local");
    await saveProposal(folder, upgrade);
    chmodSync(parent, 0o500);
    onTestFinished(() => chmodSync(parent, 0o700));
    await expect(saveProposal(folder, rate)).rejects.toThrow();
    expect(readdirSync(parent)).toEqual(["001-upgrade-jobsmanager"]);
  });
});
