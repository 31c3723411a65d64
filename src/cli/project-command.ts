import { join } from "node:path";
import type { Command } from "@oclif/core/command";
import type { Project } from "../inspection/project.ts";
import { Exit, LpctlError } from "../errors.ts";
import { parseGivenAddress, requireAddressOn } from "../protocol/given-address.ts";
import type { GivenAddress } from "../protocol/given-address.ts";
import type { Address } from "../protocol/hex.ts";
import { BaseCommand } from "./base-command.ts";
import { writeProgress } from "./progress.ts";
import { explainStoppedNode } from "./stopped-node.ts";

/** A command that works on a protocol: it has a project folder and a network whose chain was asked who it is. */
export abstract class ProjectCommand<T extends typeof Command = typeof Command> extends BaseCommand<T> {
  private readonly givenAddresses: { given: GivenAddress; what: string }[] = [];

  /**
   * Opens the project. The chain must be the one that the configuration names.
   * @param use `write` for whatever may sign or send
   * @throws LPCTL_NETWORK_*, LPCTL_CHAIN_ID_DIFFERS, LPCTL_RPC_*, LPCTL_USAGE_ADDRESS_OTHER_CHAIN
   */
  protected async openProject(use: "read" | "write"): Promise<Project> {
    const [config, network, { openNetwork }] = await Promise.all([this.loadConfig(), this.network(use), import("./open-network.ts")]);
    const { chainId } = network;
    if (chainId === undefined) {
      throw new LpctlError({
        code: "LPCTL_NETWORK_INCOMPLETE",
        exit: Exit.usage,
        message: `The network ${network.name} has no \`chainId\``,
        why: "an RPC URL may lead to any chain, and lpctl must know which one is meant",
        next: `Set networks.${network.name}.chainId in ${config.projectPath ?? join(config.projectFolder, "lpctl.yaml")}`,
      });
    }
    this.requireAddressesOn(chainId);
    const project = await openNetwork(config, { ...network, chainId }).catch(async (error: unknown) => {
      throw await explainStoppedNode(error, config.projectFolder, network);
    });
    return { ...project, progress: writeProgress };
  }

  /**
   * An address that a person gave. One with the prefix of a chain (`arb1:0x…`) must be meant for the project's, which is seen when
   * the project is opened.
   * @param what the flag or argument
   * @throws what `parseGivenAddress` throws
   */
  protected address(text: string, what: string): Address {
    const given = parseGivenAddress(text, what);
    this.givenAddresses.push({ given, what });
    return given.address;
  }

  /** @throws LPCTL_USAGE_ADDRESS_OTHER_CHAIN where an address so far was given for another chain */
  protected requireAddressesOn(chainId: bigint): void {
    for (const { given, what } of this.givenAddresses) requireAddressOn(chainId, given, what);
  }

  /** Positional arguments of a command with `strict = false`, two by two. @throws LPCTL_USAGE_PAIRS */
  protected pairs(what: string): [string, string][] {
    const words = this.positional;
    if (words.length === 0 || words.length % 2 === 1) {
      throw new LpctlError({
        code: "LPCTL_USAGE_PAIRS",
        exit: Exit.usage,
        message: words.length === 0 ? `This command takes ${what}` : `"${words.at(-1) ?? ""}" has no value`,
        next: `lpctl ${this.ctor.id.replaceAll(":", " ")} --help`,
      });
    }
    return words.flatMap((word, index): [string, string][] => (index % 2 === 0 ? [[word, words[index + 1] ?? ""]] : []));
  }
}
