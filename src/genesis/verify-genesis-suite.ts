import { FunctionFragment, getCreateAddress, Interface } from "ethers";
import { readFunction } from "../chain/read-function.ts";
import { readLogs } from "../chain/logs.ts";
import { contractId, nameOfContractId, targetIdName } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Parameter } from "../protocol/parameter.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import type { Artifact } from "../solidity/artifact.ts";
import { matchRuntimeBytecode } from "../solidity/match-bytecode.ts";
import { findArtifact } from "./find-artifact.ts";
import { MINTER_PARAMETERS, profileParameter, SET_PARAMETERS } from "./profile-parameters.ts";
import { askerOf, contractOf, hasFunction, word, type Question, type VerifyContext } from "./verify-genesis-questions.ts";
import type { GenesisFile } from "./genesis-file.ts";

export const REGISTERED_EVENT = "event SetContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)";
const GET_CONTRACT_INFO = "function getContractInfo(bytes32 id) view returns (address, bytes20)";
const TRANSFER_EVENT = "event Transfer(address indexed from, address indexed to, uint256 value)";
const NOBODY: Hex = `0x${"0".repeat(64)}`;
const FAUCET = "LivepeerTokenFaucet";

/** The registry, code, proxies, owners, parameters and supply of the suite that a genesis was run on. */
export function askAboutSuite(context: VerifyContext, file: GenesisFile): Question[] {
  return [...askRegistry(context), ...askCode(context), ...askProxies(context), ...askOwners(context), ...askParameters(context, file), ...askSupply(context)];
}

/** Registered name to address: contracts, their targets, and the faucet that a genesis may have added. */
function registered({ prepared: { suite, genesis } }: VerifyContext): Map<string, Address> {
  const names = new Map(Object.entries(suite.contracts));
  for (const [name, target] of Object.entries(suite.targets)) names.set(targetIdName(name), target);
  if (genesis.distribution.kind === "faucet") names.set(FAUCET, genesis.distribution.address);
  return names;
}

function askRegistry(context: VerifyContext): Question[] {
  const { rpc, at, prepared } = context;
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
        const logs = await readLogs(rpc, { address: controller, topics: [events.getEvent("SetContractInfo")?.topicHash as Hex], fromBlock: 0n, toBlock: at });
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

/** The parameters that the plan sets, and whatever else the file names. */
function askParameters(context: VerifyContext, file: GenesisFile): Question[] {
  const { suite, artifacts } = context.prepared;
  const ask = askerOf(context, "parameters");
  const given = Object.fromEntries(Object.entries(file.parameters).map(([id, { value }]) => [id, value]));
  const ids = new Set([...MINTER_PARAMETERS, ...SET_PARAMETERS[suite.profile], ...Object.keys(given).filter((id) => !id.startsWith(`${FAUCET}.`))]);
  return [...ids].map((id) => {
    const { parameter, value } = profileParameter(suite.profile, id, given);
    const { contract } = parameter;
    const { getter, pendingGetter, getterArgs } = readableVariant(parameter, findArtifact(artifacts, contract));
    return ask(contract, contractOf(context, contract), pendingGetter ?? getter, value, getterArgs);
  });
}

/** A parameter is read under another name in another suite; the contract that was deployed has one of them. */
function readableVariant(parameter: Parameter, artifact: Artifact): Parameter {
  const answers = ({ getter }: Parameter): boolean => hasFunction(artifact, FunctionFragment.from(getter).format("sighash"));
  return answers(parameter) ? parameter : (PARAMETERS.find((variant) => variant.id === parameter.id && answers(variant)) ?? parameter);
}

function askSupply(context: VerifyContext): Question[] {
  const { rpc, at, prepared } = context;
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
        const logs = await readLogs(rpc, { address: token, topics: [events.getEvent("Transfer")?.topicHash as Hex, NOBODY], fromBlock: 0n, toBlock: at });
        const mints = logs.map(({ data, topics }) => events.decodeEventLog("Transfer", data, topics)).map((mint) => `${String(mint["value"])} to ${String(mint["to"])}`);
        return mints.length === 0 ? "nothing" : mints.join(", ");
      },
    },
  ];
}
