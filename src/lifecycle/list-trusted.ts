import type { Evidence } from "../simulation/evidence/evidence.ts";
import type { Assessment } from "./assess-proposal.ts";
import { plural } from "../protocol/plural.ts";

/** Something that an outcome rests on and that the file cannot prove. */
export interface Trusted {
  /** `block`, `state`, `events`, `blocks`, `calls`, `answers`, `machine`, `settings`, `compiled`. */
  what: string;
  /** In words, with what a reader can do about it. */
  detail: string;
}

const FACTS: Readonly<Record<string, string>> = {
  commits: "whether the git commits to be recorded hold the sources",
  polls: "which polls name the proposal, what beside it they were about, and what counting them gave (lpctl vote tally counts them again)",
  traffic: "how mined transactions went on the new code",
};

/** Everything in an evidence file that was believed, for people to weigh. Empty it can never be: no file proves which chain is the real one. */
export function listTrusted({ state, proof, unconfirmed, local, settings, sources }: Evidence, { record }: Assessment, recompiled: boolean): Trusted[] {
  const asked = record.answers();
  const events = asked.filter(({ method }) => method === "eth_getLogs").length;
  const number = BigInt(state.block.number);
  const blocks = asked.filter(({ method, params }) => method === "eth_getBlockByNumber" && params[0] !== `0x${number.toString(16)}`).length;
  const others = asked.filter(({ method }) => !/^eth_(chainId|blockNumber|call|getLogs|getBlockByNumber|getCode|getBalance|getTransactionCount|getStorageAt)$/.test(method));
  // The effects are bound by the proposal's own hash of them.
  const isEmpty = (fact: unknown): boolean => fact === null || (Array.isArray(fact) && fact.length === 0);
  const facts = Object.keys(local).filter((name) => !isEmpty(local[name]) && name !== "effects").sort();
  const hashes = Object.keys(state.blockHashes).length;
  const list: (Trusted | false)[] = [
    { what: "block", detail: `that block ${number} of chain ${state.chainId} has the hash ${state.block.hash}: compare it with a node or an explorer of your choice` },
    "unproven" in proof && { what: "state", detail: `all state: ${proof.unproven}` },
    hashes > 0 && { what: "blocks", detail: `the hashes of ${hashes} earlier blocks that contracts asked for` },
    events > 0 && { what: "events", detail: `${plural(events, "list")} of past events, from which come the names in the registry and what the route did so far` },
    blocks > 0 && { what: "blocks", detail: `${plural(blocks, "header")} of other blocks: when the proposal was prepared` },
    unconfirmed.length > 0 && { what: "calls", detail: `${plural(unconfirmed.length, "answer")} about the state that the local chain does not give, or was not asked for` },
    others.length > 0 && { what: "answers", detail: `what the RPC answered to ${[...new Set(others.map(({ method }) => method))].join(", ")}` },
    facts.length > 0 && { what: "machine", detail: `what the machine that made the file found out about: ${facts.map((name) => FACTS[name] ?? name).join("; ")}` },
    settings.policy !== null && { what: "settings", detail: "the policy of the project, which raises and allows findings" },
    !recompiled && { what: "compiled", detail: `that ${plural(sources.units.length, "contract")} came of the sources that are in the file: --recompile compiles them` },
  ];
  return list.filter((one) => one !== false);
}
