import type { Finding } from "../finding.ts";
import type { Address } from "../protocol/hex.ts";
import type { Check } from "./check.ts";

/** Names that rest on bytecode alone are said to. */
export const storageRecovered: Check = {
  name: "storage-recovered",
  codes: ["storage-recovered"],
  explains:
    "The storage of a contract without source gets its names from its bytecode: which slot, which key, what shape. What a " +
    "variable means the code does not say, and its author may have hidden it. So a signer learns where something " +
    "changes, and has to ask its owner what it is.",
  find: (_proposal, simulation) => {
    const accounts = new Map<Address, { contract: string | undefined; paths: string[] }>();
    for (const { address, contract, recovered, path } of simulation.changes) {
      if (recovered !== true || path === undefined) continue;
      const known = accounts.get(address) ?? { contract, paths: [] };
      known.paths.push(path);
      accounts.set(address, known);
    }
    return [...accounts].map(([address, { contract, paths }]): Finding => ({
      severity: "warning",
      code: "storage-recovered",
      title: `No source is known for ${contract ?? address}: what changes there is named from its bytecode`,
      detail: `${address}: ${paths.slice(0, 5).join(", ")}${paths.length > 5 ? ` and ${paths.length - 5} more` : ""}`,
    }));
  },
};
