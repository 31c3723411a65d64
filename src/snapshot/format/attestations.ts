import { join } from "node:path";
import { TypedDataEncoder } from "ethers/hash";
import { recoverAddress } from "ethers/transaction";
import { z } from "zod";
import { errnoOf } from "../../errno-of.ts";
import { LpctlError } from "../../errors.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, hexSchema, type Address, type Hex } from "../../protocol/hex.ts";
import { parsePart, PART, readPart } from "./parts.ts";
import { brokenSnapshot, differentSnapshot } from "./snapshot-errors.ts";
import type { Attestation } from "./snapshot.ts";

/** What an attestation is about. Whoever signs it says: this is the state of that block of that chain. */
export interface Attested {
  chainId: bigint;
  blockHash: Hex;
  id: Hex;
}

/** EIP-712. Without a chain in the domain, so that wallets sign whatever chain they are on: the chain meant is in the message. */
export const ATTESTATION_DOMAIN = { name: "lpctl snapshot", version: "1" };
export const ATTESTATION_TYPES = {
  SnapshotAttestation: [
    { name: "chainId", type: "uint256" },
    { name: "blockHash", type: "bytes32" },
    { name: "identity", type: "bytes32" },
  ],
};

export function attestationMessage({ chainId, blockHash, id }: Attested): { chainId: bigint; blockHash: Hex; identity: Hex } {
  return { chainId, blockHash, identity: id };
}

export function attestationHash(attested: Attested): Hex {
  return TypedDataEncoder.hash(ATTESTATION_DOMAIN, ATTESTATION_TYPES, attestationMessage(attested)) as Hex;
}

/** Half the order of secp256k1: of the two signatures that each give the other, only the one with the low s counts. */
const HIGHEST_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const MOST_ATTESTATIONS = 10_000;
export const LARGEST_ATTESTATIONS_BYTES = 5_000_000;

/** `attestations.json`: it says itself what it is about, so that it can travel alone. */
const attestationsSchema = z.strictObject({
  kind: z.literal("lpctl-snapshot-attestations"),
  schema: z.literal(1),
  chainId: decimalSchema,
  blockHash: hash32Schema,
  identity: hash32Schema,
  attestations: z.array(z.strictObject({ signer: addressSchema, signature: hexSchema })).max(MOST_ATTESTATIONS),
});

/** Those in the folder, each recovered; none when there is no such file. @throws LPCTL_SNAPSHOT_BROKEN, LPCTL_SNAPSHOT_DIFFERENT */
export async function loadAttestations(folder: string, attested: Attested): Promise<Attestation[]> {
  let text: string;
  try {
    text = (await readPart(folder, PART.attestations, LARGEST_ATTESTATIONS_BYTES)).toString("utf8");
  } catch (error) {
    if (error instanceof LpctlError && errnoOf(error.cause) === "ENOENT") return [];
    throw error;
  }
  return parseAttestations(join(folder, PART.attestations), text, attested);
}

/** @throws LPCTL_SNAPSHOT_BROKEN, LPCTL_SNAPSHOT_DIFFERENT when it is about another snapshot, or not signed by whom it says */
export function parseAttestations(path: string, text: string, attested: Attested): Attestation[] {
  const file = parsePart(path, text, attestationsSchema);
  if (file.identity !== attested.id || file.blockHash !== attested.blockHash || file.chainId !== attested.chainId) {
    throw differentSnapshot("These attestations are of another snapshot", `${path} is about ${file.identity} (block ${file.blockHash} of chain ${file.chainId}), and the snapshot is ${attested.id}`, { expected: attested.id, found: file.identity });
  }
  for (const { signer, signature } of file.attestations) {
    const found = recoverSigner(attested, signature);
    if (found === signer) continue;
    throw differentSnapshot(`An attestation is not by ${signer}, in whose name it is given`, found === undefined ? "it is no signature" : `over this snapshot it would be one of ${found}; it may be of another snapshot`, { path, signer, recovered: found ?? null });
  }
  if (new Set(file.attestations.map(({ signer }) => signer)).size !== file.attestations.length) throw brokenSnapshot(path, "somebody attests twice in it");
  return file.attestations;
}

/** Who made a signature, if it is one of the form that a signer here gives. */
export function recoverSigner(attested: Attested, signature: Hex): Address | undefined {
  if (!/^0x[0-9a-f]{128}(1b|1c)$/.test(signature) || BigInt(`0x${signature.slice(66, 130)}`) > HIGHEST_S) return undefined;
  try {
    return recoverAddress(attestationHash(attested), signature) as Address;
  } catch {
    return undefined;
  }
}
