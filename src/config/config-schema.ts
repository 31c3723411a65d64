import { z } from "zod";
import { addressSchema } from "../protocol/address-schema.ts";

/** `lpctl.yaml` and the user's `config.yaml`. Strict: a misspelt key is an error, not a silent default. */

const rpcUrlSchema = z.string().refine(isRpcUrl, "not an http://, https://, ws:// or wss:// URL");

/** Whole and positive; also written as text, because YAML numbers are floats. */
const wholeNumberSchema = z
  .union([z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER), z.string().regex(/^(0|[1-9][0-9]*)$/, "not a whole number")])
  .transform((value) => BigInt(value));

export const keySchema = z.strictObject({
  /** Path of an encrypted keystore file, relative to the file that names it. */
  keystore: z.string().min(1),
  passwordFile: z.string().min(1).optional(),
});

export const networkSchema = z.strictObject({
  rpcUrl: rpcUrlSchema.optional(),
  chainId: wholeNumberSchema.optional(),
  controller: addressSchema.optional(),
  keys: z.record(z.string(), keySchema).optional(),
  explorer: z.url().optional(),
  safeServiceUrl: z.url().optional(),
  governorDelayBlocks: wholeNumberSchema.optional(),
});

export const configFileSchema = z.strictObject({
  schema: z.literal(1, "this lpctl reads schema: 1"),
  defaultNetwork: z.string().min(1).optional(),
  /** An empty `networks:` is null in YAML. */
  networks: z.record(z.string(), networkSchema).nullish(),
  keysDirectory: z.string().min(1).optional(),
  sources: z.array(z.string().min(1)).optional(),
  /** Solidity version to the path of its soljson. */
  compilers: z.record(z.string(), z.string().min(1)).optional(),
});

export type NetworkEntry = z.output<typeof networkSchema>;
export type NetworkInput = z.input<typeof networkSchema>;
export type KeyEntry = z.output<typeof keySchema>;
export type ConfigFile = z.output<typeof configFileSchema>;

function isRpcUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return ["http:", "https:", "ws:", "wss:"].includes(new URL(text).protocol);
}
