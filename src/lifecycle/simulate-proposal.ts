import { readAuthority } from "../authority/climb.ts";
import type { RegistryEntry } from "../chain/registry.ts";
import type { Rpc } from "../chain/rpc.ts";
import type { AuthorityNode } from "../authority/node.ts";
import type { StepState } from "../authority/step.ts";
import type { ConditionOutcome } from "../checks/condition-outcome.ts";
import type { InitializerTrial, SafeChangeFacts } from "../checks/check.ts";
import type { ProtocolState } from "../checks/protocol-state.ts";
import type { Intent } from "../proposal/intent.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { targetIdName } from "../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";
import type { Aftermath } from "../outcome/aftermath.ts";
import { protocolOf } from "../simulation/aftermath/protocol.ts";
import { findAccounts } from "../simulation/aftermath/sample.ts";
import { AftermathTrial } from "../simulation/aftermath/trial.ts";
import { LATER_BLOCKS } from "../simulation/classify/control-run.ts";
import { blocksOfRoute } from "../simulation/foresee-route.ts";
import { KnownHashes } from "../simulation/observe-transaction.ts";
import { simulate } from "../simulation/route-runner.ts";
import type { Fork, ForkMark } from "../simulation/fork.ts";
import type { AddressBook } from "../simulation/contract-book.ts";
import type { ControlRecord, SimulationResult } from "../outcome/simulation.ts";
import { historyAfter, joinAhead, type Ahead } from "../simulation/witness/ahead.ts";
import type { ForeseenCall } from "../simulation/witness/touched.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import { readConditions } from "./observe.ts";
import { planProposal, type Plan } from "./plan.ts";
import { readProtocolState, readProtocolStateAfter, type ProtocolReading } from "./facts/read-protocol-state.ts";
import { readChangedSafes, readSafeChanges } from "./facts/read-safe-changes.ts";
import { findInitializers, readOpen, tryInitializers } from "./facts/try-initializers.ts";
import type { Project } from "../inspection/project.ts";
import { readProjectRegistry } from "../inspection/read-registry.ts";
import { readBook } from "../inspection/read-book.ts";
import { classifySimulation, runProposalControl } from "../simulation/classify/classify-proposal.ts";
import type { Effect } from "../simulation/effects/effects.ts";
import { compileKnownContracts, compileReference } from "../inspection/sources.ts";

export interface SimulatedProposal {
  plan: Plan;
  book: AddressBook;
  simulation: SimulationResult;
  /** Of the plan's steps, as the chain stands. */
  states: StepState[];
  /** Postconditions as they stand on the fork after the last step. */
  postconditions: ConditionOutcome[];
  /** The registry protocol before the first step, and after the last one; undefined where there is none. */
  protocol: { reading: ProtocolReading; after: ProtocolState } | undefined;
  /** Initialising functions of new code that a stranger got through with after the last step. */
  openInitializers: InitializerTrial[];
  /** Safes that it has change themselves, before and after. */
  safeChanges: SafeChangeFacts[];
  /** What comes after: invariants, rounds with actors, the way back. */
  aftermath: Aftermath;
}

/** What looks at the fork before the first step. */
export interface Before {
  look: (fork: Fork, plan: Plan) => Promise<void>;
  /** What it will read there, as far as that is known when the fork is made. */
  ahead: () => Ahead;
}

/**
 * Runs a proposal through its whole route on a fork of the chain: the Safe's own execTransaction, the Governor's delay,
 * the calls themselves. Then the control runs, and every change gets its class. Sends nothing to the chain.
 * @param effects what people allowed it to change, where they said so
 * @param permitted nothing is run before this is resolved; until then the chain is only read
 */
export async function simulateProposal(
  project: Project,
  proposal: Proposal,
  effects: readonly Effect[],
  before?: Before,
  permitted?: Promise<void>,
): Promise<SimulatedProposal> {
  if (project.aftermath !== false) project.rpc.askAhead((ahead) => expectLife(ahead, project));
  const [plan, reading, initializers, changingSafes] = await Promise.all([
    planProposal(project.rpc, proposal),
    readProtocolState(project, proposal),
    findInitializers(project, proposal),
    readSafeChanges(project.rpc, proposal),
  ]);
  const [openNow, book, planned, states] = await Promise.all([
    readOpen(project.rpc, initializers),
    readProposalBook(project, proposal, plan),
    Promise.all(plan.steps.map((step) => step.simulation(project.rpc))),
    Promise.all(plan.steps.map((step) => step.state(project.rpc))),
    permitted,
  ]);
  const steps = planned.flat();
  const known = new KnownHashes();
  let postconditions: ConditionOutcome[] = [];
  let start: ForkMark | undefined;
  let control: ControlRecord | undefined;
  let after: ProtocolState | undefined;
  let openInitializers: InitializerTrial[] = [];
  let safeChanges: SafeChangeFacts[] = [];
  const trial = new AftermathTrial({ proposal, steps, book, controller: project.controller, source: project.rpc, isWanted: project.aftermath !== false });
  const ahead =
    project.witness?.fetches === false || project.block === undefined
      ? undefined
      : joinAhead([before?.ahead() ?? {}, await trial.ahead(namedContracts(reading?.registry ?? []), project.block.number), historyAfter(blocksOfRoute(project.block.number + LATER_BLOCKS, steps))]);
  const simulation = await simulate({
    rpcUrl: project.rpc.url,
    block: project.block,
    witness: project.witness,
    steps,
    book,
    known,
    proposalId: proposal.id,
    foreseen: innerCalls(plan, proposal),
    ahead,
    assumptions: assumptionsOf(plan),
    before: async (fork) => {
      await before?.look(fork, plan);
      await trial.before(fork);
      start = await fork.mark();
    },
    after: async (fork, result) => {
      const [conditions, state, passing] = await Promise.all([
        readConditions(fork.rpc, proposal.postconditions),
        reading === undefined ? undefined : readProtocolStateAfter(fork.rpc, reading, result),
        readOpen(fork.rpc, initializers),
      ]);
      [postconditions, after] = [outcomesOf(conditions), state];
      openInitializers = await tryInitializers(fork, passing, openNow);
      safeChanges = await readChangedSafes(fork, proposal, book, changingSafes);
      await trial.after(fork, result);
      // Last of all: it gives up the state that the route left.
      if (start !== undefined) control = await runProposalControl({ fork, start, steps, book, proposal, authority: plan.authority, result, known });
    },
  });
  const protocol = reading === undefined || after === undefined ? undefined : { reading, after };
  const classified = classifySimulation(simulation, { proposal, authority: plan.authority, control, effects });
  return { plan, book, simulation: classified, states, postconditions, protocol, openInitializers, safeChanges, aftermath: trial.outcome };
}

/** For `askAhead`: the events by which the life after a proposal chooses its actors. */
async function expectLife(ahead: Rpc, project: Project): Promise<void> {
  const { controller, block } = project;
  const protocol = controller === undefined ? undefined : protocolOf(controller, namedContracts(await readProjectRegistry({ ...project, rpc: ahead })));
  if (protocol !== undefined && block !== undefined) await findAccounts(ahead, block.number, protocol);
}

function namedContracts(registry: readonly RegistryEntry[]): Map<string, Address> {
  return new Map(registry.flatMap(({ name, address }) => (name === undefined ? [] : [[name, address]])));
}

/** Who calls what in the end, and what each Safe and key does on the way. */
export function innerCalls(plan: Plan, proposal: Proposal): ForeseenCall[] {
  const ofSteps = plan.steps.flatMap(({ by, calls }) => (by.kind === "anyone" || by.kind === "voters" ? [] : calls.map((call) => ({ from: by.address, ...call }))));
  return [...ofSteps, ...proposal.calls.map((call) => ({ from: plan.authority.address, ...call }))];
}

/** The book for a proposal: known contracts, and the new code for the proxies that it upgrades. */
export async function readProposalBook(project: Project, proposal: Proposal, plan: Plan): Promise<AddressBook> {
  const [units, upgraded, targets] = await Promise.all([
    compileKnownContracts(project),
    compileUpgraded(project, proposal),
    readTargetAuthorities(project, proposal),
  ]);
  const names = proposal.intents.flatMap((intent) => {
    if (intent.kind === "register") return [intent.contract];
    return intent.kind === "upgrade" && intent.proxy.kind === "controller-registry" ? [intent.contract, `${intent.contract}Target`] : [];
  });
  const beacons = proposal.intents.flatMap((intent) =>
    intent.kind === "upgrade" && intent.proxy.kind === "beacon" ? [intent.proxy.beacon] : [],
  );
  return readBook(project, { units, authorities: [...targets, plan.authority], upgraded, names, beacons });
}

/** Plain calls may go to a Governor, a timelock or a Safe (to cancel something, say), whose storage has names too. */
async function readTargetAuthorities(project: Project, proposal: Proposal): Promise<AuthorityNode[]> {
  const targets = proposal.intents.flatMap((intent) => (intent.kind === "calls" ? intent.calls.map(({ to }) => to) : []));
  return Promise.all([...new Set(targets)].map((target) => readAuthority(project.rpc, target)));
}

async function compileUpgraded(
  project: Project,
  proposal: Proposal,
): Promise<Map<Address, { name: string; unit: CompiledUnit }>> {
  const upgraded = new Map<Address, { name: string; unit: CompiledUnit }>();
  for (const intent of proposal.intents) {
    const installed = installedBy(intent, proposal.intents);
    if (installed === undefined) continue;
    const source = proposal.code.find((evidence) => evidence.address === installed.code)?.source;
    if (source === undefined) continue;
    // Under a second name the code behind a proxy is still that of the first.
    if (installed.code === installed.at && upgraded.has(installed.at)) continue;
    upgraded.set(installed.at, { name: installed.name, unit: await compileReference(project, source) });
  }
  return upgraded;
}

/** Whose storage which code explains: an upgraded proxy's, a new proxy's by its target in the same batch, any other contract's by its own. */
function installedBy(intent: Intent, intents: readonly Intent[]): { name: string; at: Address; code: Address } | undefined {
  if (intent.kind === "upgrade") return { name: intent.contract, at: intent.proxy.address, code: intent.implementation };
  if (intent.kind !== "register" || intent.address === ZERO_ADDRESS) return undefined;
  const target = intents.find((other) => other.kind === "register" && other.contract === targetIdName(intent.contract));
  return { name: intent.contract, at: intent.address, code: target?.kind === "register" ? target.address : intent.address };
}

export function outcomesOf(results: Awaited<ReturnType<typeof readConditions>>): ConditionOutcome[] {
  return results.map(({ condition, actual, holds }) => ({
    label: condition.read.label,
    expect: condition.expect,
    actual,
    holds,
  }));
}

function assumptionsOf(plan: Plan): string[] {
  const words = new Set<string>();
  for (const step of plan.steps) {
    if (step.kind === "safe") {
      words.add("Signatures of Safe owners are replaced by approvals that the fork sends in the owners' names.");
    }
    if (step.kind === "governor-execute") words.add("The Governor's delay passes by jumping over its blocks.");
    if (step.kind === "timelock-execute") words.add("The timelock's delay passes by moving the clock.");
    if (step.kind === "vote-create") words.add("The vote is created, cast and queued on the fork in the names of the biggest voters found on chain; what really is voted is for them to decide.");
    if (step.kind === "vote") words.add("The time of the vote passes by jumping over it; nothing else happens meanwhile.");
    if (step.kind === "send") words.add("The key's transactions are sent without its signature.");
  }
  return [...words];
}
