import { mkdir, open, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { Profile } from "../protocol/profiles.ts";
import { formatExampleRecipients, formatGenesisTemplate, type Example } from "./genesis-template.ts";

export interface WriteTemplateOptions {
  example: Example;
  profile: Profile;
  distribution: "merkle-mine" | "faucet";
  /** As typed; undefined takes the chain's, or 1. */
  chainId: string | undefined;
  bankMultisig: Address | undefined;
  governanceMultisig: Address | undefined;
  /** Asked for chain id, height and time. */
  rpc: Rpc | undefined;
}

const WEEK_SECONDS = 604_800n;
const HOUR_SECONDS = 3_600n;
const RECIPIENTS = "recipients.txt";

/**
 * Writes a genesis file, and for the example of 2018 the list of recipients that it names. Never over a file that is there.
 * @throws LPCTL_GENESIS_FILE_EXISTS, LPCTL_USAGE_INVALID
 */
export async function writeGenesisTemplate(path: string, options: WriteTemplateOptions): Promise<{ files: string[]; chainId: bigint }> {
  const { rpc, example, distribution } = options;
  const head = rpc === undefined ? undefined : await rpc.block("latest");
  const chainId = options.chainId === undefined ? ((await rpc?.chainId()) ?? 1n) : parseChainId(options.chainId);
  const nowSeconds = head?.timestampSeconds ?? BigInt(Math.floor(Date.now() / 1000));
  // A full hour, about a week from now.
  const startSeconds = ((nowSeconds + WEEK_SECONDS) / HOUR_SECONDS) * HOUR_SECONDS;
  const recipientsPath = `${basename(path).replace(/\.ya?ml$/, "")}-${RECIPIENTS}`;
  const listPath = join(dirname(path), recipientsPath);
  const text = formatGenesisTemplate({ ...options, chainId, startSeconds, headBlock: head?.number, recipientsPath });
  const files = [
    { path, content: text },
    ...(example === "2018" && distribution === "merkle-mine" ? [{ path: listPath, content: formatExampleRecipients() }] : []),
  ];
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw cause instanceof Error && "code" in cause && cause.code === "EEXIST" ? inTheWay(dirname(path), cause) : cause;
  });
  const written: string[] = [];
  try {
    for (const file of files) {
      await writeNew(file.path, file.content);
      written.push(file.path);
    }
  } catch (error) {
    // Both or none: a genesis beside a list that is not its own would be checked as if it were.
    await Promise.all(written.map((each) => rm(each, { force: true })));
    throw error;
  }
  return { files: written, chainId };
}

/** A file where a folder should be. */
function inTheWay(folder: string, cause: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_GENESIS_FILE_EXISTS",
    exit: Exit.usage,
    message: `${printable(folder)} is a file, and no folder that a genesis could be written to.`,
    next: "Name another file, or move that one away.",
    cause,
  });
}

async function writeNew(path: string, content: string): Promise<void> {
  try {
    const file = await open(path, "wx");
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
    throw new LpctlError({
      code: "LPCTL_GENESIS_FILE_EXISTS",
      exit: Exit.usage,
      message: `${printable(path)} is there already, and is not overwritten.`,
      next: "Name another file, or move that one away.",
      cause,
    });
  }
}

function parseChainId(text: string): bigint {
  if (/^[1-9][0-9]{0,18}$/.test(text)) return BigInt(text);
  throw new LpctlError({
    code: "LPCTL_USAGE_INVALID",
    exit: Exit.usage,
    message: `--chain-id ${printable(text)} is not the id of a chain`,
    next: "Write a whole number, e.g. --chain-id 1",
  });
}
