import { printable } from "../protocol/printable.ts";
import type { Config, Origin } from "./config.ts";
import { isNoNetworkChosen } from "./is-no-network-chosen.ts";
import type { KeyEntry } from "./key-schema.ts";
import { redactUrl } from "./redact-url.ts";
import { requiredVote } from "./required-vote.ts";
import { resolveNetwork } from "./resolve-network.ts";
import type { ResolvedNetwork } from "./resolve-network.ts";

/** One line of `lpctl config explain`. All text, safe to show. */
export interface ExplainedValue {
  key: string;
  value: string;
  from: string;
}

/**
 * Every value this run would use, with its origin.
 * @throws what `resolveNetwork` throws, but only when a network was asked for by name.
 */
export function explainConfig(config: Config, choice: { networkFlag?: string | undefined }): ExplainedValue[] {
  const network = networkOf(config, choice.networkFlag);
  return [
    line("projectFolder", config.projectFolder, config.projectPath === undefined ? "the working folder" : `project file ${config.projectPath}`),
    ...(config.defaultNetwork === undefined ? [] : [line("defaultNetwork", config.defaultNetwork.value, formatOrigin(config.defaultNetwork.origin))]),
    line("keysDirectory", config.keysDirectory.value, formatOrigin(config.keysDirectory.origin)),
    line("sources", config.sources.value.join(", "), formatOrigin(config.sources.origin)),
    ...Object.entries(config.compilers.value).map(([version, path]) => line(`compilers.${version}`, path, formatOrigin(config.compilers.origin))),
    ...explainPolicy(config),
    ...explainVote(config, network?.name),
    ...(network === undefined ? [line("network", "(none chosen)", "add --network NAME")] : explainNetwork(network)),
  ];
}

function explainPolicy({ policy }: Config): ExplainedValue[] {
  if (policy === undefined) return [];
  const from = formatOrigin(policy.origin);
  return [
    ...(policy.value.refuse.length === 0 ? [] : [line("policy.refuse", policy.value.refuse.join(", "), from)]),
    ...(policy.value.minimumDelayBlocks === undefined ? [] : [line("policy.minimumDelayBlocks", policy.value.minimumDelayBlocks.toString(), from)]),
    ...(policy.value.secondDevice === true ? [line("policy.secondDevice", "true", from)] : []),
    ...policy.value.allow.map(({ finding, proposal, reason }) => line(`policy.allow.${finding}`, `${proposal}: ${reason}`, from)),
  ];
}

function explainVote(config: Config, network: string | undefined): ExplainedValue[] {
  const required = requiredVote(config, network);
  if (required === undefined) return [];
  const { vote, rules, for: kinds } = required.value;
  return [line("policy.requires", `${vote}, counted by ${rules}, for ${kinds.join(", ")}`, formatOrigin(required.origin))];
}

function explainNetwork(network: ResolvedNetwork): ExplainedValue[] {
  const from = (key: string): string => {
    const origin = network.origins[key];
    return origin === undefined ? "not set" : formatOrigin(origin);
  };
  const optional = (key: string, value: string | undefined): ExplainedValue[] => (value === undefined ? [] : [line(key, value, from(key))]);
  return [
    line("network", network.name, formatOrigin(network.chosenBy)),
    line("rpcUrl", redactUrl(network.rpcUrl), from("rpcUrl")),
    ...optional("chainId", network.chainId?.toString()),
    ...optional("controller", network.controller),
    ...optional("explorer", network.explorer === undefined ? undefined : redactUrl(network.explorer)),
    ...optional("safeServiceUrl", network.safeServiceUrl === undefined ? undefined : redactUrl(network.safeServiceUrl)),
    ...optional("safeServiceKeyFile", network.safeServiceKeyFile),
    ...optional("governorDelayBlocks", network.governorDelayBlocks?.toString()),
    ...Object.entries(network.keys).map(([name, key]) => line(`keys.${name}`, "address" in key ? `${key.address} by ${describeKey(key)}` : describeKey(key), "lpctl.yaml")),
  ];
}

/** Where a key is, in one line, without secrets. */
export function describeKey(key: KeyEntry): string {
  if ("keystore" in key) return key.keystore;
  if ("command" in key) return key.command.join(" ");
  if ("ledger" in key) return `Ledger at ${key.ledger.path}`;
  if ("rpc" in key) return redactUrl(key.rpc.url);
  return "browser wallet";
}

/** No network chosen is a fact to explain here, not a failure; a wrong name is a failure. */
function networkOf(config: Config, networkFlag: string | undefined): ResolvedNetwork | undefined {
  try {
    return resolveNetwork(config, { networkFlag, forWriting: false });
  } catch (error) {
    if (isNoNetworkChosen(error)) return undefined;
    throw error;
  }
}

export function formatOrigin(origin: Origin): string {
  const words = { flag: "flag", environment: "variable", project: "project file", user: "user file", "built-in": "built-in file", default: "default:" };
  return printable(`${words[origin.kind]} ${origin.where}`);
}

function line(key: string, value: string, from: string): ExplainedValue {
  return { key: printable(key), value: printable(value), from: printable(from) };
}
