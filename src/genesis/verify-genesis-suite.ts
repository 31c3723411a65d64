import { FunctionFragment, getCreateAddress, id, Interface } from "ethers";
import { readFunction } from "../chain/read-function.ts";
import { readLogs } from "../chain/logs.ts";
import { contractId, nameOfContractId, targetIdName } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Parameter } from "../protocol/parameter.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { matchRuntimeBytecode } from "../solidity/match-bytecode.ts";
import { findArtifact } from "./find-artifact.ts";
import { profileParameter } from "./profile-parameters.ts";
import { askerOf, contractOf, hasFunction, word, type Question, type VerifyContext } from "./verify-genesis-questions.ts";
import type { GenesisFile } from "./genesis-file.ts";

export const REGISTERED_EVENT = "event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)";
const GET_CONTRACT_INFO = "function getContractInfo(bytes32 id) view returns (address, bytes20)";
const TRANSFER_EVENT = "event Transfer(address indexed from, address indexed to, uint256 value)";
const NOBODY: Hex = `0x${"0".repeat(64)}`;
const FAUCET = "LivepeerTokenFaucet";
/** Grants and revokes all roles of the Treasury. */
const TREASURY_ADMIN = "TIMELOCK_ADMIN_ROLE";

/** The registry, code, proxies, owners, parameters and supply of the suite that a genesis was run on. */
export function askAboutSuite(context: VerifyContext, file: GenesisFile): Question[] {
  return [...askRegistry(context), ...askCode(context), ...askProxies(context), ...askOwners(context), ...askRoles(context), ...askParameters(context, file), ...askSupply(context)];
}

/** Registered name to address: contracts, their targets, and the faucet that a genesis may have added. */
function registered({ prepared: { suite, genesis } }: VerifyContext): Map<string, Address> {
  const names = new Map(Object.entries(suite.contracts));
  for (const [name, target] of Object.entries(suite.targets)) names.set(targetIdName(name), target);
  if (genesis.distribution.kind === "faucet") names.set(FAUCET, genesis.distribution.address);
  return names;
}

function askRegistry(context: VerifyContext): Question[] {
  const { rpc, at, since, prepared } = context;
  const names = registered(context);
  const { controller } = prepared.suite;
  const info = (name: string, position: 0 | 1) => async (): Promise<string> =>
    String((await readFunction(rpc, controller, GET_CONTRACT_INFO, [contractId(name)], at))[position]);
  const events = new Interface([REGISTERED_EVENT]);
  const ids = new Set([...names.keys()].map(contractId));
  return [
    ...[...names].flatMap(([name, address]): Question[] => [
      { group: "registry", what: `${name} in the registry`, expected: address, read: info(name, 0) },
      { group: "registry", what: `commit of ${name} in the registry`, expected: prepared.gitCommitHash, read: info(name, 1) },
    ]),
    {
      group: "registry",
      what: "registered beside these",
      expected: "nothing",
      read: async () => {
        const logs = await readLogs(rpc, { address: controller, topics: [events.getEvent("SetContractInfo")?.topicHash as Hex], fromBlock: since, toBlock: at });
        const others = new Set(logs.map(({ data, topics }) => String(events.decodeEventLog("SetContractInfo", data, topics)["id"])).filter((id) => !ids.has(id as Hex)));
        return others.size === 0 ? "nothing" : [...others].map((id) => nameOfContractId(id) ?? id).join(", ");
      },
    },
  ];
}

interface Deployment {
  name: string;
  address: Address;
  artifact: Artifact;
}

/** Every contract that a transaction of the plan deploys; what contracts create by themselves comes with the grants. */
function deploymentsOf({ prepared: { plan, artifacts } }: VerifyContext): Deployment[] {
  return plan.transactions.flatMap(({ id, title, to }, index) => {
    if (to !== null) return [];
    const address = getCreateAddress({ from: plan.from, nonce: plan.firstNonce + BigInt(index) }) as Address;
    return [{ name: id.slice(id.lastIndexOf(":") + 1), address, artifact: findArtifact(artifacts, title.replace(/^deploy /, "")) }];
  });
}

function askCode(context: VerifyContext): Question[] {
  return deploymentsOf(context).map(({ name, address, artifact }) => askForCode(context, "code", `${name} at ${address}`, address, artifact));
}

/** That the code at an address is what the compiler made of the source here, its metadata included. */
export function askForCode({ rpc, at }: VerifyContext, group: "code" | "grants", what: string, address: Address, artifact: Artifact): Question {
  const words = { exact: `code of ${artifact.name}`, "modulo-metadata": `code of ${artifact.name}, compiled from another text`, none: "other code" };
  return {
    group,
    what,
    expected: words.exact,
    read: async () => {
      const code = await rpc.code(address, at);
      return code === "0x" ? "no code" : words[matchRuntimeBytecode(code, artifact).match];
    },
  };
}

function askProxies(context: VerifyContext): Question[] {
  const { suite, artifacts } = context.prepared;
  const ask = askerOf(context, "ownership");
  const controlled = deploymentsOf(context).filter(({ artifact }) => hasFunction(artifact, "controller()"));
  return [
    ...controlled.map(({ name, address }) => ask(name, address, "function controller() view returns (address)", suite.controller)),
    ...Object.keys(suite.targets).flatMap((name): Question[] => {
      const proxy = contractOf(context, name);
      return hasFunction(findArtifact(artifacts, "ManagerProxy"), "targetContractId()")
        ? [ask(name, proxy, "function targetContractId() view returns (bytes32)", word(contractId(targetIdName(name))))]
        : [];
    }),
  ];
}

function askOwners(context: VerifyContext): Question[] {
  const { plan, suite, terms, genesis } = context.prepared;
  const ask = askerOf(context, "ownership");
  const token = contractOf(context, "LivepeerToken");
  return [
    ask("Controller", suite.controller, "function owner() view returns (address)", terms.controllerOwner ?? plan.from),
    ask("Controller", suite.controller, "function paused() view returns (bool)", !terms.unpause),
    // Whoever owns the token may mint, and nobody else.
    ask("LivepeerToken", token, "function owner() view returns (address)", contractOf(context, "Minter")),
    ask("LivepeerToken", token, "function mintingFinished() view returns (bool)", false),
    ask("GenesisManager", genesis.genesisManager, "function owner() view returns (address)", plan.from),
  ];
}

/** Who has a role in the Treasury, told from every change it ever announced: no more and no fewer than the plan gives one. */
function askRoles({ rpc, at, since, prepared: { suite } }: VerifyContext): Question[] {
  const { Treasury: treasury, LivepeerGovernor: governor } = suite.contracts;
  if (treasury === undefined || governor === undefined) return [];
  const members: [role: string, member: Address][] = [...["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"].map((role): [string, Address] => [role, governor]), [TREASURY_ADMIN, treasury]];
  const names = new Map<string, string>([...members.map(([role]) => role), "DEFAULT_ADMIN_ROLE"].map((role) => [role === "DEFAULT_ADMIN_ROLE" ? NOBODY : contractId(role), role]));
  const events = new Interface([
    "event RoleGranted(bytes32 indexed role, address indexed account, address indexed sender)",
    "event RoleRevoked(bytes32 indexed role, address indexed account, address indexed sender)",
  ]);
  const topics = events.fragments.map((fragment) => id(fragment.format("sighash")) as Hex);
  return [
    {
      group: "ownership",
      what: "roles in the Treasury",
      expected: members.map(([role, member]) => `${role} ${member}`).sort().join(", "),
      read: async () => {
        const held = new Set<string>();
        for (const log of await readLogs(rpc, { address: treasury, topics: [topics], fromBlock: since, toBlock: at })) {
          const change = events.parseLog(log);
          const member = `${names.get(String(change?.args["role"])) ?? String(change?.args["role"])} ${String(change?.args["account"])}`;
          if (change?.name === "RoleGranted") held.add(member);
          else held.delete(member);
        }
        return [...held].sort().join(", ");
      },
    },
  ];
}

/** Every parameter of the catalogue that the profile has: what the file says, else what it is deployed with. */
function askParameters(context: VerifyContext, file: GenesisFile): Question[] {
  const { suite } = context.prepared;
  const ask = askerOf(context, "parameters");
  const given = Object.fromEntries(Object.entries(file.parameters).map(([id, { value }]) => [id, value]));
  const ids = new Set(
    PARAMETERS.filter(({ deployments, contract, keys }) => deployments.includes(suite.profile) && suite.contracts[contract] !== undefined && contract !== FAUCET && keys.length === 0)
      .filter(({ id, defaults }) => (given[id] ?? defaults[suite.profile]) !== undefined)
      .map(({ id }) => id),
  );
  return [...ids].flatMap((id): Question[] => {
    const { parameter, value } = profileParameter(suite.profile, id, given);
    const { contract } = parameter;
    const variant = variantOf(parameter, artifactOf(context, contract));
    if (variant === undefined) return [];
    return [{ ...ask(contract, contractOf(context, contract), variant.pendingGetter ?? variant.getter, value, variant.getterArgs), what: id }];
  });
}

/** The code behind a registered name: that of its target, where it is a proxy. */
function artifactOf(context: VerifyContext, name: string): Artifact {
  const deployments = deploymentsOf(context);
  const { suite } = context.prepared;
  const address = suite.targets[name] ?? suite.contracts[name];
  const found = deployments.find((deployment) => deployment.address === address);
  if (found === undefined) throw new Error(`the plan does not deploy ${name}`);
  return found.artifact;
}

/**
 * A parameter as the deployed code has it: the two profiles share contracts, so it may be read under the name of another
 * suite. Undefined where the code has no such parameter.
 */
function variantOf(parameter: Parameter, artifact: Artifact): Parameter | undefined {
  const has = (signature: string): boolean => hasFunction(artifact, FunctionFragment.from(signature).format("sighash"));
  return [parameter, ...PARAMETERS.filter(({ id }) => id === parameter.id)].find(({ getter, setter }) => has(getter) && (setter === null || has(setter)));
}

function askSupply(context: VerifyContext): Question[] {
  const { rpc, at, since, prepared } = context;
  const { terms, genesis } = prepared;
  const { allocations, bankMultisig } = terms;
  const ask = askerOf(context, "supply");
  const token = contractOf(context, "LivepeerToken");
  const balance = "function balanceOf(address account) view returns (uint256)";
  const events = new Interface([TRANSFER_EVENT]);
  return [
    ask("LivepeerToken", token, "function totalSupply() view returns (uint256)", allocations.total),
    ask("LivepeerToken", token, balance, 0n, [genesis.genesisManager]),
    ask("LivepeerToken", token, balance, allocations.company, [bankMultisig]),
    ask("LivepeerToken", token, balance, allocations.crowd, [genesis.distribution.address]),
    {
      group: "supply",
      what: "LPT minted so far",
      expected: `${allocations.total} to ${genesis.genesisManager}`,
      read: async () => {
        const logs = await readLogs(rpc, { address: token, topics: [events.getEvent("Transfer")?.topicHash as Hex, NOBODY], fromBlock: since, toBlock: at });
        const mints = logs.map(({ data, topics }) => events.decodeEventLog("Transfer", data, topics)).map((mint) => `${String(mint["value"])} to ${String(mint["to"])}`);
        return mints.length === 0 ? "nothing" : mints.join(", ");
      },
    },
  ];
}
