import type { Finding } from "../finding.ts";
import type { Check, GasCaps } from "./check.ts";

/** What nodes keep in their pools: 128 KiB for the whole transaction, less the head and the signature. Geth's txMaxSize. */
const MOST_DATA_BYTES = 131_072 - 512;
/** Nitro's default for the sequencer (max-tx-data-size). */
const MOST_DATA_BYTES_OF_ARBITRUM = 95_000;

/** Refunds give back at most a fifth, after all of it was needed (EIP-3529). */
const withRefunds = (gasUsed: bigint): bigint => (gasUsed * 5n) / 4n;

/** Whether every step fits into a block, and into a transaction where the chain bounds that. */
export const gasFits: Check = {
  name: "gas-fits",
  codes: ["gas-over-block", "gas-over-transaction", "gas-near-cap", "calldata-over-limit", "calldata-near-limit"],
  explains:
    "A step that needs more gas than a block or a transaction may use can never be carried out, after everybody has " +
    "signed it. Since the Osaka fork a transaction of Ethereum is bound to 16,777,216 gas (EIP-7825), however large the " +
    "block: a batch that fitted before may not fit any more. Nor do nodes pass on a transaction of more than 128 KiB, and " +
    "Arbitrum's sequencer takes no more than 95,000 bytes of data. Split it, where its parts can stand alone.",
  find: (_proposal, simulation, { gasCaps }) =>
    simulation.steps.flatMap(({ title, gasUsed, data }): Finding[] => {
      const bytes = (data.length - 2) / 2;
      return [...ofData(title, bytes), ...ofGas(title, gasUsed, gasCaps)];
    }),
};

function ofData(title: string, bytes: number): Finding[] {
  if (bytes > MOST_DATA_BYTES) return [finding("refuse", "calldata-over-limit", `The data of "${title}" is longer than nodes pass on`, `${bytes} of ${MOST_DATA_BYTES} bytes`)];
  return bytes > MOST_DATA_BYTES_OF_ARBITRUM ? [finding("warning", "calldata-near-limit", `The data of "${title}" is longer than Arbitrum's sequencer takes`, `${bytes} of ${MOST_DATA_BYTES_OF_ARBITRUM} bytes`)] : [];
}

function ofGas(title: string, gasUsed: bigint, gasCaps: GasCaps): Finding[] {
  const { block, transaction } = gasCaps;
  if (gasUsed > block) return [finding("refuse", "gas-over-block", `"${title}" needs more gas than a block has`, `${gasUsed} of ${block}`)];
  if (transaction !== undefined && gasUsed > transaction.gas) {
    const what = transaction.isEnforced ? "needs more gas than a transaction may use" : "needs more gas than a transaction of Ethereum may use";
    return [finding(transaction.isEnforced ? "refuse" : "warning", "gas-over-transaction", `"${title}" ${what}`, `${gasUsed} of ${transaction.gas} (EIP-7825)`)];
  }
  const cap = transaction === undefined || block < transaction.gas ? block : transaction.gas;
  return withRefunds(gasUsed) > cap
    ? [finding("warning", "gas-near-cap", `"${title}" comes near the most gas it may use`, `${gasUsed} of ${cap}, and refunds are given back only after all was needed`)]
    : [];
}

function finding(severity: Finding["severity"], code: string, title: string, detail: string): Finding {
  return { severity, code, title, detail };
}
