import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { decimalSchema, hash32Schema, hexSchema, type Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";
import { PROFILES } from "../protocol/profiles.ts";
import { toPlainJson } from "../proposal/canonical.ts";
import { readIfThere } from "../read-if-there.ts";
import { replaceFile } from "../replace-file.ts";
import type { PreparedGenesis } from "./prepare-genesis.ts";

/** What lies in the folder of the genesis on one chain. */
export interface GenesisPaths {
  folder: string;
  /** Which file, which deployer, which nonce: written before anything is signed, and never changed after that. */
  record: string;
  /** Every transaction. */
  plan: string;
  /** The state that simulating the plan led to. */
  prediction: string;
  /** What was signed and sent of a plan; one for each, so that none is taken for another. */
  journalOf(planHash: Hex): string;
}

const addressesSchema = z.record(z.string(), addressSchema);

const recordSchema = z.strictObject({
  schema: z.literal(1),
  chainId: decimalSchema,
  /** Hash of block 0: a local chain that was started anew is another chain. */
  genesisHash: hash32Schema,
  /** As it was named, for messages. */
  file: z.string().transform(printable),
  fileHash: hash32Schema,
  recipients: z.strictObject({ root: hash32Schema, count: decimalSchema }).nullable(),
  deployer: addressSchema,
  firstNonce: decimalSchema,
  gitCommitHash: hexSchema,
  planHash: hash32Schema,
  profile: z.enum(PROFILES),
  controller: addressSchema,
  contracts: addressesSchema,
  targets: addressesSchema,
  genesisManager: addressSchema,
  distribution: z.strictObject({ kind: z.enum(["merkle-mine", "faucet"]), address: addressSchema }),
});

export type GenesisRecord = z.output<typeof recordSchema>;

/**
 * Where the records of a genesis lie: `genesis/<network>-<first block>/` in the project. They are kept, like proposals: with
 * them anyone can verify the genesis, and only with them can one that was interrupted go on.
 */
export async function genesisPaths(projectFolder: string, network: string, rpc: Rpc): Promise<GenesisPaths> {
  const { hash } = await rpc.block(0n);
  const folder = join(projectFolder, "genesis", `${network}-${hash.slice(2, 10)}`);
  return {
    folder,
    record: join(folder, "record.json"),
    plan: join(folder, "plan.json"),
    prediction: join(folder, "prediction.json"),
    journalOf: (planHash) => join(folder, `journal-${planHash.slice(2, 10)}.ndjson`),
  };
}

/** @throws LPCTL_GENESIS_RECORD_UNREADABLE */
export async function loadGenesisRecord(path: string): Promise<GenesisRecord | undefined> {
  const text = await readIfThere(path).catch((error: unknown) => {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  });
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = parseStrictJson(text);
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error));
  }
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unreadable(path, `${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "unexpected shape"}`);
}

/** What a prepared genesis is recorded as. */
export function recordOf(
  prepared: PreparedGenesis,
  about: { chainId: bigint; genesisHash: Hex; file: string; fileHash: Hex },
): GenesisRecord {
  const { plan, planHash, suite, genesis, terms, gitCommitHash } = prepared;
  return {
    schema: 1,
    ...about,
    recipients: terms.distribution.kind === "merkle-mine" ? { root: terms.distribution.recipients.root, count: terms.distribution.recipients.count } : null,
    deployer: plan.from,
    firstNonce: plan.firstNonce,
    gitCommitHash,
    planHash,
    profile: suite.profile,
    controller: suite.controller,
    contracts: suite.contracts,
    targets: suite.targets,
    genesisManager: genesis.genesisManager,
    distribution: genesis.distribution,
  };
}

/** Writes record and plan, each in one step. The record comes last: where there is one, the plan is whole. */
export async function saveGenesisRecord(paths: GenesisPaths, record: GenesisRecord, prepared: PreparedGenesis): Promise<void> {
  await mkdir(paths.folder, { recursive: true });
  await replaceFile(paths.plan, formatPlan(prepared));
  await replaceFile(paths.record, `${JSON.stringify(toPlainJson(record), null, 2)}\n`);
}

/** The plan as a file: the same bytes for the same file, code, deployer and nonce. */
function formatPlan({ plan, planHash }: PreparedGenesis): string {
  const { from, firstNonce, transactions } = plan;
  return `${JSON.stringify(toPlainJson({ schema: 1, planHash, from, firstNonce, transactions }), null, 2)}\n`;
}

function unreadable(path: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_GENESIS_RECORD_UNREADABLE",
    exit: Exit.failed,
    message: `${printable(path)} is not the record of a genesis.`,
    why: printable(why),
    next: "Restore the file from where you keep the project; lpctl writes it once and never changes it.",
  });
}
