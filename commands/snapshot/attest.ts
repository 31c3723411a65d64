import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { orOffline } from "../../src/cli/or-offline.ts";
import { writeReview } from "../../src/cli/output.ts";
import { parseBytes } from "../../src/cli/parse-bytes.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { confirmTyped } from "../../src/cli/prompts.ts";
import type { ResolvedNetwork } from "../../src/config/resolve-network.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import { plural } from "../../src/protocol/plural.ts";
import { printable } from "../../src/protocol/printable.ts";
import type { Attestation, LoadedSnapshot } from "../../src/snapshot/format/snapshot.ts";

/** How much of the identity a person types: enough to have compared it. */
const TYPED_CHARACTERS = 10;

export default class SnapshotAttest extends ProjectCommand<typeof SnapshotAttest> {
  static override summary = "Vouch for a snapshot with a signature, or collect the attestations of others in its folder.";
  static override description =
    "Whoever attests says: this is the state of that block of that chain. So the snapshot is verified first, and its block is looked up on the network, " +
    "where it must be final; or its hash is given, from a node of one's own. Signed are chain id, block hash and identity (EIP-712); nothing is sent. " +
    "Attestations count by the address of a key: contracts cannot give any.";
  static override args = { folder: Args.string({ required: true, description: "A folder written by snapshot take." }) };
  static override flags = {
    ...keyFlags,
    "block-hash": Flags.string({ helpValue: "HASH", summary: "The hash of the block, from a node of yours; then no network is used." }),
    confirmations: Flags.integer({ helpValue: "N", min: 1, summary: "Where the chain does not say what is final: so many blocks must be on top." }),
    collect: Flags.string({ multiple: true, helpValue: "FILE", summary: "Attestations that somebody sent: a file, or a folder of the same snapshot; repeatable." }),
    confirm: Flags.string({ helpValue: "TEXT", summary: "Answer to the typed confirmation, for scripts: the first bytes of the identity, or all of it." }),
    output: Flags.string({ char: "o", helpValue: "FILE", summary: "Write one's attestation into a file of its own, to be sent, and leave the folder as it is.", dependsOn: ["key"] }),
  };
  static override examples = [
    "<%= config.bin %> snapshot attest snapshots/mainnet-5264265 --network mainnet --key operator",
    "<%= config.bin %> snapshot attest snapshots/mainnet-5264265 --block-hash 0x… --key operator --output operator.json",
    "<%= config.bin %> snapshot attest snapshots/mainnet-5264265 --collect operator.json",
  ];

  protected override async execute(): Promise<Outcome> {
    const { folder } = this.args;
    const blockHash = parseBytes(this.flags["block-hash"], "--block-hash", 32);
    const files = this.flags.collect ?? [];
    if (this.flags.key === undefined && files.length > 0) return this.keep(folder, files);
    const { verifySnapshot } = await import("../../src/snapshot/format/verify-snapshot.ts");
    const { attestationHashes, attestedBy, attestationsText, readAttestations, signAttestation } = await import("../../src/snapshot/format/attest-snapshot.ts");
    const network = blockHash === undefined ? await this.network("write").catch(orOffline(`lpctl snapshot attest ${folder} --block-hash HASH --key NAME`)) : await this.knownNetwork();
    // A wrong name or password is found before the verification, which may take a while.
    const signer = await loadSigner(await this.loadConfig(), network, this.flags);
    const { snapshot, differences } = await verifySnapshot(folder, blockHash === undefined ? {} : { blockHash });
    const [difference] = differences;
    if (difference !== undefined) throw refused(folder, `${difference.of}: ${difference.what}`);
    const from = blockHash === undefined ? await this.askChain(snapshot) : "the hash that was given";
    const attested = attestedBy(snapshot);
    const collected = (await Promise.all(files.map((file) => readAttestations(file, attested)))).flat();
    const { domainHash, messageHash } = attestationHashes(attested);
    const { block, chainId, words, contracts } = snapshot.manifest;
    writeReview(
      [
        `The snapshot is proven, against ${from}:`,
        `  block         ${block.number} of chain ${chainId}`,
        `  block hash    ${block.hash}`,
        `  holds         ${plural(words, "word")} of ${plural(contracts.length, "contract")}`,
        `  identity      ${snapshot.id}`,
        "Compare with the device:",
        `  domain hash   ${domainHash}`,
        `  message hash  ${messageHash}`,
      ].join("\n"),
    );
    await confirmTyped({
      what: `Vouch as ${signer.address} that ${printable(folder)} is the state of block ${block.number} of chain ${chainId}`,
      expected: snapshot.id.slice(0, TYPED_CHARACTERS),
      given: this.flags.confirm === snapshot.id ? snapshot.id.slice(0, TYPED_CHARACTERS) : this.flags.confirm,
    });
    const own = await signAttestation(attested, signer);
    const { output } = this.flags;
    if (output === undefined) return this.add(snapshot, [own, ...collected], signer.address);
    const { replaceFile } = await import("../../src/replace-file.ts");
    await replaceFile(output, attestationsText(attested, [own, ...collected.filter((other) => other.signer !== own.signer)]));
    return {
      result: { folder, id: snapshot.id, path: output, signer: signer.address, added: [signer.address], attestedBy: [signer.address, ...collected.map((other) => other.signer)] },
      text: `${signer.address} vouches for ${snapshot.id}; the attestation is in ${printable(output)}`,
      next: `lpctl snapshot attest ${printable(folder)} --collect ${printable(output)}`,
    };
  }

  /** Others have verified: here it is only looked at what their signatures are over. */
  private async keep(folder: string, files: readonly string[]): Promise<Outcome> {
    const { loadSnapshot } = await import("../../src/snapshot/format/load-snapshot.ts");
    const { attestedBy, readAttestations } = await import("../../src/snapshot/format/attest-snapshot.ts");
    const snapshot = await loadSnapshot(folder);
    const collected = await Promise.all(files.map((file) => readAttestations(file, attestedBy(snapshot))));
    return this.add(snapshot, collected.flat(), undefined);
  }

  private async add(snapshot: LoadedSnapshot, attestations: readonly Attestation[], signer: string | undefined): Promise<Outcome> {
    const { addAttestations, attestedBy } = await import("../../src/snapshot/format/attest-snapshot.ts");
    const { folder, id } = snapshot;
    const { attestations: all, added } = await addAttestations(folder, attestedBy(snapshot), attestations);
    const signers = all.map((one) => one.signer);
    return {
      result: { folder, id, path: null, signer: signer ?? null, added, attestedBy: signers },
      text: [`${printable(folder)} has ${plural(signers.length, "attestation")} of ${id}, ${added.length} of them new`, ...signers.map((one) => `  ${one}`)].join("\n"),
      next: `lpctl snapshot verify ${printable(folder)} --require ${signers.length} ${signers.map((one) => `--signer ${one}`).join(" ")}`,
    };
  }

  /** The block must be one that the chain of the snapshot has, and keeps. */
  private async askChain({ folder, state }: LoadedSnapshot): Promise<string> {
    const project = await this.openProject("write");
    if (project.chainId !== state.chainId) throw refused(folder, `it is of chain ${state.chainId}, and the network ${project.network} is chain ${project.chainId}`);
    const { pinBlock } = await import("../../src/snapshot/take/pin-block.ts");
    const { confirmations } = this.flags;
    await pinBlock(project.rpc, { block: state.block.hash, ...(confirmations === undefined ? {} : { confirmations: BigInt(confirmations) }) });
    return `${project.network} (${project.rpc.origin})`;
  }

  /** Keys named in lpctl.yaml are found offline too; a folder without one has only keystore files. */
  private async knownNetwork(): Promise<ResolvedNetwork | undefined> {
    try {
      return await this.network("read");
    } catch {
      return undefined;
    }
  }
}

function refused(folder: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_NOT_ATTESTED",
    exit: Exit.different,
    message: `${printable(folder)} is not what an attestation would say it is`,
    why: printable(why),
    next: "Sign nothing. Ask for the folder again, or take it yourself: lpctl snapshot take",
  });
}
