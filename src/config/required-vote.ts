import type { PollRequirement } from "../protocol/policy.ts";
import type { Config, Sourced } from "./config.ts";

/**
 * What has to be voted on before it is signed on a network. In one file the network's own word comes before the policy's; a user
 * may ask for more than the project does, and never for less.
 * @param network undefined where none is chosen: the word of the policy
 */
export function requiredVote({ networkLayers, requires = [] }: Pick<Config, "networkLayers" | "requires">, network: string | undefined): Sourced<PollRequirement> | undefined {
  for (const kind of ["project", "user"] as const) {
    const layer = networkLayers.find(({ origin }) => origin.kind === kind);
    const own = network === undefined || layer === undefined || !Object.hasOwn(layer.networks, network) ? undefined : layer.networks[network]?.requires;
    const found = own !== undefined && layer !== undefined ? { value: own, origin: layer.origin } : requires.find(({ origin }) => origin.kind === kind);
    if (found !== undefined && found.value !== "none") return { value: found.value, origin: found.origin };
  }
  return undefined;
}
