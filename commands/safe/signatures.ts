import * as Flags from "@oclif/core/flags";
import { BaseCommand, type Outcome } from "../../src/cli/base-command.ts";
import { formatSignatures } from "../../src/cli/format-signatures.ts";
import { signatureLedgerPath } from "../../src/config/ledger-path.ts";
import { LpctlError } from "../../src/errors.ts";
import type { SignedHash } from "../../src/lifecycle/nonces/signed-hashes.ts";
import { parseGivenAddress } from "../../src/protocol/given-address.ts";

export default class SafeSignatures extends BaseCommand<typeof SafeSignatures> {
  static override summary = "Everything your keys on this machine have signed for Safes, and which of it can still be executed.";
  static override description =
    "Reads the list that lpctl writes before a key is asked to sign, for every chain and every project, and asks each configured network of those chains " +
    "what became of it: executed, dead because another transaction used the nonce, still executable, or unknown where there is no RPC.";
  static override flags = {
    safe: Flags.string({ helpValue: "ADDRESS", summary: "Only this Safe." }),
    key: Flags.string({ helpValue: "NAME", summary: "Only this key, by its name or address." }),
    live: Flags.boolean({ summary: "Only what can still be executed, or is not known." }),
  };
  static override examples = ["<%= config.bin %> safe signatures", "<%= config.bin %> safe signatures --live --json"];

  protected override async execute(): Promise<Outcome> {
    const safe = this.flags.safe === undefined ? undefined : parseGivenAddress(this.flags.safe, "--safe");
    const key = this.flags.key?.toLowerCase();
    const path = signatureLedgerPath();
    const { loadLedger } = await import("../../src/safe/signature-ledger.ts");
    const { readSignedHashes } = await import("../../src/lifecycle/nonces/signed-hashes.ts");
    const { askNetworks } = await import("../../src/cli/ask-networks.ts");
    const ledger = await loadLedger(path);
    const asked = ledger.signed.filter((entry) => (safe === undefined || (entry.safe === safe.address && (safe.prefix === undefined || entry.chainId === safe.prefix.chainId))) && (key === undefined || entry.key.toLowerCase() === key || entry.signer.toLowerCase() === key));
    // A folder without a network is no reason to show nothing.
    const chosen = await this.network("read").catch((error: unknown) => {
      if (error instanceof LpctlError && (error.code === "LPCTL_CONFIG_MISSING" || error.code.startsWith("LPCTL_NETWORK_"))) return undefined;
      throw error;
    });
    const networks = await askNetworks(await this.loadConfig(), new Set(asked.map(({ chainId }) => chainId)), chosen);
    const all = await readSignedHashes(asked, networks);
    const hashes = this.flags.live ? all.filter(({ state }) => state === "executable" || state === "unknown") : all;
    const { incidents, unreadableLines } = ledger;
    return {
      result: { path, signatures: hashes, incidents: incidents.map(({ at, what, detail, signer, safeTxHash }) => ({ at, what, detail, signer: signer ?? null, safeTxHash: safeTxHash ?? null })), unreadableLines },
      text: () => formatSignatures(hashes, incidents, unreadableLines, path),
      next: nextStep(hashes),
    };
  }
}

function nextStep(hashes: readonly SignedHash[]): string | undefined {
  const live = hashes.find(({ state, rejection }) => state === "executable" && !rejection);
  return live === undefined ? undefined : `lpctl safe burn --network ${live.network ?? "NAME"} --safe ${live.safe}   (where one of them should never have been signed)`;
}
