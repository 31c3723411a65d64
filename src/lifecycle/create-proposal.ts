import { expectCaller, readAuthority, readCallerOfAll } from "../authority/climb.ts";
import { readFreeUpdateNonce } from "../authority/governor.ts";
import { pathToPeople } from "../authority/path-to-people.ts";
import type { AuthorityNode } from "../authority/node.ts";
import { chooseProposer, drives, readFreeSalt } from "../authority/timelock.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { readsToPin } from "../proposal/conditions.ts";
import { deriveCalls } from "../proposal/derive-calls.ts";
import type { Intent } from "../proposal/intent.ts";
import { makeProposal, type CodeEvidence, type Proposal } from "../proposal/proposal.ts";
import type { Address } from "../protocol/hex.ts";
import { pin } from "./observe.ts";
import type { Project } from "../inspection/project.ts";

export interface ProposalRequest {
  title: string;
  intents: Intent[];
  code: CodeEvidence[];
  /** Blocks a LIP-25 Governor waits. */
  delayBlocks: bigint;
  /** Seconds a timelock waits; its own minimum when that is longer. */
  delaySeconds: bigint;
  /** Who is to act, where the contracts called take it from more than one: the new holder of a role, say. */
  actor?: Address | undefined;
}

/**
 * Turns intents into a proposal: derives the calls, finds who may make them, pins the state they were
 * prepared on. Reads only.
 * @throws LPCTL_AUTHORITY_UNKNOWN, _MIXED, _NO_ROUTE; LPCTL_PROPOSAL_NOTHING_TO_DO
 */
export async function createProposal(project: Project, request: ProposalRequest): Promise<Proposal> {
  const { rpc, controller } = project;
  project.progress?.("Finding who may make the change, and what it rests on");
  const calls = deriveCalls(request.intents);
  if (controller !== undefined) rpc.askAhead((ahead) => expectCaller(ahead, controller, calls));
  const [caller, preconditions, sinceBlock, genesis] = await Promise.all([
    request.actor ?? readActor(rpc, request.intents),
    pin(rpc, readsToPin(request.intents), proxiesOf(request.intents)),
    rpc.blockNumber(),
    rpc.block(0n),
  ]);
  const node = await readAuthority(rpc, caller);
  const authorities = pathToPeople(node, calls);
  const proposal = makeProposal({
    network: project.network,
    chainId: project.chainId,
    genesisHash: genesis.hash,
    title: request.title,
    intents: request.intents,
    authorities,
    route: {
      salt: await readSalt(project, node, calls),
      delayBlocks: request.delayBlocks,
      delaySeconds: request.delaySeconds,
    },
    sinceBlock,
    preconditions,
    code: request.code,
  });
  requireEffect(proposal);
  return proposal;
}

/**
 * Who has to act for the intents: the one whom all contracts obey. A Safe that changes itself obeys itself.
 * @throws LPCTL_AUTHORITY_UNKNOWN, _MIXED
 */
export async function readActor(rpc: Rpc, intents: readonly Intent[]): Promise<Address> {
  const [safe, other] = [...new Set(intents.flatMap((intent) => (intent.kind === "change-safe" ? [intent.safe] : [])))];
  const calls = deriveCalls(intents.filter(({ kind }) => kind !== "change-safe"));
  const caller = calls.length === 0 ? safe : await readCallerOfAll(rpc, calls);
  if (caller !== undefined && other === undefined && (safe === undefined || safe === caller)) return caller;
  throw new LpctlError({
    code: "LPCTL_AUTHORITY_MIXED",
    exit: Exit.usage,
    message: "A Safe that changes itself acts for itself, and the rest of this batch is for somebody else",
    why: [safe, other, caller].filter((address) => address !== undefined).join(", "),
    next: "Make one proposal for the Safe, and one for the rest",
  });
}

/** Proxies that get new code. */
export function proxiesOf(intents: readonly Intent[]): Set<Address> {
  return new Set(intents.flatMap((intent) => (intent.kind === "upgrade" ? [intent.proxy.address] : [])));
}

async function readSalt(project: Project, node: AuthorityNode, calls: ReturnType<typeof deriveCalls>): Promise<bigint> {
  if (node.kind === "governor") return readFreeUpdateNonce(project.rpc, node.address, calls);
  // Where a governor drives it, the text of the vote tells operations apart.
  const proposer = node.kind === "timelock" ? chooseProposer(node) : undefined;
  if (node.kind === "timelock" && (proposer === undefined || !drives(proposer, node))) return readFreeSalt(project.rpc, node.address, calls);
  return 0n;
}

/**
 * A proposal whose whole promise already holds would cost signatures and change nothing. Plain calls promise nothing that could be
 * read: what they do is known to nobody here, so that a batch with some is never idle.
 * @throws LPCTL_PROPOSAL_NOTHING_TO_DO
 */
export function requireEffect(proposal: Pick<Proposal, "title" | "network" | "intents" | "preconditions" | "postconditions">): void {
  const before = new Map(proposal.preconditions.map(({ read, expect }) => [JSON.stringify(read), expect]));
  const fulfilled =
    proposal.intents.every(({ kind }) => kind !== "calls") &&
    proposal.postconditions.every(({ read, expect }) => before.get(JSON.stringify(read)) === expect);
  if (fulfilled) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_NOTHING_TO_DO",
      exit: Exit.usage,
      message: `${proposal.title}: this is already so on network ${proposal.network}`,
      next: "lpctl params list",
    });
  }
}
