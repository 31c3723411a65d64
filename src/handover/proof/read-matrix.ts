import { readErc1967Proxy } from "../../chain/proxies.ts";
import { tryReadFunction } from "../../chain/read-function.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Project } from "../../inspection/project.ts";
import { readParameters } from "../../inspection/read-parameters.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import type { Address } from "../../protocol/hex.ts";
import type { PrivilegeGraph } from "../graph/privilege.ts";
import { tryCalls, type Matrix } from "./matrix.ts";
import { privilegedCalls, type PrivilegedCall } from "./privileged-calls.ts";

/** More columns than this are not read by anybody; those that matter come first. */
const MOST_ACTORS = 24;

/** The privileged calls of the protocol as it stands. */
export async function readPrivilegedCalls(project: Project, graph: PrivilegeGraph): Promise<PrivilegedCall[]> {
  const { rpc } = project;
  const [registry, { live }, paused, proxies] = await Promise.all([
    readProjectRegistry(project),
    readParameters(project),
    tryReadFunction(rpc, graph.controller, "function paused() view returns (bool)"),
    Promise.all(graph.accounts.map(async ({ address, kind }) => (kind === "key" || kind === "anyone" ? undefined : readErc1967Proxy(rpc, address).catch(() => undefined)))),
  ]);
  const implementations = new Map(proxies.flatMap((proxy) => (proxy === undefined ? [] : [[proxy.address, proxy.implementation] as const])));
  return privilegedCalls({ graph, registry, live, isPaused: paused?.[0] === true, implementations });
}

/** Who is tried: those named first, then whoever holds something, then whoever once did. */
export function actorsOf(graph: PrivilegeGraph, first: readonly Address[] = []): Address[] {
  const anyone = graph.accounts.find(({ kind }) => kind === "anyone")?.address;
  const signers = new Set(graph.privileges.filter(({ kind }) => kind === "signer").map(({ holder }) => holder));
  const holders = graph.privileges.map(({ holder }) => holder);
  const all = [...first, ...holders.filter((holder) => !signers.has(holder)), ...signers, ...graph.former];
  return [...new Set(all)].filter((address) => address !== anyone).slice(0, MOST_ACTORS);
}

/** Tries every call on a chain, or on a fork of it, as things stand there. */
export function readMatrix(rpc: Rpc, graph: PrivilegeGraph, calls: readonly PrivilegedCall[], actors: readonly Address[], dividedOwners: readonly Address[] = []): Promise<Matrix> {
  const known = graph.accounts.filter(({ kind }) => kind === "divided-owner").map(({ address }) => address);
  return tryCalls(rpc, calls, actors, [...new Set([...known, ...dividedOwners])]);
}
