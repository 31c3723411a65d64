import { createReadStream } from "node:fs";
import { errnoOf } from "../../errno-of.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { parseBundle } from "../../safe/bundle.ts";
import { isBuilderFile, parseBuilderFile, type BuilderBatch } from "../../safe/builder-file.ts";
import { hasQrParts, parseQrParts, type QrContent } from "../../safe/transport/qr.ts";
import { propose, type ProposeOptions, type Proposed } from "../propose.ts";
import { plural } from "../../protocol/plural.ts";

/** What a person gave to be imported: signatures for a proposal that is here, or calls that are to become one. */
export type Imported = QrContent | { kind: "batch"; batch: BuilderBatch };

const LARGEST_INPUT_BYTES = 16_000_000;

/**
 * Reads a bundle, the text of scanned QR codes, or a batch of the Transaction Builder, whichever it is.
 * @param path `-` for standard input
 * @throws LPCTL_BUNDLE_NOT_FOUND, LPCTL_BUNDLE_UNREADABLE, LPCTL_BUNDLE_INVALID, and what the three parsers throw
 */
export async function readImport(path: string): Promise<Imported> {
  const source = path === "-" ? "The input" : path;
  const text = await readText(path, source);
  if (hasQrParts(text)) return parseQrParts(text, source);
  if (isBuilderFile(text)) return { kind: "batch", batch: parseBuilderFile(text, source) };
  return { kind: "bundle", bundle: parseBundle(text, source) };
}

/**
 * Makes the calls of a batch a proposal like any other: route found, simulated, checked, reported.
 * @throws LPCTL_BUILDER_OTHER_CHAIN, and what propose throws
 */
export async function proposeBatch(project: Project, batch: BuilderBatch, options: ProposeOptions & { delayBlocks: bigint; delaySeconds: bigint }): Promise<Proposed> {
  if (batch.chainId !== project.chainId) {
    throw new LpctlError({
      code: "LPCTL_BUILDER_OTHER_CHAIN",
      exit: Exit.refused,
      message: `The batch is for chain ${batch.chainId}, and ${project.network} is chain ${project.chainId}`,
      next: "Choose the network it was made for: --network NAME",
    });
  }
  const title = batch.name === "" || batch.name === "Transactions Batch" ? `Batch of ${plural(batch.calls.length, "call")}` : batch.name.slice(0, 100);
  const { delayBlocks, delaySeconds, ...rest } = options;
  return propose(project, { title, intents: [{ kind: "calls", calls: batch.calls }], code: [], delayBlocks, delaySeconds }, rest);
}

async function readText(path: string, source: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of path === "-" ? process.stdin : createReadStream(path)) {
      size += (chunk as Buffer).length;
      if (size > LARGEST_INPUT_BYTES) break;
      chunks.push(chunk as Buffer);
    }
  } catch (cause) {
    const reason = errnoOf(cause);
    const missing = reason === "ENOENT";
    throw new LpctlError({
      code: missing ? "LPCTL_BUNDLE_NOT_FOUND" : "LPCTL_BUNDLE_UNREADABLE",
      exit: Exit.usage,
      message: missing ? `There is no file at ${path}.` : `${source} cannot be read.`,
      why: missing ? undefined : reason,
      next: "Make one: lpctl safe export",
      cause,
    });
  }
  if (size > LARGEST_INPUT_BYTES) throw new LpctlError({ code: "LPCTL_BUNDLE_INVALID", exit: Exit.refused, message: `${source} is far too large to be a Safe transaction.`, next: "Ask for the file again" });
  return Buffer.concat(chunks).toString("utf8");
}
