import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { readLogs } from "../../chain/logs.ts";
import { readRegistered } from "../../chain/registered-contract.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { tallyCachePath } from "../../inspection/tally/count-vote.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { quantitySchema, type Address, type Hex } from "../../protocol/hex.ts";
import type { PollRequirement } from "../../protocol/policy.ts";
import { loadEvidence } from "../../simulation/evidence/evidence-file.ts";
import { readLastBlockUpTo } from "../../voting/contract-block.ts";
import { linkOf } from "../../voting/link.ts";
import { POLL_CREATED, POLL_VOTE, pollCreatorInterface } from "../../voting/poll-contract.ts";
import { readPolls } from "../../voting/find/read-polls.ts";
import { loadTallyCache } from "../../voting/tally/tally-cache.ts";
import { readTallyInput } from "../../voting/tally/read-tally-input.ts";
import { tallyUnder } from "../../voting/tally/tally-under.ts";
import { logsMissing } from "../../voting/vote-errors.ts";
import type { PollFacts } from "../../voting/vote.ts";
import { parseVoteText } from "../../voting/vote-text.ts";
import type { PollFact } from "./poll-fact.ts";
import { plural } from "../../protocol/plural.ts";

/** The evidence beside a proposal, and what is kept of earlier ones because a poll names them. */
const EVIDENCE_FILES = /^evidence(-0x[0-9a-f]{8})?\.json\.gz$/;
/** Blocks after which one counts as final where a node does not say which is. */
const FINAL_AFTER_BLOCKS = 64n;
/** More look-alikes than this are told as if there were no others. */
const MOST_FOREIGN = 5;
/** More polls than this about one proposal are a flood: those in which nobody voted are then not counted at length. */
const MOST_COUNTED = 8;
const POLLS_AT_ONCE = 100;

const finalizedSchema = z.looseObject({ number: quantitySchema }).nullable();

/**
 * The polls about a proposal, by their text, and what came of those that are over, back to the last one that decided. The text must be
 * what `vote create` writes, to the letter: under the title "Keep everything as it is" people would say yes to something else. Nothing
 * created before the proposal is looked for.
 * @param project pinned to one block
 * @param folder of the proposal, where it has one: evidence that polls name is looked for in it
 * @throws LPCTL_VOTE_LOGS_MISSING, and what `readTallyInput` throws
 */
export async function readPollFact(project: Project, proposal: Proposal, { rules }: PollRequirement, folder: string | undefined): Promise<PollFact> {
  const { rpc, controller } = project;
  const creator = controller === undefined ? undefined : await readRegistered(rpc, controller, "PollCreator");
  const found = creator === undefined ? [] : await readOwnPolls(rpc, creator, proposal.sinceBlock);
  const polls = found.filter((poll) => linkOf(poll, proposal) === "belongs");
  const named = polls.flatMap(({ link }) => link?.reportHash ?? []);
  return {
    rules,
    creator: creator ?? null,
    polls: await describePolls(project, polls, rules),
    foreign: polls.length > 0 ? [] : await readForeign(rpc, creator, proposal),
    evidence: folder === undefined || named.length === 0 || !existsSync(folder) ? [] : await readEvidenceHashes(folder, proposal.id, named),
  };
}

/** A PollCreator's nonce counts its polls, so a provider that keeps logs back is found out. */
async function readOwnPolls(rpc: Rpc, creator: Address, fromBlock: bigint): Promise<PollFacts[]> {
  const sources = { pollCreators: [creator], governors: [] };
  const [nonce, before] = await Promise.all([rpc.nonce(creator), fromBlock === 0n ? 1n : rpc.nonce(creator, fromBlock - 1n).catch(stateMissing)]);
  // Without the state of back then, all polls there ever were are counted instead.
  if (before === undefined) return readPolls(rpc, sources);
  const polls = await readPolls(rpc, sources, { fromBlock });
  const created = nonce - (before === 0n ? 1n : before);
  if (BigInt(polls.length) < created) throw logsMissing(`the PollCreator ${creator}`, `it has created ${plural(created, "poll")} since block ${fromBlock}, and the logs name ${polls.length}`);
  return polls;
}

function stateMissing(error: unknown): undefined {
  if (error instanceof LpctlError && (error.code === "LPCTL_RPC_ERROR" || error.code === "LPCTL_ANVIL_STATE_GONE")) return undefined;
  throw error;
}

/** Newest first, one after the other: what came before a decision decides nothing, and anybody with 100 LPT can add polls. */
async function describePolls(project: Project, polls: readonly PollFacts[], rules: PollRequirement["rules"]): Promise<PollFact["polls"]> {
  const withVotes = polls.length > MOST_COUNTED ? await readPollsWithVotes(project.rpc, polls) : undefined;
  const described: PollFact["polls"] = [];
  for (const poll of polls.toReversed()) {
    if (poll.state === "over" && withVotes?.has(poll.address) === false) continue;
    const one = await describePoll(project, poll, rules);
    described.unshift(one);
    if (one.state === "passed" || one.state === "rejected") break;
  }
  return described;
}

async function readPollsWithVotes(rpc: Rpc, polls: readonly PollFacts[]): Promise<Set<Address>> {
  const withVotes = new Set<Address>();
  for (let from = 0; from < polls.length; from += POLLS_AT_ONCE) {
    const part = polls.slice(from, from + POLLS_AT_ONCE);
    const logs = await readLogs(rpc, { address: part.map(({ address }) => address), topics: [POLL_VOTE], fromBlock: part[0]?.createdBlock ?? 0n, toBlock: "latest" });
    for (const { address } of logs) withVotes.add(address);
  }
  return withVotes;
}

async function describePoll({ policy, ...project }: Project, poll: PollFacts, rules: PollRequirement["rules"]): Promise<PollFact["polls"][number]> {
  const { address, link, endBlock } = poll;
  const known = { address, reportHash: link?.reportHash ?? null, endBlock: endBlock.toString() };
  if (poll.state === "active") return { ...known, state: "running", count: null };
  const [last, final] = await Promise.all([readLastBlockUpTo(project.rpc, endBlock), readFinalBlock(project.rpc)]);
  if (last.number > final) return { ...known, state: "settling", count: null };
  project.progress?.(`Counting the poll ${address}`);
  // Whoever signs or sends takes nobody's word for what the chain said, not even that of a file on their own disk.
  const cache = policy?.acting === true ? undefined : await loadTallyCache(tallyCachePath(project, poll));
  const { forWei, againstWei, participationWei, quorumWei, outcome, rows } = tallyUnder(rules, await readTallyInput(project.rpc, poll, { controller: project.controller, progress: project.progress, cache }));
  return {
    ...known,
    state: outcome,
    count: { forWei: forWei.toString(), againstWei: againstWei.toString(), participationWei: participationWei.toString(), quorumWei: quorumWei.toString(), voters: rows.length },
  };
}

/** The newest block that cannot be replaced any more, by the chain's own numbering. */
async function readFinalBlock(rpc: Rpc): Promise<bigint> {
  const block = await rpc.request("eth_getBlockByNumber", ["finalized", false], finalizedSchema).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_RPC_ERROR") return null;
    throw error;
  });
  if (block !== null) return block.number;
  const latest = await rpc.blockNumber();
  return latest > FINAL_AFTER_BLOCKS ? latest - FINAL_AFTER_BLOCKS : 0n;
}

/** What looks like a poll about the proposal and is of somebody else. Asked only where there is none of the protocol's own. */
async function readForeign(rpc: Rpc, creator: Address | undefined, { id, sinceBlock }: Proposal): Promise<PollFact["foreign"]> {
  const logs = await readLogs(rpc, { topics: [POLL_CREATED], fromBlock: sinceBlock, toBlock: "latest" });
  return logs
    .filter(({ address }) => address !== creator)
    .flatMap((log) => {
      const decoded = decodeCreation(log.data, log.topics);
      return decoded !== undefined && parseVoteText(decoded.text)?.proposalId === id ? [{ poll: decoded.poll, creator: log.address }] : [];
    })
    .slice(0, MOST_FOREIGN);
}

/** Anybody can emit an event with this topic and other contents. */
function decodeCreation(data: Hex, topics: readonly Hex[]): { poll: Address; text: string } | undefined {
  try {
    const [poll, proposal] = pollCreatorInterface.decodeEventLog("PollCreated", data, topics).toArray() as [Address, Hex];
    return { poll, text: new TextDecoder().decode(Buffer.from(proposal.slice(2), "hex")) };
  } catch {
    return undefined;
  }
}

/** Of those that polls name; of all, where they name none. One that was altered, or is of another proposal, is none. */
async function readEvidenceHashes(folder: string, proposalId: Hex, named: readonly Hex[]): Promise<Hex[]> {
  const names = (await readdir(folder)).filter((name) => EVIDENCE_FILES.test(name)).sort();
  const hashes = await Promise.all(
    names.map(async (name) => {
      try {
        const { hash, evidence } = await loadEvidence(join(folder, name));
        return z.looseObject({ id: z.literal(proposalId) }).safeParse(evidence.proposal).success ? [hash] : [];
      } catch (error) {
        if (error instanceof LpctlError && error.exit === Exit.refused) return [];
        throw error;
      }
    }),
  );
  const voted = hashes.flat().filter((hash) => named.includes(hash));
  return voted.length > 0 ? voted : hashes.flat();
}
