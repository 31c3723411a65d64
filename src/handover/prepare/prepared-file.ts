import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Project } from "../../inspection/project.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { toPlainJson } from "../../proposal/canonical.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, hexSchema } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import { textSchema } from "../../protocol/text-schema.ts";
import { replaceFile } from "../../replace-file.ts";
import { PREPARATIONS, type PreparationKind } from "./preparation.ts";

/** What was deployed for a handover, and all that it follows from. Written before the first transaction leaves. */
export const preparedSchema = z.strictObject({
  schema: z.literal(1),
  kind: z.enum(PREPARATIONS),
  network: textSchema,
  chainId: decimalSchema,
  genesisHash: hash32Schema,
  controller: addressSchema,
  deployer: addressSchema,
  /** Addresses follow from the deployer and this. */
  firstNonce: decimalSchema,
  /** Registered with the contracts: 20 bytes. */
  gitCommitHash: hexSchema,
  /** Who owns it; null for what nobody owns. */
  owner: addressSchema.nullable(),
  /** By id in the catalogue, as the contracts store them. */
  rules: z.record(textSchema, decimalSchema),
  veto: z.strictObject({ guardian: addressSchema, expiresAtSeconds: decimalSchema }).nullable(),
  /** By the name that a target speaks of them. */
  contracts: z.record(textSchema, addressSchema),
  /** Null until all of it is on chain and was compared with its source. */
  transactions: z.array(hash32Schema).nullable(),
});
export type Prepared = z.infer<typeof preparedSchema>;

/** `handovers/<network>/prepared-stake.json`: beside the handovers, which all find it there. Meant to be committed. */
export function preparedPath(project: Pick<Project, "folder" | "network">, kind: PreparationKind): string {
  return join(project.folder, "handovers", project.network, `prepared-${kind}.json`);
}

export async function savePrepared(project: Project, prepared: Prepared): Promise<string> {
  const path = preparedPath(project, prepared.kind);
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, `${JSON.stringify(toPlainJson(prepared), null, 2)}\n`);
  return path;
}

/**
 * What was prepared for this chain; undefined where nothing was, or for a chain that was started anew since.
 * @throws LPCTL_HANDOVER_PREPARED_UNREADABLE
 */
export async function loadPrepared(project: Project, kind: PreparationKind): Promise<Prepared | undefined> {
  const path = preparedPath(project, kind);
  if (!existsSync(path)) return undefined;
  const [prepared, { hash }] = [parsePrepared(await readFile(path, "utf8"), path), await project.rpc.block(0n)];
  if (prepared.kind !== kind) throw unreadable(path, `kind: ${prepared.kind}`);
  return prepared.chainId === project.chainId && prepared.genesisHash === hash && prepared.controller === project.controller ? prepared : undefined;
}

function parsePrepared(text: string, path: string): Prepared {
  let json: unknown;
  try {
    json = parseStrictJson(text);
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause));
  }
  const parsed = preparedSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(path, `${issue?.path.join(".") ?? "the file"}: ${issue?.message ?? "does not fit"}`);
}

function unreadable(path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_HANDOVER_PREPARED_UNREADABLE",
    exit: Exit.usage,
    message: `${printable(path)} does not tell what was prepared for a handover`,
    why: printable(why),
    next: "Restore the file from version control",
  });
}
