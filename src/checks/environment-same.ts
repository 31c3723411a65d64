import type { Finding } from "../finding.ts";
import type { Address } from "../protocol/hex.ts";
import type { Check } from "./check.ts";

/** Code that asks for what a fork cannot give as the chain will. */
export const environmentSame: Check = {
  name: "environment-same",
  codes: ["environment-read"],
  explains:
    "A simulation shows what code does there, not what it does later. Code can ask where it runs: nobody pays for gas on a fork, " +
    "skipped blocks have no hash, and the time is not that of execution. Published proofs of concept for the simulations of wallets " +
    "showed a gift where block.coinbase was nobody's, and emptied the account on chain (2023).",
  find: (_proposal, simulation) => {
    const asked = new Map<Address, Set<string>>();
    for (const { environment = [] } of simulation.steps) {
      for (const { address, what } of environment) asked.set(address, (asked.get(address) ?? new Set()).add(what));
    }
    const names = new Map(simulation.changes.map(({ address, contract }) => [address, contract]));
    return [...asked].map(([address, words]): Finding => ({
      severity: "warning",
      code: "environment-read",
      title: `Code of ${names.get(address) ?? address} can ask where it runs, and do something else on chain: ${[...words].sort().join(", ")}`,
      detail: `${address}: the simulation shows what it does on a fork, at this block; read its source before you sign`,
    }));
  },
};
