import { ANYONE, encodeExecute, readStagedUpdates, type StagedUpdate } from "../authority/governor.ts";
import type { AuthorityNode } from "../authority/node.ts";
import { readAuthority } from "../authority/climb.ts";
import type { PlannedStep } from "../authority/planned-step.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { Project } from "../inspection/project.ts";
import { readBook } from "../inspection/read-book.ts";
import { compileKnownContracts } from "../inspection/sources.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { AuthorityKind } from "../simulation/classify/bookkeeping.ts";
import { authorityKinds } from "../simulation/classify/classify-changes.ts";
import type { AddressBook } from "../simulation/contract-book.ts";
import { readConditions } from "./observe.ts";
import { planStored } from "./plan.ts";
import { openStep } from "./status/open-step.ts";
import { readStatus } from "./status/proposal-status.ts";
import { readOwnProposals } from "./proposal-network.ts";
import { loadSafeBundle } from "./safe/safe-bundle.ts";
import { readProposalBook } from "./simulate-proposal.ts";

/** One thing that is waiting to happen on the chain. */
export interface QueueItem {
  /** The proposal's name, or the update's hash. */
  name: string;
  title: string;
  source: "proposal" | "staged-update";
  id: Hex;
  /** Of its Safe transaction, where one is prepared. */
  safe?: { address: Address; nonce: bigint } | undefined;
  /** Those on its way, which keep books. */
  authorities: ReadonlyMap<Address, AuthorityKind>;
  book: AddressBook;
  /** What remains to be done, stage by stage, as it has to be done on the state that `rpc` shows. */
  stages: readonly ((rpc: Rpc) => Promise<PlannedStep[]>)[];
  /** Preconditions that do not hold on the state that `rpc` shows, by label. */
  unmet: (rpc: Rpc) => Promise<string[]>;
}

/**
 * Everything that waits: this project's open proposals, and updates staged on their Governors that no proposal here
 * describes. In the order in which it can happen: Safe transactions by nonce, then what has none, by number.
 */
export async function readQueueItems(project: Project): Promise<{ items: QueueItem[]; stuck: { name: string; why: string }[] }> {
  const stored = await readOwnProposals(project);
  const read = await Promise.all(stored.map((one) => readProposalItem(project, one)));
  const items = read.flatMap((one) => ("item" in one ? [one.item] : []));
  const stuck = read.flatMap((one) => ("why" in one ? [one] : []));
  const staged = await readForeignUpdates(project, stored);
  return { items: [...items.toSorted(byTurn), ...staged], stuck };
}

/** A proposal is over when all is done; one that can never happen is told, and not run. */
async function readProposalItem(project: Project, stored: StoredProposal): Promise<{ item: QueueItem } | { name: string; why: string } | Record<never, never>> {
  const { proposal, name } = stored;
  const open = openStep((await readStatus(project, stored)).steps);
  if (open === undefined) return {};
  if (open.state.state === "blocked") return { name, why: open.state.why };
  const [plan, bundle] = await Promise.all([planStored(project.rpc, stored), loadSafeBundle(stored)]);
  const book = await readProposalBook(project, proposal, plan);
  return {
    item: {
      name,
      title: proposal.title,
      source: "proposal",
      id: proposal.id,
      safe: bundle === undefined ? undefined : { address: bundle.safe.address, nonce: bundle.transaction.nonce },
      authorities: authorityKinds(plan.authority),
      book,
      // Planned anew each time: the Safe's nonce and the Governor's clock are those that the earlier ones left.
      stages: plan.steps.map((_, index) => async (rpc: Rpc) => (await (await planStored(rpc, stored)).steps[index]?.simulation(rpc)) ?? []),
      unmet: async (rpc) => (await readConditions(rpc, proposal.preconditions)).filter(({ holds }) => !holds).map(({ condition }) => condition.read.label),
    },
  };
}

function byTurn(left: QueueItem, right: QueueItem): number {
  if (left.safe !== undefined && right.safe !== undefined && left.safe.nonce !== right.safe.nonce) return left.safe.nonce < right.safe.nonce ? -1 : 1;
  if ((left.safe === undefined) !== (right.safe === undefined)) return left.safe === undefined ? 1 : -1;
  return left.name < right.name ? -1 : 1;
}

/** Updates that somebody staged without a proposal in this folder. Anyone may execute them when their delay is over. */
async function readForeignUpdates(project: Project, stored: readonly StoredProposal[]): Promise<QueueItem[]> {
  const governors = await findGovernors(project, stored);
  const updates = (await Promise.all(governors.map(({ address }) => readStagedUpdates(project.rpc, address)))).flat();
  const known = new Set(stored.flatMap(({ proposal }) => proposal.calls.map(({ data }) => data)));
  const foreign = updates.filter(({ update }) => !update.data.every((data) => known.has(data)));
  if (foreign.length === 0) return [];
  const book = await readBook(project, { units: await compileKnownContracts(project), authorities: governors });
  return foreign.map((staged) => foreignItem(staged, book));
}

async function findGovernors(project: Project, stored: readonly StoredProposal[]): Promise<AuthorityNode[]> {
  const named = stored.flatMap(({ proposal }) => proposal.authorities.flatMap(({ kind, address }) => (kind === "governor" ? [address] : [])));
  const nodes = await Promise.all([...new Set(named)].map((address) => readAuthority(project.rpc, address)));
  return nodes.filter(({ kind }) => kind === "governor");
}

function foreignItem({ governor, updateHash, update, executeBlock }: StagedUpdate, book: AddressBook): QueueItem {
  const title = `Update staged on the Governor ${governor} by no proposal of this folder`;
  return {
    name: updateHash,
    title,
    source: "staged-update",
    id: updateHash,
    authorities: new Map([[governor, "governor"]]),
    book,
    stages: [
      async (rpc) => {
        const blocks = executeBlock - (await rpc.blockNumber()) - 1n;
        const { data, valueWei } = encodeExecute(update);
        return [
          ...(blocks > 0n ? [{ kind: "advance-blocks" as const, title: `The Governor's delay passes (${blocks} blocks)`, blocks }] : []),
          { kind: "transaction" as const, title: `Execute update ${updateHash}`, from: ANYONE, to: governor, valueWei, data },
        ];
      },
    ],
    unmet: async () => [],
  };
}
