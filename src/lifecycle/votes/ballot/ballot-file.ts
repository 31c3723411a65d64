/** A signed ballot as a file, on its way from the voter to whoever sends it. */
import { readFile, stat } from "node:fs/promises";
import { recoverAddress } from "ethers/transaction";
import { z } from "zod";
import { errnoOf } from "../../../errno-of.ts";
import { Exit, LpctlError, type ErrorCode } from "../../../errors.ts";
import { addressSchema } from "../../../protocol/address-schema.ts";
import { bigintAsText } from "../../../protocol/bigint-json.ts";
import { decimalSchema, hexSchema, type Address, type Hex } from "../../../protocol/hex.ts";
import { printable } from "../../../protocol/printable.ts";
import { parseStrictJson } from "../../../protocol/strict-json.ts";
import { replaceFile } from "../../../replace-file.ts";
import { ballotHashes, type Ballot } from "./ballot.ts";

export interface SignedBallot {
  ballot: Ballot;
  /** 65 bytes r‖s‖v with v of 27 or 28. */
  signature: Hex;
}

/** Reasons are short; whatever is larger is no ballot. */
const LARGEST_FILE_BYTES = 1_000_000;
const UINT256 = 1n << 256n;

const wordSchema = decimalSchema.refine((value) => value >= 0n && value < UINT256, "not a number of 256 bits");
const fileSchema = z.strictObject({
  schema: z.literal(1),
  kind: z.literal("ballot"),
  form: z.enum(["openzeppelin-4", "openzeppelin-5"]),
  domain: z.strictObject({ name: z.string(), version: z.string() }),
  chainId: decimalSchema.refine((id) => id > 0n, "not a chain id"),
  governor: addressSchema,
  voteId: wordSchema,
  support: z.number().int().min(0).max(255),
  voter: addressSchema,
  nonce: wordSchema.nullable(),
  reason: z.string().nullable(),
  signature: hexSchema.refine((bytes) => bytes.length === 132, "not 65 bytes"),
});

/** As text, with a line for each member. */
export function formatBallotFile({ ballot, signature }: SignedBallot): string {
  const { form, name, version, chainId, governor, voteId, support, voter, nonce, reason } = ballot;
  const file = { schema: 1, kind: "ballot", form, domain: { name, version }, chainId, governor, voteId, support, voter, nonce: nonce ?? null, reason: reason ?? null, signature };
  return `${JSON.stringify(file, bigintAsText, 2)}\n`;
}

/**
 * Reads a signed ballot and believes nothing in it: the signature must be the voter's, over exactly what the file says.
 * Whether the vote is one that the governor takes is for the chain to say.
 * @throws LPCTL_VOTE_BALLOT_INVALID, LPCTL_VOTE_BALLOT_FORGED (exit 3)
 */
export function parseBallotFile(text: string, source: string): SignedBallot {
  const parsed = fileSchema.safeParse(parseJson(text, source));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? "" : `${printable(issue.path.join("."))}: `;
    throw invalid(source, `${where}${printable(issue?.message ?? "it has another form")}`);
  }
  const { form, domain, chainId, governor, voteId, support, voter, signature } = parsed.data;
  const nonce = parsed.data.nonce ?? undefined;
  if ((form === "openzeppelin-5") !== (nonce !== undefined)) throw invalid(source, "nonce: only ballots of OpenZeppelin 5 have one, and all of them do");
  const ballot: Ballot = { form, ...domain, chainId, governor, voteId, support, voter, nonce, reason: parsed.data.reason ?? undefined };
  requireVoter({ ballot, signature }, source);
  return { ballot, signature };
}

/** @throws LPCTL_VOTE_BALLOT_FORGED unless the signature is the voter's over this ballot */
export function requireVoter({ ballot, signature }: SignedBallot, source: string): void {
  const found = recover(ballotHashes(ballot).hash, signature);
  if (found === ballot.voter) return;
  throw refusal(
    "LPCTL_VOTE_BALLOT_FORGED",
    `${source} is not signed by ${ballot.voter}`,
    found === undefined ? "its signature is none" : `over what it says, it is the signature of ${found}: something was changed, or another key signed`,
    "Ask the voter to sign again: lpctl vote cast VOTE CHOICE --by-signature",
  );
}

/** @throws LPCTL_VOTE_BALLOT_NOT_FOUND (exit 2), and what `parseBallotFile` throws */
export async function loadBallotFile(path: string): Promise<SignedBallot> {
  let text: string;
  try {
    if ((await stat(path)).size > LARGEST_FILE_BYTES) throw invalid(path, "it is far too large");
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof LpctlError) throw cause;
    throw new LpctlError({
      code: "LPCTL_VOTE_BALLOT_NOT_FOUND",
      exit: Exit.usage,
      message: `The ballot ${path} cannot be read`,
      why: errnoOf(cause) === "ENOENT" ? "there is no such file" : errnoOf(cause),
      next: "Make one: lpctl vote cast VOTE CHOICE --by-signature",
      cause,
    });
  }
  return parseBallotFile(text, path);
}

/** Writes a signed ballot in one step. @throws LPCTL_DISK_FULL, LPCTL_FILE_NOT_WRITTEN */
export async function saveBallotFile(path: string, signed: SignedBallot): Promise<void> {
  await replaceFile(path, formatBallotFile(signed));
}

function recover(hash: Hex, signature: Hex): Address | undefined {
  try {
    return recoverAddress(hash, signature) as Address;
  } catch {
    return undefined;
  }
}

function parseJson(text: string, source: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw invalid(source, printable(cause instanceof Error ? cause.message : String(cause)));
  }
}

function invalid(source: string, why: string): LpctlError {
  return refusal("LPCTL_VOTE_BALLOT_INVALID", `${source} is not a signed ballot`, why, "Ask for the file again, or have it made again: lpctl vote cast VOTE CHOICE --by-signature");
}

function refusal(code: ErrorCode, message: string, why: string, next: string): LpctlError {
  return new LpctlError({ code, exit: Exit.refused, message, why, next });
}
