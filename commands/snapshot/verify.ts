import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { BaseCommand, type Outcome } from "../../src/cli/base-command.ts";
import { formatSnapshotVerification, snapshotVerificationResult } from "../../src/cli/format-snapshot-verification.ts";
import { parseBytes } from "../../src/cli/parse-bytes.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import { parseGivenAddress } from "../../src/protocol/given-address.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { plural } from "../../src/protocol/plural.ts";
import { printable } from "../../src/protocol/printable.ts";
import type { SnapshotVerification } from "../../src/snapshot/format/verify-snapshot.ts";

export default class SnapshotVerify extends BaseCommand<typeof SnapshotVerify> {
  static override summary = "Prove a snapshot from its files alone: every contract's storage is complete, and the block's.";
  static override description =
    "Uses no network. The header must have the block's hash, each account must be in the state that the header names, the words of each " +
    "contract must make its storage root, its code its code hash, and all together the identity; names must be those of the Controller's registry. " +
    "What cannot be proven offline is that the block is one of the chain's: give its hash, from a node or an explorer that you trust. Layouts, which " +
    "say how words are read, are part of the identity and not proven otherwise. Exit code 5 when everything is proven and attestations that --signer " +
    "asks for are missing.";
  static override args = { folder: Args.string({ required: true, description: "A folder written by snapshot take." }) };
  static override flags = {
    "block-hash": Flags.string({ helpValue: "HASH", summary: "The hash of the block, from somebody other than who made the snapshot." }),
    identity: Flags.string({ helpValue: "HASH", summary: "The identity that the snapshot must have." }),
    signer: Flags.string({ multiple: true, helpValue: "ADDRESS", summary: "Whose attestation counts; repeatable." }),
    require: Flags.integer({ helpValue: "N", min: 1, summary: "How many of the signers must have attested. Default: all.", dependsOn: ["signer"] }),
  };
  static override examples = [
    "<%= config.bin %> snapshot verify snapshots/mainnet-5264265 --block-hash 0x…",
    "<%= config.bin %> snapshot verify snapshots/mainnet-5264265 --require 2 --signer 0x… --signer 0x… --signer 0x…",
  ];

  protected override async execute(): Promise<Outcome> {
    const { folder } = this.args;
    const blockHash = parseBytes(this.flags["block-hash"], "--block-hash", 32);
    const id = parseBytes(this.flags.identity, "--identity", 32);
    const signers = [...new Set((this.flags.signer ?? []).map((text) => parseGivenAddress(text, "--signer").address))];
    const count = requiredCount(this.flags.require, signers);
    const { verifySnapshot } = await import("../../src/snapshot/format/verify-snapshot.ts");
    const verification = await verifySnapshot(folder, {
      ...(blockHash === undefined ? {} : { blockHash }),
      ...(id === undefined ? {} : { id }),
      onProgress: ({ contract, words, ofWords }) => {
        if (ofWords >= WORDS_THAT_TAKE_TIME) writeProgress(`The root of ${contract} is rebuilt; ${words} of ${ofWords} words so far`);
      },
    });
    const { countAttestations } = await import("../../src/snapshot/format/attest-snapshot.ts");
    const counted = countAttestations(verification.snapshot.attestations, { count, signers });
    const required = signers.length === 0 ? undefined : { count, by: counted.by, waitingFor: counted.waitingFor };
    const isEnough = counted.missing === 0;
    return {
      result: snapshotVerificationResult(verification, required),
      text: () => formatSnapshotVerification(verification, required),
      failure: different(verification),
      ...(isEnough ? {} : { exit: Exit.waiting }),
      next: isEnough ? `lpctl snapshot show ${printable(folder)}` : `lpctl snapshot attest ${printable(folder)} --key NAME, or what others sent: --collect FILE`,
    };
  }
}

/** Some seconds. */
const WORDS_THAT_TAKE_TIME = 200_000;

/** @throws LPCTL_USAGE_SIGNERS where more are required than are named */
function requiredCount(wanted: number | undefined, signers: readonly Address[]): number {
  if (wanted === undefined || wanted <= signers.length) return wanted ?? signers.length;
  throw new LpctlError({
    code: "LPCTL_USAGE_SIGNERS",
    exit: Exit.usage,
    message: `${wanted} attestations are required, and ${plural(signers.length, "different signer")} named`,
    next: "Name everyone whose attestation counts: --signer ADDRESS --signer ADDRESS …",
  });
}

function different({ snapshot, differences }: SnapshotVerification): LpctlError | undefined {
  const [first] = differences;
  if (first === undefined) return undefined;
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_DIFFERENT",
    exit: Exit.different,
    message: `${printable(snapshot.folder)} is not the state of the block`,
    why: `${first.of}: ${first.what}${differences.length === 1 ? "" : `; and ${plural(differences.length - 1, "more difference")}`}`,
    next: "Do not use it. Ask for the folder again, or take it yourself: lpctl snapshot take",
  });
}
