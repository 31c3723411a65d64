import { keccak256 } from "ethers/crypto";
import { toUtf8Bytes } from "ethers/utils";
import { z } from "zod";
import { addressSchema } from "../protocol/address-schema.ts";
import { hexSchema } from "../protocol/hex.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { parseStrictJson, StrictJsonError } from "../protocol/strict-json.ts";
import { builderRefusal, encodeBuilderCall } from "./builder-call.ts";
import type { BuilderInput } from "./builder-call.ts";
import type { BatchCall } from "./multisend.ts";

/** A batch of calls as the Transaction Builder of Safe{Wallet} saves and loads it. It knows no nonce and no signatures. */
export interface BuilderBatch {
  chainId: bigint;
  name: string;
  description: string;
  /** The Safe it was made for, when the file says so; nothing holds it to that. */
  safe: Address | null;
  calls: BatchCall[];
}

const LARGEST_FILE_CHARACTERS = 8_000_000;
const MOST_CALLS = 1_000;
/** Tuples in tuples; what goes deeper runs the programs that read it out of stack. */
const MOST_LEVELS = 100;
const LONGEST_TEXT = 10_000;
const UINT256_MAX = (1n << 256n) - 1n;

/** Decimal text; also a JSON number as some programs write it, where that cannot have been rounded. */
const wholeSchema = z
  .union([z.string().regex(/^(0|[1-9][0-9]{0,77})$/, "not a decimal integer"), z.int("not a whole number").nonnegative()])
  .transform((value) => BigInt(value))
  .refine((value) => value <= UINT256_MAX, "not within uint256");
const laxText = z.string().max(LONGEST_TEXT).nullish();
const orNothing = z.union([z.literal(""), addressSchema]).nullish();

/** An ABI parameter; what it may hold besides is not read. */
const inputSchema: z.ZodType<BuilderInput> = z.lazy(() => z.object({ name: z.string().max(200), type: z.string().max(100), components: z.array(inputSchema).max(100).exactOptional() }));

const methodSchema = z.object({ name: z.string().max(200), inputs: z.array(inputSchema).max(100), payable: z.boolean().optional() });

/** Members that the program adds for itself are let pass: none of them is part of a call. */
const fileSchema = z.object({
  version: z.literal("1.0", "this lpctl reads version 1.0"),
  chainId: wholeSchema,
  meta: z.object({ name: laxText, description: laxText, createdFromSafeAddress: orNothing, checksum: z.string().max(100).nullish() }),
  transactions: z
    .array(
      z.object({
        to: addressSchema,
        value: wholeSchema,
        data: hexSchema.nullish(),
        contractMethod: methodSchema.nullish(),
        contractInputsValues: z.record(z.string(), z.unknown()).nullish(),
        // Not in files of the Builder; where somebody wrote it, a delegatecall must not become a call unnoticed.
        operation: z.literal([0, "0"], "only calls, no delegatecalls").nullish(),
      }),
    )
    .min(1, "there is no transaction")
    .max(MOST_CALLS, `there are more than ${MOST_CALLS} transactions`),
});

/**
 * Reads a file of the Transaction Builder. Where it gives a function with its arguments the calldata is encoded here, and compared
 * when it gives calldata as well; a checksum in it must be that of its content.
 * @param source where the text came from, for messages
 * @throws LPCTL_BUILDER_NOT_JSON, _DUPLICATE_KEY, _FORBIDDEN_KEY, _INVALID, _CHECKSUM, _CONTRADICTION, _BAD_VALUE (all exit 3)
 */
export function parseBuilderFile(text: string, source = "The file"): BuilderBatch {
  const raw = parseJson(text, source);
  const parsed = fileSchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "" : `${printable(issue.path.join("."))}: `;
    throw builderRefusal("LPCTL_BUILDER_INVALID", `${source} is not a batch of the Transaction Builder`, `${where}${printable(issue?.message ?? "it has another form")}`);
  }
  const { meta, chainId, transactions } = parsed.data;
  if (meta.checksum !== undefined && meta.checksum !== null && /^0x[0-9a-fA-F]{64}$/.test(meta.checksum)) requireChecksum(raw, meta.checksum, source);
  return {
    chainId,
    name: printable(meta.name ?? "").trim(),
    description: printable(meta.description ?? "").trim(),
    safe: meta.createdFromSafeAddress === "" ? null : (meta.createdFromSafeAddress ?? null),
    calls: transactions.map(({ to, value, data, contractMethod, contractInputsValues }, index) => {
      const given = data ?? undefined;
      const encoded = contractMethod === null || contractMethod === undefined ? undefined : encodeBuilderCall(contractMethod, contractInputsValues ?? {}, `${source}, transaction ${index + 1}`);
      if (given !== undefined && given !== "0x" && encoded !== undefined && encoded !== given) {
        throw builderRefusal("LPCTL_BUILDER_CONTRADICTION", `${source}, transaction ${index + 1}, shows ${printable(contractMethod?.name ?? "")} and carries other calldata`, `its arguments give ${encoded.slice(0, 74)}…, its data is ${given.slice(0, 74)}…`, "Do not use the file. Find out who made it");
      }
      return { to, valueWei: value, data: encoded ?? given ?? "0x" };
    }),
  };
}

/** True for JSON that has the outline of such a file; what tells it from a bundle. */
export function isBuilderFile(text: string): boolean {
  try {
    const raw: unknown = JSON.parse(text);
    return typeof raw === "object" && raw !== null && "transactions" in raw && "meta" in raw && !("schema" in raw);
  } catch {
    return false;
  }
}

/** The calls as a file that the Transaction Builder loads. `createdAtMs`: milliseconds since 1970. */
export function formatBuilderFile(batch: BuilderBatch, createdAtMs: number): string {
  const content = {
    version: "1.0",
    chainId: batch.chainId.toString(),
    createdAt: createdAtMs,
    meta: { name: batch.name, description: batch.description, txBuilderVersion: "1.18.0", createdFromSafeAddress: batch.safe ?? "", createdFromOwnerAddress: "" },
    transactions: batch.calls.map(({ to, valueWei, data }) => ({ to, value: valueWei.toString(), data, contractMethod: null, contractInputsValues: null })),
  };
  return `${JSON.stringify({ ...content, meta: { ...content.meta, checksum: checksumOf(content) } }, null, 2)}\n`;
}

function requireChecksum(raw: unknown, checksum: string, source: string): void {
  const actual = checksumOf(raw);
  if (actual === checksum.toLowerCase()) return;
  throw builderRefusal("LPCTL_BUILDER_CHECKSUM", `${source} was changed after it was saved`, `its checksum is ${checksum}, and its content gives ${actual}`, "Ask for the file again; if it was changed on purpose, take meta.checksum out of it");
}

/** As the Builder computes it: keccak-256 of the content with sorted keys, without the checksum, and with no name. */
function checksumOf(content: unknown): Hex {
  const { meta, ...rest } = Object(content) as { meta?: object };
  const { checksum: _checksum, ...others } = Object(meta) as { checksum?: unknown };
  return keccak256(toUtf8Bytes(serialize({ ...rest, meta: { ...others, name: null } }))) as Hex;
}

function serialize(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(serialize).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${JSON.stringify(entries.map(([key]) => key))}${entries.map(([, each]) => `${serialize(each)},`).join("")}}`;
}

function parseJson(text: string, source: string): unknown {
  if (text.length > LARGEST_FILE_CHARACTERS) throw builderRefusal("LPCTL_BUILDER_INVALID", `${source} is far too large for a batch of calls`);
  try {
    const raw = parseStrictJson(text);
    if (isDeeper(raw, MOST_LEVELS)) throw new SyntaxError(`it is nested more than ${MOST_LEVELS} times`);
    return raw;
  } catch (error) {
    if (error instanceof StrictJsonError) throw builderRefusal(error.kind === "duplicate" ? "LPCTL_BUILDER_DUPLICATE_KEY" : "LPCTL_BUILDER_FORBIDDEN_KEY", `${source} is not acceptable: ${printable(error.message)}`, "two programs may read such a file in two ways");
    throw builderRefusal("LPCTL_BUILDER_NOT_JSON", `${source} is not JSON, or is cut off`, printable(error instanceof Error ? error.message : String(error)));
  }
}

/** Level by level: walking down into it is what must not be done. */
function isDeeper(value: unknown, levels: number): boolean {
  let open = [value];
  for (let level = 0; level <= levels && open.length > 0; level += 1) {
    open = open.flatMap((each): unknown[] => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return open.length > 0;
}
