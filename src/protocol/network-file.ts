/**
 * A network: which chain, where its Controller is, and what people call the addresses around it. Files of
 * this shape lie in `networks/`, one per network, reviewed like code. They are starting points and labels:
 * who owns what and which logic runs is always read from the chain.
 */
import { getAddress } from "ethers/address";
import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import type { Address } from "./hex.ts";
import { printable } from "./printable.ts";

/** An address with its EIP-55 checksum, which catches a changed character. */
const checksummedSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "not a 20-byte address")
  .refine((text) => getAddress(text.toLowerCase()) === text, "the EIP-55 checksum is wrong or missing")
  .transform((text) => text as Address);

const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ._()-]*$/, "not a plain name");

const networkFileSchema = z.strictObject({
  schema: z.literal(1),
  name: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "not a kebab-case name"),
  title: z.string().min(1),
  chainId: z.number().int().positive(),
  suite: z.enum(["launch", "streamflow", "current"]),
  /** Where `block.number` of contracts comes from, and how long such a block takes: delays are counted in these. */
  contractBlocks: z.strictObject({ source: z.enum(["own-chain", "ethereum"]), seconds: z.number().int().positive() }),
  controller: checksummedSchema,
  governor: checksummedSchema.optional(),
  safe: checksummedSchema.optional(),
  /** First block worth scanning for events of the Controller. */
  controllerDeployedAtBlock: z.number().int().nonnegative().optional(),
  explorer: z.strictObject({ name: nameSchema, url: z.url({ protocol: /^https$/ }) }).optional(),
  /** Names for addresses in reports. A proxy's logic changes: it is not listed here. */
  addresses: z.record(nameSchema, checksummedSchema),
});

export type NetworkFile = z.infer<typeof networkFileSchema>;

/**
 * Reads the text of a network file. Throws LpctlError (exit usage) LPCTL_NETWORK_FILE_MALFORMED with the
 * field and the reason; `path` is for the message only.
 */
export function parseNetworkFile(text: string, path: string): NetworkFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw malformed(path, error instanceof Error ? error.message : String(error), error);
  }
  const parsed = networkFileSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw malformed(path, `${issue?.path.join(".") || "file"}: ${issue?.message ?? "unknown"}`, parsed.error);
  }
  return parsed.data;
}

/** The label of an address on this network, for reports; undefined when the file does not name it. */
export function labelOf(network: NetworkFile, address: string): string | undefined {
  const key = address.toLowerCase();
  const roles: [string, Address | undefined][] = [["Controller", network.controller], ["Governor", network.governor], ["Safe", network.safe]];
  return [...roles, ...Object.entries(network.addresses)].find(([, known]) => known?.toLowerCase() === key)?.[0];
}

/** Where a person can look at an address. */
export function explorerUrl(network: Pick<NetworkFile, "explorer">, address: Address): string | undefined {
  return network.explorer === undefined ? undefined : new URL(`address/${address}`, `${network.explorer.url.replace(/\/$/, "")}/`).href;
}

function malformed(path: string, why: string, cause: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_NETWORK_FILE_MALFORMED",
    exit: Exit.usage,
    message: `${printable(path)} is not a network file.`,
    why: printable(why),
    next: "Compare it with the files in networks/.",
    cause,
  });
}
