import type { NodeProject } from "./node-project.ts";
import type { StartedNode } from "./chain-start.ts";

/** The account of a start for people, and what to type next. */
export function describeStart(node: StartedNode, project: NodeProject): { text: string; next: string } {
  const choice = isChosenAnyway(node.network, project) ? "" : ` -n ${node.network}`;
  const text = [
    `A local chain runs at ${node.rpcUrl} (chain ${node.chainId}, profile ${node.profile}, process ${node.pid}).`,
    ...(node.resumedAtBlock === null ? [] : [`It goes on from block ${node.resumedAtBlock}, with the contracts and keys it had.`]),
    ownership(node),
    ...(node.keys["transcoder"] === undefined ? [] : ["The keys transcoder and delegator have stake to vote with."]),
    ...(node.actors === null ? [] : [`${node.actors.transcoders} transcoders and ${node.actors.delegators} delegators are at work (seed ${node.actors.seed}, process ${node.actors.pid}). Watch them: lpctl node status --watch`]),
    `Network "${node.network}" is in ${node.configPath}. Keys for --key: ${Object.keys(node.keys).join(", ")}.`,
    "The keys are published test keys: use them nowhere else. Stop the chain with: lpctl node stop",
  ].join("\n");
  return { text, next: `lpctl authority show ${node.profile === "launch" ? "JobsManager" : "TicketBroker"}${choice}` };
}

function ownership({ phase, controller, safe, governor, keys, contracts }: StartedNode): string {
  switch (phase) {
    case "eoa":
      return `The Controller ${controller} belongs to the key deployer, ${keys["deployer"] ?? ""}.`;
    case "safe":
      return `The Controller ${controller} belongs to the 2-of-3 Safe ${safe ?? ""}.`;
    case "governor":
      return `The Controller ${controller} belongs to the Governor ${governor ?? ""}, and that to the 2-of-3 Safe ${safe ?? ""}.`;
    case "stake":
      return [
        `The Controller ${controller} belongs to the StakeTimelock ${contracts["StakeTimelock"] ?? ""}, which does what stake votes for in the StakeGovernor ${contracts["StakeGovernor"] ?? ""}.`,
        ...(safe === null ? [] : [`The 2-of-3 Safe ${safe} can veto it, until that expires.`]),
      ].join(" ");
  }
}

/** As `resolveNetwork` will decide without a flag. */
function isChosenAnyway(network: string, { config, isNew }: NodeProject): boolean {
  if (isNew) return true;
  if (config.defaultNetwork?.origin.kind === "project") return config.defaultNetwork.value === network;
  const own = config.networkLayers.find(({ origin }) => origin.kind === "project");
  return Object.keys(own?.networks ?? {}).every((name) => name === network);
}
