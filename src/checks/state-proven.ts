import type { Check } from "./check.ts";

/** Chain ids of development chains, whose blocks nobody else has: there is nothing to prove to anybody. */
const DEVELOPMENT_CHAINS: readonly bigint[] = [31337n, 1337n];

/** Whether the state under the simulation is that of its block, or the word of one RPC. */
export const stateProven: Check = {
  name: "state-proven",
  codes: ["state-unproven", "state-local"],
  explains:
    "Everything a simulation shows follows from the state it begins with. An RPC that lies about one slot can make any " +
    "proposal look harmless; eth_getProof against the block's state root takes that power from it, so a liar refuses to give " +
    "proofs. In February 2025 Bybit's signers saw a harmless transaction because what stood between them and the chain lied.",
  find: (_proposal, { state, chainId }) => {
    if (state.proof === "proven") return [];
    if (DEVELOPMENT_CHAINS.includes(chainId)) return [{ severity: "info", code: "state-local", title: "The state of this local chain is not proven", detail: state.why }];
    return [
      {
        severity: "warning",
        code: "state-unproven",
        title: "All of this rests on the word of one RPC: it does not prove the state",
        detail: `${state.why}; use an endpoint that answers eth_getProof, or compare with what another one gives`,
      },
    ];
  },
};
