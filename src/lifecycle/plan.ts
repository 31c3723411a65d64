import { expectAuthority, readAuthority } from "../authority/climb.ts";
import { expectUpdate } from "../authority/governor.ts";
import type { AuthorityNode } from "../authority/node.ts";
import { pathToPeople } from "../authority/path-to-people.ts";
import { planRoute } from "../authority/route.ts";
import type { RouteContext, RouteStep, StepState } from "../authority/step.ts";
import { join } from "node:path";
import type { JournalState } from "../chain/journal-entries.ts";
import { loadJournal } from "../chain/journal.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { withEffectsHash, type Proposal } from "../proposal/proposal.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Hex } from "../protocol/hex.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { loadReportHash } from "./load-report-hash.ts";
import { readConditions } from "./observe.ts";
import { readSent } from "./read-sent.ts";
import { loadApprovals, signedTransaction, type StoredApproval } from "./approvals/approval-store.ts";
import { loadSafeBundle } from "./safe/safe-bundle.ts";

/** What lies beside a proposal and no chain can tell: signatures collected, and which transactions this machine sent. */
export interface RouteRecord {
  bundle?: SafeBundle | undefined;
  approvals?: readonly StoredApproval[] | undefined;
  journal?: JournalState | undefined;
  /** Of the evidence that the report beside the proposal names; what voters are given to read. */
  reportHash?: Hex | undefined;
}

export interface Plan {
  authority: AuthorityNode;
  steps: RouteStep[];
  /** A key is in the middle of sending the calls: what its own transactions changed is no sign of a stale proposal. */
  begun: boolean;
}

/**
 * The steps of a proposal as the chain stands now.
 * @throws LPCTL_PROPOSAL_AUTHORITY_CHANGED when power has moved since the proposal was prepared
 */
export async function planProposal(rpc: Rpc, proposal: Proposal, record: RouteRecord = {}): Promise<Plan> {
  const first = proposal.authorities[0];
  if (first === undefined) throw new Error("a parsed proposal has an authority");
  rpc.askAhead((ahead) => expectRoute(ahead, proposal));
  const authority = await readAuthority(rpc, first.address);
  const found = pathToPeople(authority, proposal.calls);
  if (JSON.stringify(found) !== JSON.stringify(proposal.authorities)) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_AUTHORITY_CHANGED",
      exit: Exit.refused,
      message: "The authorities of this proposal are no longer those it was prepared for",
      why: `prepared for ${describe(proposal.authorities)}, found ${describe(found)}`,
      next: "Prepare the proposal again",
    });
  }
  const { bundle } = record;
  const context: RouteContext = {
    parameters: proposal.route,
    subject: { proposalId: proposal.id, title: proposal.title, reportHash: record.reportHash, rehearsedAs: withEffectsHash(proposal).id },
    sinceBlock: proposal.sinceBlock,
    chainId: proposal.chainId,
    effect: (reader) => readEffect(reader, proposal),
    sent: (reader, key, calls) => readSent(reader, key, calls, record.journal),
    safeBundle: bundle === undefined ? undefined : signedTransaction(bundle, record.approvals ?? []),
  };
  const steps = planRoute(authority, proposal.calls, context);
  return { authority, steps, begun: await hasBegun(rpc, steps[0], record.journal) };
}

/** For `askAhead`: what planning asks, if the authorities are still those of the proposal, and how far the route is. */
async function expectRoute(ahead: Rpc, { authorities, calls, route }: Proposal): Promise<void> {
  const [first] = authorities;
  await Promise.allSettled([
    ...authorities.map(({ kind, address }) => (kind === "eoa" ? ahead.code(address) : expectAuthority(ahead, address))),
    ...authorities.map(({ kind, address }) => (kind === "governor" && address === first?.address ? expectUpdate(ahead, address, calls, route.salt) : undefined)),
  ]);
}

async function hasBegun(rpc: Rpc, step: RouteStep | undefined, journal: JournalState | undefined): Promise<boolean> {
  if (step === undefined || step.by.kind !== "key" || journal === undefined) return false;
  const sent = await readSent(rpc, step.by.address, step.calls, journal);
  return sent.length > 0 && sent.length < step.calls.length;
}

/** As `planProposal`, with the record that lies beside the proposal. */
export async function planStored(rpc: Rpc, stored: StoredProposal): Promise<Plan> {
  const [bundle, journal] = await Promise.all([loadSafeBundle(stored), loadJournal(journalPath(stored, 0, "send"))]);
  const [approvals, reportHash] = await Promise.all([bundle === undefined ? [] : loadApprovals(stored, bundle), isVotedOn(stored.proposal) ? loadReportHash(stored) : undefined]);
  return planProposal(rpc, stored.proposal, { bundle, approvals, journal, reportHash });
}

function isVotedOn({ authorities }: Proposal): boolean {
  return authorities.some(({ kind }) => kind === "vote-governor");
}

/** One journal for each step of the route, beside the proposal. */
export function journalPath(stored: StoredProposal, index: number, kind: RouteStep["kind"]): string {
  return join(stored.folder, `journal-${index + 1}-${kind}.ndjson`);
}

/** Where nothing stands between people and contracts, a step is done when its promise holds. Plain calls promise nothing. */
async function readEffect(rpc: Rpc, proposal: Proposal): Promise<StepState | undefined> {
  if (proposal.postconditions.length === 0 || proposal.intents.some(({ kind }) => kind === "calls")) return undefined;
  const results = await readConditions(rpc, proposal.postconditions);
  return results.every((result) => result.holds) ? { state: "done" } : undefined;
}

function describe(authorities: Proposal["authorities"]): string {
  return authorities.map((authority) => `${authority.kind} ${authority.address}`).join(" <- ");
}
