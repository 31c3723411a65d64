import { parseFunction } from "../../proposal/derive-calls.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import type { Intended } from "./invariant.ts";

/** What a proposal's intents change on purpose. */
export function intendedBy({ intents }: Proposal): Intended {
  const getters = intents.flatMap((intent) => {
    switch (intent.kind) {
      case "set-parameter":
        return [`${intent.target}.${parseFunction(intent.getter).name.split("(")[0] ?? ""}`];
      case "transfer-ownership":
        return [`${intent.target}.owner`];
      case "pause":
      case "unpause":
        return [`${intent.controller}.paused`];
      default:
        return [];
    }
  });
  const last = intents.findLast(({ kind }) => kind === "pause" || kind === "unpause");
  return {
    getters: new Set(getters),
    registered: new Set(intents.flatMap((intent) => (intent.kind === "register" || intent.kind === "upgrade" ? [intent.contract, `${intent.contract}Target`] : []))),
    pause: last === undefined ? undefined : last.kind === "pause",
    ownership: intents.some(({ kind }) => kind === "transfer-ownership" || kind === "calls"),
  };
}
