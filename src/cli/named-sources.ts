import type { Address } from "../protocol/hex.ts";
import type { NamedSources } from "../voting/find/vote-sources.ts";

/**
 * The contracts that the flags of `voteSourceFlags` name.
 * @param parse `ProjectCommand.address`
 */
export function namedSources(flags: { governor?: string[] | undefined; "poll-creator"?: string[] | undefined }, parse: (text: string, what: string) => Address): NamedSources {
  return {
    governors: (flags.governor ?? []).map((text) => parse(text, "--governor")),
    pollCreators: (flags["poll-creator"] ?? []).map((text) => parse(text, "--poll-creator")),
  };
}
