import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { keccak256 } from "ethers/crypto";
import { Exit, LpctlError } from "../errors.ts";
import type { Project } from "../inspection/project.ts";
import { readProjectRegistry } from "../inspection/read-registry.ts";
import type { UpgradeIntent } from "../proposal/intent.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { AddressBook } from "../simulation/contract-book.ts";
import { parseExpectations, type Expectation } from "../simulation/traffic/expectations.ts";
import type { TrafficOutcome } from "../outcome/traffic.ts";
import { replayTraffic } from "../simulation/traffic/replay-traffic.ts";
import { startReplayEngine } from "../simulation/traffic/run.ts";
import { readSubstitution, type Substitution } from "../simulation/traffic/substitution.ts";
import { saveTraffic, type UsedExpectations } from "../simulation/traffic/traffic-file.ts";
import { EXPECTATION_FILES, findExpectations, REPLAY_FILE, upgradedCode, upgradesIn, usedOf } from "./kept-replay.ts";
import { planStored } from "./plan.ts";
import { readProposalBook } from "./simulate-proposal.ts";

export interface ReplayRequest {
  /** Transactions for each upgraded contract, the newest. */
  count: number;
  fromBlock?: bigint | undefined;
  /** A list of expected changes; `replay-expected.yaml` (or `.json`) beside the proposal where there is one. */
  expectPath?: string | undefined;
}

export interface ProposalReplay {
  outcomes: TrafficOutcome[];
  /** Where it is kept. */
  path: string;
  /** The list of expected changes that was used. */
  expectations: string | undefined;
}

/** It takes no part in what the other contracts do to each other, and everybody's transfers are its events. */
const NOT_NEIGHBOURS = /^(LivepeerToken|Controller|.*Target)$/;

/**
 * Runs the last transactions of every contract that a proposal upgrades on the old and on the new code, and keeps what
 * differs beside the proposal. Sends nothing.
 * @throws LPCTL_REPLAY_NO_UPGRADE, _EXPECTATIONS_INVALID, _EXPECTATIONS_UNREADABLE, _FROM_BLOCK, _CODE_DIFFERS, _NOTHING_NEW, _NO_TRACES
 */
export async function replayProposal(project: Project, stored: StoredProposal, request: ReplayRequest): Promise<ProposalReplay> {
  const { rpc } = project;
  const { proposal } = stored;
  const intents = requireUpgrades(proposal);
  const { expectations, path: expectationsPath, used: list } = await loadExpectations(stored, request.expectPath);
  const block = await rpc.block("latest");
  if (request.fromBlock !== undefined && request.fromBlock > block.number) throw fromBlockAhead(request.fromBlock, block.number);
  const upgrades = await Promise.all(intents.map((intent) => readUpgrade(project, intent)));
  project.progress?.("Reading what the contracts are, and how they are laid out before and after");
  const [books, neighbours] = await Promise.all([readBooks(project, stored), readNeighbours(project)]);
  const used = new Set<Expectation>();
  const outcomes: TrafficOutcome[] = [];
  const engine = await startReplayEngine(project.chainId);
  try {
    for (const [index, intent] of intents.entries()) {
      const target = upgrades[index];
      if (target === undefined) continue;
      project.progress?.(`Replaying transactions of ${intent.contract} on its old and its new code`);
      outcomes.push(
        await replayTraffic({
          rpc,
          engine,
          proposalId: proposal.id,
          contract: intent.contract,
          target,
          upgrades,
          neighbours: neighbours.filter((address) => address !== target.proxy),
          count: request.count,
          fromBlock: request.fromBlock,
          toBlock: block.number,
          books,
          expectations,
          used,
          onProgress: project.progress,
        }),
      );
    }
  } finally {
    await engine.stop();
  }
  const unused = expectations.filter((expectation) => !used.has(expectation)).map(({ label }) => label);
  const complete = outcomes.map((outcome, index) => ({ ...outcome, notes: [...notesOf(proposal, intents[index]), ...(list?.beside === null ? [`The list of expected changes does not lie beside the proposal; the keccak-256 of its text is ${list.hash}`] : []), ...outcome.notes], unusedExpectations: index === 0 ? unused : [] }));
  const path = join(stored.folder, REPLAY_FILE);
  await saveTraffic(path, block, { proposalId: proposal.id, upgrades: upgradedCode(proposal), expectations: list }, complete);
  return { outcomes: complete, path, expectations: expectationsPath };
}

/** The verdict of a replay as an error; undefined when every difference was expected. */
export function replayFailure({ outcomes }: ProposalReplay, name: string): LpctlError | undefined {
  const unexpected = outcomes.flatMap(({ classes }) => classes.filter(({ expected }) => !expected));
  const [first] = unexpected;
  if (first === undefined) return undefined;
  return new LpctlError({
    code: "LPCTL_REPLAY_DIFFERS",
    exit: Exit.different,
    message: unexpected.length === 1 ? "Transactions come out differently on the new code in a way nobody expects" : `Transactions come out differently on the new code in ${unexpected.length} ways that nobody expects`,
    why: `${first.signature ?? first.selector}: ${first.what}`,
    next: `Change the code, or say in replay-expected.yaml beside the proposal that this is meant, then: lpctl proposal replay ${name}`,
  });
}

function fromBlockAhead(from: bigint, latest: bigint): LpctlError {
  return new LpctlError({
    code: "LPCTL_REPLAY_FROM_BLOCK",
    exit: Exit.usage,
    message: `Block ${from} is not mined yet`,
    why: `the latest block is ${latest}`,
    next: "Give an earlier block with --from-block, or leave it out",
  });
}

function requireUpgrades(proposal: Proposal): UpgradeIntent[] {
  const intents = upgradesIn(proposal);
  if (intents.length > 0) return intents;
  throw new LpctlError({
    code: "LPCTL_REPLAY_NO_UPGRADE",
    exit: Exit.usage,
    message: "This proposal upgrades no contract",
    why: `it wants: ${proposal.intents.map(({ kind }) => kind).join(", ")}`,
    next: "A replay compares old code with new. What this proposal does: lpctl proposal simulate",
  });
}

async function readUpgrade({ rpc }: Project, intent: UpgradeIntent): Promise<Substitution & { newCode: Hex }> {
  const [substitution, newCode] = await Promise.all([readSubstitution(rpc, intent), rpc.code(intent.implementation)]);
  if (keccak256(newCode) === intent.implementationCodeHash) return { ...substitution, newCode };
  throw new LpctlError({
    code: "LPCTL_REPLAY_CODE_DIFFERS",
    exit: Exit.refused,
    message: `The code at ${intent.implementation} is not that of the proposal`,
    why: newCode === "0x" ? "there is no code at all: it was deployed on another chain, or not yet" : `it hashes to ${keccak256(newCode)}, and the proposal names ${intent.implementationCodeHash}`,
    next: "Check that the RPC serves the right chain, or prepare the upgrade again",
    details: { implementation: intent.implementation },
  });
}

/** Names for storage as the new code lays it out, and as the old one does: that of the code that runs now. */
async function readBooks(project: Project, stored: StoredProposal): Promise<{ after: AddressBook; before: AddressBook }> {
  const plan = await planStored(project.rpc, stored);
  const [after, before] = await Promise.all([readProposalBook(project, stored.proposal, plan), readProposalBook(project, { ...stored.proposal, code: [] }, plan)]);
  return { after, before };
}

async function readNeighbours(project: Project): Promise<Address[]> {
  const registry = await readProjectRegistry(project);
  return registry.filter(({ name }) => name !== undefined && !NOT_NEIGHBOURS.test(name)).map(({ address }) => address);
}

async function loadExpectations({ folder }: StoredProposal, given: string | undefined): Promise<{ expectations: Expectation[]; path: string | undefined; used: UsedExpectations | undefined }> {
  const found = given === undefined ? await findExpectations(folder) : { path: given, text: await readGiven(given) };
  if (found === undefined) return { expectations: [], path: undefined, used: undefined };
  const { path, text } = found;
  const beside = relative(folder, resolve(path));
  return { expectations: parseExpectations(text, printable(path)), path, used: usedOf(EXPECTATION_FILES.includes(beside) ? beside : null, text) };
}

async function readGiven(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new LpctlError({
      code: "LPCTL_REPLAY_EXPECTATIONS_UNREADABLE",
      exit: Exit.usage,
      message: `There is no readable list of expected changes at ${printable(path)}`,
      next: "Check the path given with --expect",
      cause,
    });
  });
}

function notesOf(proposal: Proposal, intent: UpgradeIntent | undefined): string[] {
  return [
    ...(intent === undefined || intent.initializer === "0x" ? [] : ["The initializer of the upgrade has not run: what it sets was still unset for the new code"]),
    ...(proposal.intents.every(({ kind }) => kind === "upgrade") ? [] : ["The other changes of the proposal were not made: transactions met the parameters and registrations of their time"]),
  ];
}
