import { basename, dirname, join } from "node:path";
import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import type { Profile } from "../protocol/profiles.ts";
import { writeNewFiles } from "../write-new-files.ts";
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
 * @throws LPCTL_FILE_EXISTS, LPCTL_USAGE_INVALID
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
  // Both or none: a genesis beside a list that is not its own would be checked as if it were.
  return { files: await writeNewFiles(files), chainId };
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
