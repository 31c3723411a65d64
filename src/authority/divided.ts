import { Interface } from "ethers/abi";
import { readLogs } from "../chain/logs.ts";
import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { formatDivided } from "./format-authority.ts";
import type { AuthorityNode, DividedNode } from "./node.ts";
import type { RouteContext, RouteStep } from "./step.ts";

/** An owner whose powers are divided by contract and function (`DividedOwner`). */
const divided = new Interface([
  "function owner() view returns (address)",
  "function authorityFor(address target, bytes4 selector) view returns (address)",
  "function setAuthority(address target, bytes4 selector, address authority)",
  "function execute(address[] targets, uint256[] values, bytes[] payloads) payable",
  "event AuthoritySet(address indexed target, bytes4 indexed selector, address authority)",
]);
const OWNER = "function owner() view returns (address)";
const AUTHORITY_FOR = "function authorityFor(address target, bytes4 selector) view returns (address)";

export interface DividedFacts {
  owner: Address;
  /** Functions that belong to somebody other than the owner. */
  rules: { target: Address; selector: Hex; authority: Address }[];
}

/**
 * A DividedOwner answers `owner()` and `authorityFor`, and carries the selector of its `execute`. Which functions
 * were ever given away its events tell, and it itself to whom they belong now.
 */
export async function recogniseDivided(rpc: Rpc, address: Address, code: Hex): Promise<DividedFacts | undefined> {
  if (!code.includes(divided.getFunction("execute")?.selector.slice(2) ?? "")) return undefined;
  const [owner, atNothing] = await askDivided(rpc, address);
  if (owner === undefined || atNothing === undefined) return undefined;
  const topic = divided.getEvent("AuthoritySet")?.topicHash as Hex;
  const logs = await readLogs(rpc, { address, topics: [topic], fromBlock: 0n, toBlock: "latest" });
  const places = new Map(
    logs.map((log) => {
      const { target, selector } = divided.decodeEventLog("AuthoritySet", log.data, log.topics) as unknown as { target: Address; selector: Hex };
      return [`${target} ${selector}`, { target, selector }] as const;
    }),
  );
  const rules = await Promise.all([...places.values()].map(async (place) => ({ ...place, authority: (await readAuthorityFor(rpc, address, place)) ?? (owner[0] as Address) })));
  return { owner: owner[0] as Address, rules: rules.filter(({ authority }) => authority !== owner[0]) };
}

/** What only a DividedOwner answers. */
function askDivided(rpc: Rpc, address: Address) {
  return Promise.all([tryReadFunction(rpc, address, OWNER), tryReadFunction(rpc, address, AUTHORITY_FOR, [ZERO_ADDRESS, "0x00000000"])]);
}

async function readAuthorityFor(rpc: Rpc, address: Address, { target, selector }: { target: Address; selector: Hex }): Promise<Address | undefined> {
  return (await tryReadFunction(rpc, address, AUTHORITY_FOR, [target, selector]))?.[0] as Address | undefined;
}

/**
 * Whose the calls are.
 * @throws LPCTL_AUTHORITY_MIXED with who owns which, when they are not all of one authority
 */
export function chooseDivision(node: DividedNode, calls: readonly Call[]): AuthorityNode {
  const owners = calls.map((call) => ruleFor(node, call)?.authority ?? node.owner);
  const [first] = owners;
  if (first === undefined) return node.owner;
  if (owners.every(({ address }) => address === first.address)) return first;
  throw new LpctlError({
    code: "LPCTL_AUTHORITY_MIXED",
    exit: Exit.usage,
    message: "The calls of this batch belong to different authorities, so nothing could make them atomic",
    why: calls.map((call, index) => `${formatDivided({ target: call.to, selector: selectorOf(call) })} belongs to ${owners[index]?.address ?? ""}`).join("; "),
    next: "Make one proposal for each authority",
    details: { dividedOwner: node.address, authorities: owners.map(({ address }) => address) },
  });
}

function ruleFor(node: DividedNode, call: Call): DividedNode["rules"][number] | undefined {
  const selector = selectorOf(call);
  return node.rules.find((rule) => rule.target === call.to && rule.selector === selector);
}

function selectorOf({ data }: Call): Hex {
  // What has no room for a selector belongs to whoever has selector zero.
  return data.length < 10 ? "0x00000000" : (data.slice(0, 10).toLowerCase() as Hex);
}

/** What the authority of these calls has the divided owner do. */
export function wrapDivided(node: DividedNode, calls: readonly Call[]): Call[] {
  return [
    {
      to: node.address,
      valueWei: calls.reduce((sum, { valueWei }) => sum + valueWei, 0n),
      data: divided.encodeFunctionData("execute", [calls.map(({ to }) => to), calls.map(({ valueWei }) => valueWei), calls.map(({ data }) => data)]) as Hex,
    },
  ];
}

/** The authority of the calls has the divided owner make them, all at once. */
export function dividedRoute(
  node: DividedNode,
  calls: readonly Call[],
  context: RouteContext,
  routeOf: (node: AuthorityNode, calls: readonly Call[], context: RouteContext) => RouteStep[],
): RouteStep[] {
  return routeOf(chooseDivision(node, calls), wrapDivided(node, calls), context);
}
