import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { TypedDataEncoder } from "ethers/hash";
import { errnoOf } from "../../errno-of.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Signer } from "../../keys/signer.ts";
import { bigintAsText } from "../../protocol/bigint-json.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { replaceFile } from "../../replace-file.ts";
import { asOnlyWriter } from "../../safe/one-writer.ts";
import { ATTESTATION_DOMAIN, ATTESTATION_TYPES, attestationHash, attestationMessage, LARGEST_ATTESTATIONS_BYTES, loadAttestations, parseAttestations, recoverSigner, type Attested } from "./attestations.ts";
import { PART } from "./parts.ts";
import { differentSnapshot } from "./snapshot-errors.ts";
import type { Attestation, LoadedSnapshot } from "./snapshot.ts";

export function attestedBy({ state, id }: LoadedSnapshot): Attested {
  return { chainId: state.chainId, blockHash: state.block.hash, id };
}

/** What devices show before they sign: EIP-712's two hashes, and the one of both that is signed. */
export function attestationHashes(attested: Attested): { domainHash: Hex; messageHash: Hex; hash: Hex } {
  return {
    domainHash: TypedDataEncoder.hashDomain(ATTESTATION_DOMAIN) as Hex,
    messageHash: TypedDataEncoder.hashStruct("SnapshotAttestation", ATTESTATION_TYPES, attestationMessage(attested)) as Hex,
    hash: attestationHash(attested),
  };
}

/** Has somebody vouch for a snapshot. Whoever calls this has verified it, and its block with a chain. @throws what the signer throws */
export async function signAttestation(attested: Attested, signer: Signer): Promise<Attestation> {
  const signature = await signer.signTypedData(ATTESTATION_DOMAIN, ATTESTATION_TYPES, { ...attestationMessage(attested) });
  if (recoverSigner(attested, signature) === signer.address) return { signer: signer.address, signature };
  throw new LpctlError({ code: "LPCTL_KEYS_OTHER_ADDRESS", exit: Exit.refused, message: `The signature is not one of ${signer.address}.`, next: "Do not use this key." });
}

/**
 * Puts attestations beside those that the folder has by now, each signer's once, in the order of their addresses: in whatever order
 * they come, the file ends up the same.
 * @returns all that it has then, and whose are new
 * @throws LPCTL_SNAPSHOT_BROKEN, LPCTL_SNAPSHOT_DIFFERENT when one of them is not by whom it says; LPCTL_FILE_NOT_WRITTEN, LPCTL_DISK_FULL
 */
export async function addAttestations(folder: string, attested: Attested, added: readonly Attestation[]): Promise<{ attestations: Attestation[]; added: Address[] }> {
  for (const { signer, signature } of added) if (recoverSigner(attested, signature) !== signer) throw notBy(signer);
  const path = join(folder, PART.attestations);
  const merge = async (): Promise<{ attestations: Attestation[]; added: Address[] }> => {
    const there = await loadAttestations(folder, attested);
    const known = new Set(there.map(({ signer }) => signer));
    const fresh = added.filter(({ signer }, index) => !known.has(signer) && added.findIndex((other) => other.signer === signer) === index);
    const attestations = inOrder([...there, ...fresh]);
    if (fresh.length > 0) await replaceFile(path, attestationsText(attested, attestations));
    return { attestations, added: fresh.map(({ signer }) => signer) };
  };
  return asOnlyWriter(path, merge, (cause, why = errnoOf(cause)) => {
    return new LpctlError({ code: "LPCTL_FILE_NOT_WRITTEN", exit: Exit.failed, message: `${printable(path)} could not be written`, why, next: "Check the folder and its permissions; or write a file of its own: --output FILE", cause });
  });
}

/** The file, also for sending one's own attestation alone. */
export function attestationsText({ chainId, blockHash, id }: Attested, attestations: readonly Attestation[]): string {
  return `${JSON.stringify({ kind: "lpctl-snapshot-attestations", schema: 1, chainId, blockHash, identity: id, attestations: inOrder(attestations) }, bigintAsText, 2)}\n`;
}

/**
 * Attestations that somebody sent: such a file, or a folder of the same snapshot with one.
 * @throws LPCTL_SNAPSHOT_ATTESTATIONS_NOT_FOUND, LPCTL_SNAPSHOT_DIFFERENT when they are of another snapshot or not by
 * whom they say
 */
export async function readAttestations(path: string, attested: Attested): Promise<Attestation[]> {
  try {
    const about = await stat(path);
    const file = about.isDirectory() ? join(path, PART.attestations) : path;
    const { size, isFile } = await lookAt(file);
    if (!isFile) throw notFound(path, "it is a pipe or a device, and no file");
    if (size > LARGEST_ATTESTATIONS_BYTES) throw notFound(path, "it is far too large for that");
    return parseAttestations(file, await readFile(file, "utf8"), attested);
  } catch (cause) {
    // Nothing is wrong with the snapshot that it is for.
    if (cause instanceof LpctlError && cause.code === "LPCTL_SNAPSHOT_BROKEN") throw notFound(path, printable(String(cause.details?.["why"] ?? cause.why)), cause);
    if (cause instanceof LpctlError) throw cause;
    throw notFound(path, errnoOf(cause) === "ENOENT" ? "there is no such file, and in a folder no attestations.json" : errnoOf(cause), cause);
  }
}

async function lookAt(path: string): Promise<{ size: number; isFile: boolean }> {
  const about = await stat(path);
  return { size: about.size, isFile: about.isFile() };
}

/** Whether enough of those who count have vouched. */
export function countAttestations(attestations: readonly Attestation[], required: { count: number; signers: readonly Address[] }): { by: Address[]; missing: number; waitingFor: Address[] } {
  const there = new Set(attestations.map(({ signer }) => signer));
  const signers = [...new Set(required.signers)];
  const by = signers.filter((signer) => there.has(signer));
  return { by, missing: Math.max(0, required.count - by.length), waitingFor: signers.filter((signer) => !there.has(signer)) };
}

function inOrder(attestations: readonly Attestation[]): Attestation[] {
  return attestations.map(({ signer, signature }) => ({ signer, signature })).sort((a, b) => (a.signer.toLowerCase() < b.signer.toLowerCase() ? -1 : 1));
}

function notBy(signer: Address): LpctlError {
  return differentSnapshot(`An attestation is not by ${signer}, in whose name it is given`, "it is no signature of theirs over this snapshot", { signer });
}

function notFound(path: string, why: string | undefined, cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_SNAPSHOT_ATTESTATIONS_NOT_FOUND",
    exit: Exit.usage,
    message: `There are no attestations in ${printable(path)}`,
    why,
    next: "Name the attestations.json of a folder, or what was written with: lpctl snapshot attest FOLDER --key NAME --output FILE",
    cause,
  });
}
