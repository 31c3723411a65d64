import { id } from "ethers/hash";
import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { expectSafe } from "../safe/read-safe.ts";
import { recogniseSafe } from "./safe.ts";
import { askGovernor, recogniseGovernor } from "./governor.ts";
import { recogniseDivided } from "./divided.ts";
import { recogniseGuardian } from "./guardian.ts";
import { recogniseTimelock } from "./timelock.ts";
import { recogniseVoteGovernor } from "./vote-governor.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Call } from "../proposal/call.ts";
import { ZERO_ADDRESS, type Address } from "../protocol/hex.ts";
import { readCandidates } from "./candidates.ts";
import { ANYONE } from "./governor.ts";
import type { AuthorityNode, SafeNode } from "./node.ts";

const CONTROLLER = "function controller() view returns (address)";
const OWNER = "function owner() view returns (address)";

/** What OpenZeppelin's Governor and its extensions let only a vote change; `setTranscoderQuorum` is the StakeGovernor's. */
const OF_GOVERNORS = new Set(
  [
    "setVotingDelay(uint256)", "setVotingDelay(uint48)", "setVotingPeriod(uint256)", "setVotingPeriod(uint32)", "setProposalThreshold(uint256)",
    "updateQuorumNumerator(uint256)", "updateTimelock(address)", "setLateQuorumVoteExtension(uint64)", "setLateQuorumVoteExtension(uint48)", "relay(address,uint256,bytes)",
    "setTranscoderQuorum(uint256)",
  ].map((signature) => id(signature).slice(0, 10)),
);

/** Deeper nesting than this, and more accounts, is nothing a person could review. */
const MAXIMUM_DEPTH = 12;
const MOST_ACCOUNTS = 400;
/** EIP-7702: a key that runs code of a contract; it signs and sends as before. */
const DELEGATED_KEY = /^0xef0100[0-9a-f]{40}$/i;

/**
 * Climbs from an address owner by owner until people are reached. Recognition goes by code and answers
 * on chain; nothing is taken from configuration.
 */
export function readAuthority(rpc: Rpc, address: Address): Promise<AuthorityNode> {
  return climbFrom(rpc, address, { above: [], met: { count: 0 } }, "contract");
}

/** For `askAhead`: what an address is asked that may be an authority of any kind, in one go instead of kind by kind. */
export async function expectAuthority(ahead: Rpc, address: Address): Promise<void> {
  await Promise.allSettled([expectSafe(ahead, address), askGovernor(ahead, address), recogniseTimelock(ahead, address)]);
}

/** Where a climb is: what it came through, and how much it has met in all, since a tree repeats what several branches share. */
interface Position {
  above: readonly Address[];
  met: { count: number };
}

/** @param likely what the address most probably is: nothing is asked ahead of a person */
async function climbFrom(rpc: Rpc, address: Address, { above, met }: Position, likely: "contract" | "person"): Promise<AuthorityNode> {
  met.count += 1;
  if (above.includes(address)) return { kind: "unknown", address, why: "circle" };
  if (above.length >= MAXIMUM_DEPTH || met.count > MOST_ACCOUNTS) return { kind: "unknown", address, why: "beyond reach" };
  const position = { above: [...above, address], met };
  const climb = (next: Address): Promise<AuthorityNode> => climbFrom(rpc, next, position, "contract");
  const climbToPerson = (next: Address): Promise<AuthorityNode> => climbFrom(rpc, next, position, "person");
  const lookAhead = (): void => rpc.askAhead((ahead) => expectAuthority(ahead, address));
  if (likely === "contract") lookAhead();
  const code = await rpc.code(address);
  if (code === "0x" || DELEGATED_KEY.test(code)) return { kind: "eoa", address };
  if (likely === "person") lookAhead();

  const [safe, governorOwner] = await Promise.all([recogniseSafe(rpc, address), recogniseGovernor(rpc, address, code)]);
  if (safe !== undefined) {
    const node: SafeNode = {
      kind: "safe",
      address,
      version: safe.version,
      threshold: Number(safe.threshold),
      nonce: safe.nonce,
      owners: await Promise.all(safe.owners.map(climbToPerson)),
      modules: safe.modules,
      guard: safe.guard === ZERO_ADDRESS ? null : safe.guard,
    };
    return node;
  }
  if (governorOwner !== undefined) return { kind: "governor", address, owner: await climb(governorOwner) };

  const timelock = await recogniseTimelock(rpc, address);
  if (timelock !== undefined) {
    return {
      kind: "timelock",
      address,
      minDelaySeconds: timelock.minDelaySeconds,
      proposers: await Promise.all(timelock.proposers.map(climb)),
      executors: timelock.executors === "anyone" ? "anyone" : await Promise.all(timelock.executors.map(climbToPerson)),
      cancellers: await Promise.all(timelock.cancellers.map(climb)),
    };
  }
  const [divided, voteGovernor, guardian] = await Promise.all([recogniseDivided(rpc, address, code), recogniseVoteGovernor(rpc, address), recogniseGuardian(rpc, address)]);
  if (divided !== undefined) {
    const [owner, rules] = await Promise.all([
      climb(divided.owner),
      Promise.all(divided.rules.map(async ({ target, selector, authority }) => ({ target, selector, authority: await climb(authority) }))),
    ]);
    return { kind: "divided", address, owner, rules };
  }
  if (guardian !== undefined) return { kind: "guardian", address, guardian: await climbToPerson(guardian.guardian), expiresAtSeconds: guardian.expiresAtSeconds };
  return voteGovernor ?? { kind: "unknown", address };
}

/**
 * The account that a contract obeys for governance calls: the owner of its Controller (every setter of a
 * Livepeer `Manager`), else its own owner (Controller, ProxyAdmin, beacon, UUPS), else itself (Governor, timelock).
 * Candidates are tried against the chain with the call itself.
 * @throws LPCTL_AUTHORITY_UNKNOWN when none of them may make the call
 */
export function readCaller(rpc: Rpc, call: Call): Promise<Address> {
  return findCaller(rpc, call, new Map());
}

/** @param others accounts that contracts may obey although they are not their owners: found once for each contract */
async function findCaller(rpc: Rpc, call: Call, others: Map<Address, Promise<Address[]>>): Promise<Address> {
  const [controller, owner] = await Promise.all([tryReadFunction(rpc, call.to, CONTROLLER), tryReadFunction(rpc, call.to, OWNER)]);
  const controllerOwner =
    controller === undefined || controller[0] === ZERO_ADDRESS ? undefined : await tryReadFunction(rpc, controller[0] as Address, OWNER);
  const [guardian, ofGovernor] = owner === undefined ? await Promise.all([tryReadFunction(rpc, call.to, "function guardian() view returns (address)"), readOwnExecutor(rpc, call)]) : [];
  if (ofGovernor !== undefined) return ofGovernor;
  const candidates = [controllerOwner?.[0], owner?.[0], guardian?.[0], call.to].filter(
    (candidate): candidate is Address => typeof candidate === "string" && candidate !== ZERO_ADDRESS,
  );
  // A call that only works after an earlier call of its batch proves nothing here; ownership then decides,
  // and the simulation has the last word.
  const readOthers = (): Promise<Address[]> => {
    const known = others.get(call.to) ?? readCandidates(rpc, call.to);
    others.set(call.to, known);
    return known;
  };
  const caller =
    (await findAllowed(rpc, call, candidates)) ??
    (await findAllowed(rpc, call, await readOthers())) ??
    candidates.find((candidate) => candidate !== call.to);
  if (caller === undefined) {
    throw new LpctlError({
      code: "LPCTL_AUTHORITY_UNKNOWN",
      exit: Exit.usage,
      message: `lpctl cannot tell who may call ${call.to}`,
      why: "it has no controller() and no owner(), does not obey itself, and names nobody in its storage or roles who may",
      next: "Check the address and the network: lpctl authority show ADDRESS",
    });
  }
  return caller;
}

/**
 * A governor by votes takes changes of itself only while it executes what was voted for, so a call on trial shows nothing: they
 * come from the timelock that it drives, or from itself.
 */
async function readOwnExecutor(rpc: Rpc, { to, data }: Call): Promise<Address | undefined> {
  if (!OF_GOVERNORS.has(data.slice(0, 10))) return undefined;
  const governor = await recogniseVoteGovernor(rpc, to);
  return governor === undefined ? undefined : (governor.timelock ?? governor.address);
}

/**
 * For `askAhead`: what `readCaller` and the climb from there will ask, where the owner of the Controller is whom the contracts
 * most probably obey.
 */
export async function expectCaller(ahead: Rpc, controller: Address, calls: readonly Call[]): Promise<void> {
  const owner = (await tryReadFunction(ahead, controller, OWNER))?.[0] as Address | undefined;
  if (owner === undefined || owner === ZERO_ADDRESS) return;
  await Promise.allSettled([expectAuthority(ahead, owner), expectPermission(ahead, owner, calls)]);
}

/** For `askAhead`: whether an account may make the calls. */
export async function expectPermission(ahead: Rpc, from: Address, calls: readonly Call[]): Promise<void> {
  await Promise.allSettled(calls.map((call) => mayCall(ahead, from, call)));
}

/** The first of the candidates whose call the contract accepts, and nobody else's. */
async function findAllowed(rpc: Rpc, call: Call, candidates: readonly Address[]): Promise<Address | undefined> {
  const allowed = await Promise.all(candidates.map((candidate) => mayCall(rpc, candidate, call)));
  return candidates.find((_, index) => allowed[index]);
}

/** The one account that may make all calls of a proposal. */
export async function readCallerOfAll(rpc: Rpc, calls: readonly Call[]): Promise<Address> {
  const others = new Map<Address, Promise<Address[]>>();
  // The same call made twice has the same caller.
  const distinct = new Map(calls.map((call) => [`${call.to} ${call.data}`, call]));
  const found = await Promise.all([...distinct.values()].map(async (call) => ({ to: call.to, caller: await findCaller(rpc, call, others) })));
  const [caller, other] = [...new Set(found.map((one) => one.caller))];
  if (caller === undefined || other !== undefined) {
    throw new LpctlError({
      code: "LPCTL_AUTHORITY_MIXED",
      exit: Exit.usage,
      message: "The calls of this batch belong to different authorities, so nothing could make them atomic",
      why: [...new Set(found.map((one) => `${one.to} obeys ${one.caller}`))].join("; "),
      next: "Make one proposal for each authority",
    });
  }
  return caller;
}

async function mayCall(rpc: Rpc, from: Address, call: Call): Promise<boolean> {
  const attempt = async (sender: Address): Promise<boolean> => {
    try {
      await rpc.call({ from: sender, to: call.to, data: call.data });
      return true;
    } catch (error) {
      if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED") return false;
      throw error;
    }
  };
  const [byCandidate, byAnyone] = await Promise.all([attempt(from), attempt(ANYONE)]);
  return byCandidate && !byAnyone;
}
