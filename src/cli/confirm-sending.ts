import * as Flags from "@oclif/core/flags";
import type { Project } from "../inspection/project.ts";
import { confirmTyped } from "./prompts.ts";

export const confirmFlags = {
  confirm: Flags.string({ helpValue: "TEXT", summary: "Answer to the typed confirmation, for scripts: the network's name, or the first bytes of the hash." }),
};

/** Before anything leaves this machine: the person types the network's name. */
export async function confirmSending(project: Project, what: string, given: string | undefined): Promise<void> {
  await confirmTyped({ what: `${what} on ${project.network} (chain ${project.chainId})`, expected: project.network, given });
}
