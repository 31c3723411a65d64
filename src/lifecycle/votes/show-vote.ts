import { LpctlError } from "../../errors.ts";
import { atOneBlock } from "../at-one-block.ts";
import { loadKeptReport } from "../kept-report.ts";
import { readBlockTime } from "../read-block-time.ts";
import type { StoredProposal } from "../../proposal/store.ts";
import { decodeKnownCall } from "../../protocol/decode-known.ts";
import type { DecodedArgument } from "../../protocol/decoded-argument.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { VotingPower } from "../../voting/power/power.ts";
import { outlookOf, type Outlook } from "../../voting/outlook.ts";
import { readPower } from "../../voting/power/read-power.ts";
import { readTallyInput } from "../../voting/tally/read-tally-input.ts";
import type { TallyCache } from "../../voting/tally/tally-cache.ts";
import type { TallyResult } from "../../voting/tally/tally-result.ts";
import { tallyUnder } from "../../voting/tally/tally-under.ts";
import { readTimeLeft, type TimeLeft } from "../../voting/time-left.ts";
import { callsDiffer, whyClaims } from "../../voting/vote-errors.ts";
import type { VoteSources } from "../../voting/find/vote-sources.ts";
import { isOpen, voteReference, type VoteFacts } from "../../voting/vote.ts";
import { findProposalOf, openVote } from "./open-vote.ts";
import type { Project } from "../../inspection/project.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";

/** A proposal of this folder that the text of a vote names. */
export interface NamedProposal {
  name: string;
  title: string;
  /** `claims`: the text names it, and the calls are others. */
  relation: "belongs" | "claims";
  /** Whether the report that the text names lies beside the proposal; null where it names none. */
  hasReport: boolean | null;
}

export interface VoteCall {
  to: Address;
  toName: string | null;
  valueWei: bigint;
  data: Hex;
  signature: string | null;
  args: DecodedArgument[];
}

/** A vote as it stands, counted by its own rules; or why it cannot be counted. */
export type Standing = ({ counted: true } & Omit<TallyResult, "rows">) | { counted: false; why: string };

export interface VoteView {
  reference: string;
  /** What the contract is registered as: LivepeerGovernor, StakeGovernor, PollCreator. */
  contract: string | null;
  vote: VoteFacts;
  proposal: NamedProposal | null;
  /** Empty for a poll. */
  calls: VoteCall[];
  /** Null while no vote can have been cast. */
  standing: Standing | null;
  /** Null where nothing more can be cast, or nothing can be counted. */
  outlook: Outlook | null;
  timeLeft: TimeLeft | null;
  power: VotingPower | null;
  remarks: string[];
}

export interface ShowVoteOptions {
  /** Whose power is shown. */
  account?: Address | undefined;
  cache?: TallyCache | undefined;
}

/**
 * All there is to know about a vote, read at one block.
 * @throws what `openVote` and `readPower` throw
 */
export async function showVote(given: Project, sources: VoteSources, reference: string, options: ShowVoteOptions = {}): Promise<VoteView> {
  const project = await atOneBlock(given);
  const { rpc } = project;
  const vote = await openVote(project, sources, reference);
  const [registry, linked, blockTime, standing] = await Promise.all([
    readProjectRegistry(project),
    findProposalOf(project, vote),
    rpc.block("latest").then((block) => readBlockTime(rpc, project.chainId, block)),
    readStanding(project, vote, options.cache),
  ]);
  const [timeLeft, power, proposal] = await Promise.all([
    readTimeLeft(rpc, vote, blockTime?.milliseconds),
    options.account === undefined ? undefined : readPower(rpc, vote, options.account, { bondingManager: registry.find(({ name }) => name === "BondingManager")?.address }),
    linked === undefined ? undefined : describeLinked(linked, vote),
  ]);
  const nameOf = (address: Address | undefined): string | null => registry.find((entry) => entry.address === address)?.name ?? null;
  return {
    reference: voteReference(vote),
    contract: nameOf(vote.kind === "poll" ? vote.creator : vote.governor),
    vote,
    proposal: proposal ?? null,
    calls: vote.kind === "poll" ? [] : vote.calls.map((call) => describeCall(call, nameOf(call.to))),
    standing,
    outlook: isOpen(vote) && standing?.counted === true ? outlookOf(standing, standing.quotaPpm) : null,
    timeLeft: timeLeft ?? null,
    power: power ?? null,
    remarks: remarksOn(vote, proposal, standing),
  };
}

/** A vote that its text says is about a proposal of this folder, with calls that are not that proposal's. */
export function refusalOf({ vote, proposal }: VoteView): LpctlError | undefined {
  if (proposal?.relation !== "claims") return undefined;
  return callsDiffer(vote, whyClaims(vote, proposal.name), { proposal: proposal.name });
}

/** What keeps a vote from being counted (an RPC without all logs, say) keeps nobody from seeing the rest of it. */
async function readStanding(project: Project, vote: VoteFacts, cache: TallyCache | undefined): Promise<Standing | null> {
  if (vote.kind === "governor" && vote.snapshot >= vote.clock) return null;
  try {
    const input = await readTallyInput(project.rpc, vote, { controller: project.controller, progress: project.progress, cache });
    const { rows: _rows, ...counted } = tallyUnder(vote.kind === "poll" ? "lip-16" : vote.rules, input);
    return { counted: true, ...counted };
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return { counted: false, why: [error.message, error.why].filter((part) => part !== undefined).join(": ") };
  }
}

async function describeLinked({ stored, relation }: { stored: StoredProposal; relation: "belongs" | "claims" }, { link }: VoteFacts): Promise<NamedProposal> {
  const { name, proposal } = stored;
  return { name, title: proposal.title, relation, hasReport: link?.reportHash === undefined ? null : await hasReport(stored, link.reportHash) };
}

async function hasReport(stored: StoredProposal, reportHash: Hex): Promise<boolean> {
  try {
    return (await loadKeptReport(stored))?.evidence?.hash === reportHash;
  } catch (error) {
    // A report that was edited is not the one that voters were given.
    if (error instanceof LpctlError) return false;
    throw error;
  }
}

function describeCall(call: { to: Address; valueWei: bigint; data: Hex }, toName: string | null): VoteCall {
  const decoded = decodeKnownCall(call.data);
  return { ...call, toName, signature: decoded?.signature ?? null, args: decoded?.args ?? [] };
}

function remarksOn(vote: VoteFacts, proposal: NamedProposal | undefined, standing: Standing | null): string[] {
  const remarks: string[] = [];
  if (vote.kind === "poll" && vote.foreign) remarks.push(`The poll is foreign: ${vote.creator ?? "nobody known"} created it, not the registered PollCreator. It decides nothing here.`);
  if (vote.kind === "poll" && vote.destroyed) remarks.push("The poll's contract is destroyed; its votes are in the logs and count as before.");
  if (vote.link !== undefined && proposal === undefined) remarks.push(`Its text names the proposal ${vote.link.proposalId}, which is not in this folder.`);
  if (proposal?.relation === "claims") remarks.push(vote.kind === "poll" ? `Its text names ${proposal.name}, and is NOT the one that lpctl writes about that proposal: nobody counts it.` : `Its text names ${proposal.name}, and its calls are NOT the calls of that proposal.`);
  if (proposal?.hasReport === false) remarks.push(`The report that its text names is not the one beside ${proposal.name}.`);
  if (standing?.counted === true && standing.abstainOnly) {
    remarks.push(`Only abstentions so far: under ${standing.rules} that ${standing.outcome === "passed" ? "passes, though nobody is for it" : "does not pass"}.`);
  }
  return remarks;
}
