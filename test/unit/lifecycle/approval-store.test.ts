import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getAddress } from "ethers/address";
import { expect, test } from "vitest";
import { listApprovalFiles } from "../../../src/lifecycle/approvals/approval-store.ts";
import type { StoredProposal } from "../../../src/proposal/store.ts";
import { exampleProposal, SET_RATE } from "../proposal/example-proposal.ts";

test("approvals lie beside a proposal at any depth; links that lead back to their own folder are no way down", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lpctl-approvals-"));
  try {
    const stored: StoredProposal = { proposal: exampleProposal([SET_RATE]), folder, name: "001-rate" };
    const [first = "", second = "", third = ""] = ["a1", "b2", "c3"].map((digits) => getAddress(`0x${digits.repeat(20)}`));
    const approvals = join(folder, "approvals");
    await mkdir(join(approvals, third), { recursive: true });
    for (const name of [first, second, third, join(third, first)]) await writeFile(join(approvals, `${name}.json`), "{}");
    for (const name of [first, second]) await symlink(".", join(approvals, name));
    expect((await listApprovalFiles(stored)).map(({ file }) => file).toSorted()).toEqual([first, second, third, join(third, first)].map((name) => join(approvals, `${name}.json`)).toSorted());
  } finally {
    await rm(folder, { recursive: true });
  }
});
