import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, hexSchema } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";
import { toPlainJson } from "../proposal/canonical.ts";
import { readIfThere } from "../read-if-there.ts";
import { replaceFile } from "../replace-file.ts";
import { countDeclared, firstDeclared } from "./declared-words.ts";
import type { PreparedFork } from "./prepare-fork.ts";

/** What lies in the folder of a fork on one chain. */
export interface ForkPaths {
  folder: string;
  /** Which file, snapshot, deployer and nonce: written before anything is signed, and never changed after that. */
  record: string;
  /** Root of each contract, and every word that differs from the snapshot, with its reason. */
  prediction: string;
  /** The tree of what accounts can claim: each finds its row and proof in it, and anybody can build it again. */
  claims: string;
  /** What was signed and sent of a plan; one for each, so that none is taken for another. */
  journalOf(planHash: string): string;
}

const recordSchema = z.strictObject({
  schema: z.literal(1),
  chainId: decimalSchema,
  /** Hash of block 0: a local chain that was started anew is another chain. */
  genesisHash: hash32Schema,
  /** As it was named, for messages. */
  file: z.string().transform(printable),
  fileHash: hash32Schema,
  snapshot: hash32Schema,
  deployer: addressSchema,
  firstNonce: decimalSchema,
  gitCommitHash: hexSchema,
  planHash: hash32Schema,
  /** The block that it was planned on, and what that means for the words: a later block would give another plan. */
  block: decimalSchema,
  timestampSeconds: decimalSchema,
  blockGasLimit: decimalSchema,
  clock: z.strictObject({ snapshotBlock: decimalSchema, forkBlock: decimalSchema }),
  controller: addressSchema,
  contracts: z.record(z.string(), addressSchema),
  targets: z.record(z.string(), addressSchema),
  loader: addressSchema,
  /** What accounts can claim from, and the root of their tree; absent where the file does not ask for it. */
  claims: z.strictObject({ contract: addressSchema, root: hash32Schema }).optional(),
});
export type ForkRecord = z.output<typeof recordSchema>;

/** Words of accounts that left which are written down one by one; with the file and the snapshot all can be worked out again. */
const MOST_ERASED = 10_000;

/** Where the records of a fork lie: `forks/<network>-<first block>-<snapshot>/` in the project. They are kept, like proposals. */
export async function forkPaths(projectFolder: string, network: string, rpc: Rpc, snapshot: string): Promise<ForkPaths> {
  const { hash } = await rpc.block(0n);
  const folder = join(projectFolder, "forks", `${network}-${hash.slice(2, 10)}-${snapshot.slice(2, 10)}`);
  return { folder, record: join(folder, "record.json"), prediction: join(folder, "prediction.json"), claims: join(folder, "claims.json"), journalOf: (planHash) => join(folder, `journal-${planHash.slice(2, 10)}.ndjson`) };
}

/** @throws LPCTL_FORK_RECORD_UNREADABLE */
export async function loadForkRecord(path: string): Promise<ForkRecord | undefined> {
  const unreadable = (why: string): LpctlError =>
    new LpctlError({
      code: "LPCTL_FORK_RECORD_UNREADABLE",
      exit: Exit.failed,
      message: `${printable(path)} is not the record of a fork.`,
      why: printable(why),
      next: "Restore the file from where you keep the project; lpctl writes it once and never changes it.",
    });
  const text = await readIfThere(path).catch((error: unknown) => {
    throw unreadable(error instanceof Error ? error.message : String(error));
  });
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = parseStrictJson(text);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unexpected shape"}`);
}

/** Writes prediction and record, each in one step. The record comes last: where there is one, the rest is whole. */
export async function saveForkRecord(paths: ForkPaths, record: ForkRecord, prepared: PreparedFork): Promise<void> {
  await mkdir(paths.folder, { recursive: true });
  const contracts = prepared.predicted.map(({ words, complete, overrides, erased, ...contract }) => ({ ...contract, words: words.count, overridden: countDeclared({ overrides, erased }), overrides: firstDeclared({ overrides, erased }, overrides.length + MOST_ERASED), ...(complete === undefined ? {} : { wordsOnceTouched: complete.count }) }));
  await replaceFile(paths.prediction, `${JSON.stringify(toPlainJson({ schema: 1, planHash: prepared.planHash, contracts }), null, 2)}\n`);
  await saveClaims(paths, prepared);
  await replaceFile(paths.record, `${JSON.stringify(toPlainJson(record), null, 2)}\n`);
}

/** Writes the tree of what accounts can claim; nothing where they can claim nothing. */
export async function saveClaims(paths: Pick<ForkPaths, "claims">, { plannedTail }: Pick<PreparedFork, "plannedTail">): Promise<void> {
  if (plannedTail?.method !== "claims") return;
  const pieces: Buffer[] = [];
  for (const piece of plannedTail.tree.file()) pieces.push(Buffer.from(piece));
  await replaceFile(paths.claims, Buffer.concat(pieces));
}
