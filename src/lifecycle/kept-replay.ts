/** The replay that lies beside a proposal, and the list of expected changes that it was held against. */
import { join } from "node:path";
import { keccak256 } from "ethers/crypto";
import { toUtf8Bytes } from "ethers/utils";
import type { Project } from "../inspection/project.ts";
import type { KeptTraffic } from "../outcome/traffic.ts";
import type { UpgradeIntent } from "../proposal/intent.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { proposalsFolder, type StoredProposal } from "../proposal/store.ts";
import type { Hex } from "../protocol/hex.ts";
import { readIfThere } from "../read-if-there.ts";
import { loadTraffic, type ReplayedUpgrade, type UsedExpectations } from "../simulation/traffic/traffic-file.ts";

export const REPLAY_FILE = "replay.json";
export const EXPECTATION_FILES = ["replay-expected.yaml", "replay-expected.yml", "replay-expected.json"];

/**
 * What was replayed for a proposal, or why that does not count any more. @param name of its folder
 * @throws LPCTL_REPLAY_FILE_INVALID, LPCTL_REPLAY_EDITED
 */
export async function loadReplay(project: Project, proposal: Proposal, name: string | undefined): Promise<KeptTraffic | undefined> {
  return name === undefined ? undefined : loadReplayOf({ proposal, folder: join(proposalsFolder(project.folder, project.network), name) });
}

/** As `loadReplay`, for a proposal whose folder is known. */
export async function loadReplayOf({ proposal, folder }: Pick<StoredProposal, "proposal" | "folder">): Promise<KeptTraffic | undefined> {
  return loadTraffic(join(folder, REPLAY_FILE), { proposalId: proposal.id, upgrades: upgradedCode(proposal), expectations: (await findExpectations(folder))?.used });
}

/** The code that a proposal installs. */
export function upgradedCode(proposal: Proposal): ReplayedUpgrade[] {
  return upgradesIn(proposal).map(({ proxy, implementation, implementationCodeHash }) => ({ proxy: proxy.address, implementation, implementationCodeHash }));
}

export function upgradesIn({ intents }: Proposal): UpgradeIntent[] {
  return intents.filter((intent) => intent.kind === "upgrade");
}

/** The list that lies beside a proposal. */
export async function findExpectations(folder: string): Promise<{ path: string; text: string; used: UsedExpectations } | undefined> {
  for (const name of EXPECTATION_FILES) {
    const path = join(folder, name);
    const text = await readIfThere(path);
    if (text !== undefined) return { path, text, used: usedOf(name, text) };
  }
  return undefined;
}

/** Git may have turned line ends; no letter of the text changes with them. */
export function usedOf(beside: string | null, text: string): UsedExpectations {
  return { beside, hash: keccak256(toUtf8Bytes(text.replaceAll("\r\n", "\n"))) as Hex };
}
