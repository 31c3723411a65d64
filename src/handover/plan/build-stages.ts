import { Interface, toBeHex } from "ethers";
import type { Call } from "../../proposal/call.ts";
import type { Intent } from "../../proposal/intent.ts";
import { ZERO_HASH, type Address, type Hex } from "../../protocol/hex.ts";
import { accountAt, nameOf, type PrivilegeGraph } from "../graph/privilege.ts";
import { ownerOf, type ResolvedTarget } from "../target/resolve-target.ts";
import type { Setup } from "../prepare/setup.ts";
import type { Canary } from "./canary.ts";
import { describeMove, type Move } from "./move.ts";
import type { Stage } from "./stage.ts";
import { plural } from "../../protocol/plural.ts";

const abi = new Interface([
  "function paused() view returns (bool)",
  "function grantRole(bytes32 role, address account)",
  "function mint(address to, uint256 amount)",
  "function scheduleBatch(address[] targets, uint256[] values, bytes[] payloads, bytes32 predecessor, bytes32 salt, uint256 delay)",
  "function setAuthority(address target, bytes4 selector, address authority)",
]);
const ADMIN_ROLES = ["DEFAULT_ADMIN_ROLE", "TIMELOCK_ADMIN_ROLE"];
/** Thirty days: longer than any minimum that people can live with. */
const CANARY_DELAY_SECONDS = 2_592_000n;

export interface StagePlan {
  stages: Stage[];
  /** What no canary shows, in words: it is proven on a fork only. */
  unproven: string[];
}

export interface StageRequest {
  graph: PrivilegeGraph;
  target: ResolvedTarget;
  /** The harmless change for those who get all. */
  canary: Canary;
  /** The same for each account that gets functions by rules. */
  ruleCanaries: ReadonlyMap<Address, Canary>;
  signOfLife: boolean;
  /** Names that no registry knows: a proposal goes by the address. */
  unregistered?: ReadonlySet<string> | undefined;
  /** What has to be registered first, and given its rules. */
  setup?: Setup | undefined;
}

/**
 * The moves in a safe order: what can be given is given, the new way is gone, and only then is anything taken. Ownership has one
 * step: there the new owner shows first that it can act, and its first real act comes right after. Pure.
 */
export function buildStages({ graph, target, canary, ruleCanaries, signOfLife, unregistered = new Set(), setup }: StageRequest): StagePlan {
  const { moves, divided, to, from } = target;
  const stages: Stage[] = [];
  const unproven: string[] = [];
  const add = (stage: Omit<Stage, "id" | "proposal">): void => void stages.push({ ...stage, id: `${stages.length + 1}-${stage.kind}`, proposal: null });
  const name = (address: Address): string => nameOf(graph, address);
  const canaryStage = (words: Canary, actor: Address, title: string, why: string): void => add({ kind: "canary", title, why, actor, intents: [{ kind: "calls", calls: words.calls }], irreversible: null });

  if (setup !== undefined) {
    add({ kind: "setup", title: "Register the StakeGovernor and the StakeTimelock, and give them their rules", why: `They were deployed and decide about nothing. Only ${name(setup.actor)} can register them and set the rules; until it has done both, nobody can propose anything to them.`, actor: setup.actor, intents: setup.intents, code: setup.code, irreversible: null });
  }
  // The Controller goes to the DividedOwner, which belongs to the same owner: nothing changes yet, and it can be undone.
  const entering = moves.filter((move) => move.kind === "owner" && move.contract === graph.controller && move.to === divided);
  if (divided !== undefined && entering.length > 0) {
    add({ kind: "transfer", title: `Put the DividedOwner ${divided} between the Controller and its owner`, why: `It belongs to ${name(from)} as the Controller does now, and has it done whatever ${name(from)} says; ${name(from)} can have the Controller handed back.`, actor: from, intents: intentsOf(graph, unregistered, entering), irreversible: null });
    canaryStage(canary, divided, `Canary of ${name(from)} through the DividedOwner: ${canary.words}`, "The way through the DividedOwner works before anybody else is given a part of it.");
  }
  const rules = moves.filter((move) => move.kind === "rule");
  if (divided !== undefined && rules.length > 0) {
    const heirs = [...new Set(rules.map((move) => move.to))];
    add({ kind: "grant", title: `Give ${plural(rules.length, "function")} to ${heirs.map(name).join(", ")}`, why: `A rule of the DividedOwner gives a function to one account alone; ${name(from)}, which owns it, can take it back.`, actor: from, intents: [{ kind: "calls", calls: rules.map((rule) => ruleCall(divided, rule)) }], irreversible: null });
    for (const heir of heirs) {
      const own = ruleCanaries.get(heir);
      if (own === undefined) unproven.push(`the functions of ${name(heir)}: none is the setter of a parameter`);
      else canaryStage(own, divided, `Canary of ${name(heir)} through the DividedOwner: ${own.words}`, "It can use what it was given, before it is given more.");
    }
  }

  const transfers = moves.filter((move): move is Extract<Move, { kind: "owner" }> => move.kind === "owner" && !entering.includes(move));
  // What a deployer kept comes first: the Controller is what cannot be taken back.
  const isRoot = ({ contract }: { contract: Address }): boolean => contract === graph.controller || contract === divided;
  const ordered = [...transfers.filter((move) => !isRoot(move) && move.from !== from), ...transfers.filter((move) => isRoot(move) || move.from === from)];
  const takesAll = transfers.some(({ contract }) => contract === graph.controller || contract === divided);
  const hasShown = rules.some((rule) => rule.to === to);
  if (takesAll && signOfLife && !hasShown) {
    const call: Call = { to: graph.controller, valueWei: 0n, data: abi.encodeFunctionData("paused") as Hex };
    add({ kind: "sign-of-life", title: `Sign of life: ${name(to)} asks the Controller whether it is paused`, why: "Ownership is handed over in one step. Whoever gets it shows first, on chain and along its whole way, that it can act: keys are there, and votes reach their quorum.", actor: to, intents: [{ kind: "calls", calls: [call] }], irreversible: null });
  }

  const grants = moves.filter((move) => move.kind === "grant");
  for (const [actor, group] of byActor(grants, (move) => roleAdmin(graph, move, from))) {
    add({ kind: "grant", title: `Give ${list(group.map((move) => `${move.roleName} of ${name(move.contract)}`))}`, why: "A role has room for several: the new holder has it before the old one loses it.", actor, intents: intentsOf(graph, unregistered, group), irreversible: null });
  }
  for (const grant of grants) {
    const call = roleCanary(graph, grant);
    if (call === undefined) unproven.push(`${grant.roleName} of ${name(grant.contract)}: nothing harmless can be done with it that lpctl knows`);
    else canaryStage({ words: "", calls: [call] }, grant.account, `Canary of ${name(grant.account)}: use ${grant.roleName} of ${name(grant.contract)} without effect`, "The old holder keeps the role until this is executed and verified.");
  }

  for (const [actor, group] of byActor(ordered, ({ contract, from: holder }) => (accountAt(graph, contract).kind === "governor" ? contract : contract === graph.controller && divided !== undefined && graph.top === divided ? divided : holder))) {
    // Last of all what the others may depend on.
    const sorted = [...group.filter((move) => !isRoot(move)), ...group.filter(isRoot)];
    add({
      kind: "transfer",
      title: `Hand ${list(sorted.map(({ contract }) => name(contract)))} to ${list([...new Set(sorted.map((move) => name(move.to)))])}`,
      why: "transferOwnership gives and takes in one act: the way of the new owner was tried on a fork beforehand, and is tried on chain right after.",
      actor,
      intents: intentsOf(graph, unregistered, sorted),
      irreversible: `${list(sorted.map(({ contract }) => `the ownership of ${name(contract)}`))}: only ${list([...new Set(sorted.map((move) => name(move.to)))])} can give it back`,
    });
  }
  if (takesAll) canaryStage(canary, divided ?? to, `Canary of ${name(to)}${divided === undefined ? "" : " through the DividedOwner"}: ${canary.words}`, "The first act of the new owner, which changes nothing.");

  for (const [actor, group] of byActor(moves.filter((move) => move.kind === "revoke"), (move) => revoker(graph, move, target))) {
    // Whoever gives up being admin does it last.
    const ordered = [...group.filter(({ roleName }) => !ADMIN_ROLES.includes(roleName)), ...group.filter(({ roleName }) => ADMIN_ROLES.includes(roleName))];
    add({ kind: "revoke", title: `Take ${list(ordered.map((move) => `${move.roleName} of ${name(move.contract)} from ${name(move.account)}`))}`, why: "The new holder has shown that it can do without the old.", actor, intents: intentsOf(graph, unregistered, ordered), irreversible: `${list(ordered.map(({ roleName }) => roleName))}: only their admins can give them back` });
  }
  return { stages, unproven };
}

function intentsOf(graph: PrivilegeGraph, unregistered: ReadonlySet<string>, moves: readonly Move[]): Intent[] {
  return moves.map((move): Intent => {
    const { name } = accountAt(graph, move.contract);
    const contract = name === null || name.startsWith("0x") || unregistered.has(name) ? move.contract : name;
    switch (move.kind) {
      case "owner":
        return { kind: "transfer-ownership", contract, target: move.contract, newOwner: move.to };
      case "grant":
      case "revoke":
        return { kind: move.kind === "grant" ? "grant-role" : "revoke-role", contract, target: move.contract, role: move.role, roleName: move.roleName, account: move.account };
      case "rule":
        throw new Error("rules are given by plain calls");
    }
  });
}

function ruleCall(divided: Address, { target, selector, to }: Extract<Move, { kind: "rule" }>): Call {
  return { to: divided, valueWei: 0n, data: abi.encodeFunctionData("setAuthority", [target, selector, to]) as Hex };
}

/** The present owner where it may; else the contract itself, as timelocks do; else whoever may. */
function roleAdmin(graph: PrivilegeGraph, { contract, role }: { contract: Address; role: Hex }, preferred: Address): Address {
  const held = graph.privileges.filter((privilege) => privilege.kind === "role" && privilege.contract === contract);
  const adminRole = held.find((privilege) => privilege.role === role)?.adminRole ?? ZERO_HASH;
  const admins = held.filter((privilege) => privilege.role === adminRole).map(({ holder }) => holder);
  return [preferred, contract].find((candidate) => admins.includes(candidate)) ?? admins[0] ?? preferred;
}

/** The heir, when it is an admin by then; else as for granting. */
function revoker(graph: PrivilegeGraph, move: Extract<Move, { kind: "revoke" }>, { moves, to, from }: ResolvedTarget): Address {
  const held = graph.privileges.find((privilege) => privilege.kind === "role" && privilege.contract === move.contract && privilege.role === move.role);
  const adminRole = held?.adminRole ?? ZERO_HASH;
  const becomesAdmin = moves.some((other) => other.kind === "grant" && other.contract === move.contract && other.role === adminRole && other.account === to);
  return becomesAdmin ? to : roleAdmin(graph, move, from);
}

/** A use of a role that changes nothing that matters. */
function roleCanary(graph: PrivilegeGraph, { contract, role, roleName, account }: Extract<Move, { kind: "grant" }>): Call | undefined {
  const call = (method: string, args: unknown[]): Call => ({ to: contract, valueWei: 0n, data: abi.encodeFunctionData(method, args) as Hex });
  if (ADMIN_ROLES.includes(roleName)) return call("grantRole", [role, account]);
  if (roleName === "MINTER_ROLE") return call("mint", [account, 0n]);
  if (roleName === "PROPOSER_ROLE") return call("scheduleBatch", [[], [], [], ZERO_HASH, toBeHex(graph.blockNumber, 32), CANARY_DELAY_SECONDS]);
  return undefined;
}

function byActor<M extends Move>(moves: readonly M[], actorOf: (move: M) => Address): [Address, M[]][] {
  const groups = new Map<Address, M[]>();
  for (const move of moves) {
    const actor = actorOf(move);
    groups.set(actor, [...(groups.get(actor) ?? []), move]);
  }
  return [...groups];
}

function list(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  return distinct.length <= 4 ? distinct.join(", ") : `${distinct.slice(0, 3).join(", ")} and ${distinct.length - 3} more`;
}

/** What a plan should be looked at again for, in words. */
export function remarksOn(graph: PrivilegeGraph, { moves, divided, complete, to }: ResolvedTarget): string[] {
  const controller = moves.find((move) => move.kind === "owner" && move.contract === graph.controller);
  const isAbrupt = controller?.kind === "owner" && controller.to !== divided && accountAt(graph, to).kind === "timelock" && divided === undefined;
  return [
    ...(isAbrupt ? [`The Controller is handed to ${nameOf(graph, to)} in one step. With a DividedOwner in between (\`through\`), parameters can go over first and upgrades later, and until the end everything can be taken back.`] : []),
    ...(divided !== undefined && !complete ? [`What is not named stays with ${nameOf(graph, graph.top === divided ? ownerOf(graph, divided) : graph.top)}, which can also take back what it gave.`] : []),
    ...(moves.length === 0 ? [] : moves.filter((move) => move.kind === "owner" && accountAt(graph, move.to).kind === "key").map((move) => `${describeMove(graph, move)}: a key that is lost or stolen has all of it.`)),
  ];
}
