import { Interface } from "ethers";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { RegistryEntry } from "../../chain/registry.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { ProtocolState, RegistryEntryState } from "../../checks/protocol-state.ts";
import { LpctlError } from "../../errors.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { Project } from "../../inspection/project.ts";
import { assembleParameters, readParameterAnswers, type ParameterAnswers } from "../../inspection/read-parameters.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import { nameOfContractId } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import type { SimulationResult } from "../../outcome/simulation.ts";

const controllerInterface = new Interface(["event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)"]);
const SET_CONTRACT_INFO = controllerInterface.getEvent("SetContractInfo")?.topicHash;

/** What was read, and what reading it again after a route needs. */
export interface ProtocolReading {
  state: ProtocolState;
  registry: RegistryEntry[];
  /** Code at each registered address; empty where the proposal leaves code alone. */
  codes: ReadonlyMap<Address, Hex>;
  answers: ParameterAnswers;
}

/** The protocol as it stands now: in a few batches, whatever its size. Undefined where there is no registry. */
export async function readProtocolState(project: Project, { intents }: Pick<Proposal, "intents">): Promise<ProtocolReading | undefined> {
  const { controller, rpc } = project;
  if (controller === undefined) return undefined;
  const registry = await readProjectRegistry(project).catch((error: unknown) => {
    if (error instanceof LpctlError && error.code === "LPCTL_REGISTRY_EMPTY") return undefined;
    throw error;
  });
  if (registry === undefined) return undefined;
  // All code of a registry weighs a megabyte, and parameters leave it alone.
  const needsCode = intents.some(({ kind }) => kind !== "set-parameter" && kind !== "pause" && kind !== "unpause");
  const read = needsCode ? registry : [];
  const [codes, answers, controllers, isPaused] = await Promise.all([
    Promise.all(read.map(({ address }) => rpc.code(address))),
    readParameterAnswers(rpc, registry, controller),
    Promise.all(registry.map((entry) => readController(rpc, entry))),
    readPaused(rpc, controller),
  ]);
  const codeAt = new Map(read.map(({ address }, index): [Address, Hex] => [address, codes[index] ?? "0x"]));
  const entries = registry.map(({ id, name, address, proxy }, index) => ({
    id,
    name,
    address,
    hasCode: codeAt.get(address) !== "0x",
    proxy: proxy === undefined ? undefined : { controller: controllers[index], targetId: proxy.targetId },
  }));
  return { state: { controller, isPaused, entries, parameters: parametersOf(registry, controller, answers) }, registry, codes: codeAt, answers };
}

/**
 * The protocol after a route has run on a fork. Asks again only what the route could have changed, in one round: entries it
 * wrote, and the contracts whose storage or code it touched; everything else is as it was.
 */
export async function readProtocolStateAfter(rpc: Rpc, before: ProtocolReading, simulation: SimulationResult): Promise<ProtocolState> {
  const { controller } = before.state;
  const touched = new Set(simulation.changes.filter(({ kind }) => kind === "storage" || kind === "code").map(({ address }) => address));
  const written = writtenEntries(simulation, controller);
  const known = new Map(before.registry.map((entry) => [entry.id, entry]));
  const entries = [...new Set([...known.keys(), ...written.keys()])].map((id): RegistryEntry => {
    const old = known.get(id) ?? { id, name: nameOfContractId(id), address: ZERO_ADDRESS, gitCommitHash: `0x${"0".repeat(40)}` as const };
    return { ...old, ...written.get(id) };
  });
  const present = entries.filter(({ address }) => address !== ZERO_ADDRESS);
  const isNew = ({ id, address, proxy }: RegistryEntry): boolean => written.has(id) || touched.has(address) || (proxy !== undefined && written.has(proxy.targetId));
  const asked = new Set(present.filter(isNew).flatMap(({ name }) => (name === undefined ? [] : [name])));
  if (touched.has(controller)) asked.add("Controller");
  const isAsked = (contract: string): boolean => asked.has(contract);
  const [answers, states, isPaused] = await Promise.all([
    readParameterAnswers(rpc, present, controller, isAsked),
    Promise.all(entries.map(async (entry) => (isNew(entry) ? readEntryState(rpc, entry) : entryStateBefore(before, entry)))),
    touched.has(controller) ? readPaused(rpc, controller) : before.state.isPaused,
  ]);
  const kept = [...before.answers].filter(([key]) => !isAsked(key.split(".")[0] ?? ""));
  return { controller, isPaused, entries: states, parameters: parametersOf(present, controller, new Map([...kept, ...answers])) };
}

async function readEntryState(rpc: Rpc, { id, name, address }: RegistryEntry): Promise<RegistryEntryState> {
  if (address === ZERO_ADDRESS) return { id, name, address, hasCode: false, proxy: undefined };
  const [code, target, controller] = await Promise.all([
    rpc.code(address),
    tryReadFunction(rpc, address, "function targetContractId() view returns (bytes32)"),
    tryReadFunction(rpc, address, "function controller() view returns (address)"),
  ]);
  const targetId = target?.[0] as Hex | undefined;
  const isProxy = targetId !== undefined && BigInt(targetId) !== 0n;
  return { id, name, address, hasCode: code !== "0x", proxy: isProxy ? { controller: controller?.[0] as Address | undefined, targetId } : undefined };
}

function entryStateBefore({ state }: ProtocolReading, { id, name, address }: RegistryEntry): RegistryEntryState {
  return state.entries.find((entry) => entry.id === id) ?? { id, name, address, hasCode: true, proxy: undefined };
}

/** By the events of the route, the last of each entry: a Controller tells of everything it writes. */
function writtenEntries(simulation: SimulationResult, controller: Address): Map<Hex, Pick<RegistryEntry, "address" | "gitCommitHash">> {
  const logs = simulation.steps.flatMap(({ events }) => events).filter(({ address, topics }) => address === controller && topics[0] === SET_CONTRACT_INFO);
  return new Map(
    logs.map(({ data, topics }): [Hex, Pick<RegistryEntry, "address" | "gitCommitHash">] => {
      const { id, contractAddress, gitCommitHash } = controllerInterface.decodeEventLog("SetContractInfo", data, topics);
      return [id as Hex, { address: contractAddress as Address, gitCommitHash: gitCommitHash as Hex }];
    }),
  );
}

function parametersOf(registry: RegistryEntry[], controller: Address, answers: ParameterAnswers): ProtocolState["parameters"] {
  return assembleParameters(registry, controller, answers).live.map(({ parameter, target, value }) => ({ parameter, target, value }));
}

async function readController(rpc: Rpc, { address, proxy }: RegistryEntry): Promise<Address | undefined> {
  if (proxy === undefined) return undefined;
  return (await tryReadFunction(rpc, address, "function controller() view returns (address)"))?.[0] as Address | undefined;
}

async function readPaused(rpc: Rpc, controller: Address): Promise<boolean | undefined> {
  const answer = await tryReadFunction(rpc, controller, "function paused() view returns (bool)");
  return typeof answer?.[0] === "boolean" ? answer[0] : undefined;
}
