import { readAuthority } from "../authority/climb.ts";
import type { AuthorityNode } from "../authority/node.ts";
import { planRoute } from "../authority/route.ts";
import type { RouteContext, RouteStep, StepState } from "../authority/step.ts";
import { join } from "node:path";
import { loadJournal } from "../chain/journal.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Hex } from "../protocol/hex.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { pathToPeople } from "./create-proposal.ts";
import { readConditions } from "./observe.ts";
import { loadSafeBundle } from "./safe-bundle.ts";

/** What lies beside a proposal and no chain can tell: signatures collected, and what this machine sent. */
export interface RouteRecord {
  bundle?: SafeBundle | undefined;
  /** The key's transactions, when all of them are confirmed. */
  sent?: Hex[] | undefined;
}

export interface Plan {
  authority: AuthorityNode;
  steps: RouteStep[];
}

/**
 * The steps of a proposal as the chain stands now.
 * @throws LPCTL_PROPOSAL_AUTHORITY_CHANGED when power has moved since the proposal was prepared
 */
export async function planProposal(rpc: Rpc, proposal: Proposal, record: RouteRecord = {}): Promise<Plan> {
  const first = proposal.authorities[0];
  if (first === undefined) throw new Error("a parsed proposal has an authority");
  const authority = await readAuthority(rpc, first.address);
  const found = pathToPeople(authority);
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
    sinceBlock: proposal.sinceBlock,
    chainId: proposal.chainId,
    effect: (reader) => readEffect(reader, proposal),
    sent: record.sent,
    safeBundle:
      bundle === undefined
        ? undefined
        : {
            safeTxHash: bundle.hashes.safeTxHash,
            nonce: bundle.transaction.nonce,
            signatures: bundle.signatures.length,
          },
  };
  return { authority, steps: planRoute(authority, proposal.calls, context) };
}

/** As `planProposal`, with the record that lies beside the proposal. */
export async function planStored(rpc: Rpc, stored: StoredProposal): Promise<Plan> {
  const [bundle, journal] = await Promise.all([loadSafeBundle(stored), loadJournal(journalPath(stored, 0, "send"))]);
  const confirmed = journal?.operations.every(({ status }) => status === "confirmed") === true;
  return planProposal(rpc, stored.proposal, {
    bundle,
    sent: confirmed ? journal.operations.flatMap(({ mined }) => (mined === undefined ? [] : [mined.hash])) : undefined,
  });
}

/** One journal for each step of the route, beside the proposal. */
export function journalPath(stored: StoredProposal, index: number, kind: RouteStep["kind"]): string {
  return join(stored.folder, `journal-${index + 1}-${kind}.ndjson`);
}

/** Where nothing stands between people and contracts, a step is done when its promise holds. */
async function readEffect(rpc: Rpc, proposal: Proposal): Promise<StepState | undefined> {
  if (proposal.postconditions.length === 0) return undefined;
  const results = await readConditions(rpc, proposal.postconditions);
  return results.every((result) => result.holds) ? { state: "done" } : undefined;
}

function describe(authorities: Proposal["authorities"]): string {
  return authorities.map((authority) => `${authority.kind} ${authority.address}`).join(" <- ");
}
