import { z } from "zod";
import { addressSchema } from "../protocol/address-schema.ts";
import { textSchema } from "../protocol/text-schema.ts";

/** `networks.<name>.keys.<name>`: five kinds of key, told apart by which field is there. */

const commandSchema = z.array(textSchema).min(1, "a command has at least the name of a program").max(100);
/** A person has to find the device, read, and press. */
const timeoutSchema = z.int().min(1).max(3_600).optional();

const keystoreKeySchema = z.strictObject({
  /** Path of an encrypted keystore file, relative to the file that names it. */
  keystore: textSchema,
  passwordFile: textSchema.optional(),
});

const commandKeySchema = z.strictObject({
  /** Program and arguments. Reads EIP-712 JSON on stdin, or in the file whose path replaces `{file}`; writes the signature to stdout. */
  command: commandSchema,
  address: addressSchema,
  /** Writes its address to stdout: what `keys show` asks. */
  addressCommand: commandSchema.optional(),
  /** Reads an unsigned transaction in hex, writes the signed one. */
  transactionCommand: commandSchema.optional(),
  timeoutSeconds: timeoutSchema,
});

const ledgerKeySchema = z.strictObject({
  ledger: z.strictObject({
    path: z.string().regex(/^(m\/)?[0-9]{1,10}'?(\/[0-9]{1,10}'?){1,9}$/, "not a derivation path such as 44'/60'/0'/0/0").refine((path) => path.split("/").every((part) => part === "m" || Number.parseInt(part, 10) < 2 ** 31), "a number in it is too large"),
    /** An npm package, or a file when it begins with a dot or a slash. */
    transport: textSchema,
  }),
  address: addressSchema,
  timeoutSeconds: timeoutSchema,
});

const rpcKeySchema = z.strictObject({
  rpc: z.strictObject({
    url: z.string().refine(isPrivateUrl, "not an https:// URL, nor an http:// one of this machine"),
    method: z.enum(["eth_signTypedData_v4", "account_signTypedData"]),
  }),
  address: addressSchema,
  timeoutSeconds: timeoutSchema,
});

const browserKeySchema = z.strictObject({
  browser: z.literal(true, "browser: true is the only value"),
  address: addressSchema,
  timeoutSeconds: timeoutSchema,
});

const kinds = { keystore: keystoreKeySchema, command: commandKeySchema, ledger: ledgerKeySchema, rpc: rpcKeySchema, browser: browserKeySchema };
type KeyField = keyof typeof kinds;
const keyFields = Object.keys(kinds) as KeyField[];

export type KeystoreKey = z.output<typeof keystoreKeySchema>;
export type CommandKey = z.output<typeof commandKeySchema>;
export type LedgerKey = z.output<typeof ledgerKeySchema>;
export type RpcKey = z.output<typeof rpcKeySchema>;
export type BrowserKey = z.output<typeof browserKeySchema>;
/** A key that is not in a file of this machine. */
export type ExternalKey = CommandKey | LedgerKey | RpcKey | BrowserKey;
export type KeyEntry = KeystoreKey | ExternalKey;

/** A union that says what is wrong with the kind that was meant, instead of with all of them. */
export const keySchema = z.record(z.string(), z.unknown()).transform((entry, context): KeyEntry => {
  const [field, second] = keyFields.filter((name) => Object.hasOwn(entry, name));
  if (field === undefined) {
    const [unknown] = Object.keys(entry);
    if (unknown !== undefined && !knownKeyFields(entry).includes(unknown)) context.issues.push({ code: "unrecognized_keys", keys: [unknown], path: [], input: entry });
    else context.issues.push({ code: "custom", message: `a key has one of: ${keyFields.join(", ")}`, path: [], input: entry });
    return z.NEVER;
  }
  if (second !== undefined) {
    context.issues.push({ code: "custom", message: `a key is of one kind, and this one has both ${field} and ${second}`, path: [], input: entry });
    return z.NEVER;
  }
  const parsed = kinds[field].safeParse(entry);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const path = [...issue.path];
    if (issue.code === "unrecognized_keys") context.issues.push({ code: issue.code, keys: [...issue.keys], path, input: entry });
    else context.issues.push({ code: "custom", message: issue.message, path, input: entry });
  }
  return z.NEVER;
});

/** Where a key is, in the words of `Signer`. */
export function kindOfKey(key: KeyEntry): "keystore" | "command" | "ledger" | "json-rpc" | "browser" {
  if ("keystore" in key) return "keystore";
  if ("command" in key) return "command";
  if ("ledger" in key) return "ledger";
  return "rpc" in key ? "json-rpc" : "browser";
}

/** Names of the fields that a key may have, at `path` below it: for the nearest name of a misspelt one. */
export function knownKeyFields(entry: unknown, path: readonly PropertyKey[] = []): string[] {
  if (path[0] === "ledger") return Object.keys(ledgerKeySchema.shape.ledger.shape);
  if (path[0] === "rpc") return Object.keys(rpcKeySchema.shape.rpc.shape);
  const field = keyFields.find((name) => typeof entry === "object" && entry !== null && Object.hasOwn(entry, name));
  return field === undefined ? keyFields : Object.keys(kinds[field].shape);
}

/** A node or clef that signs is asked over a line that nobody else can change. */
function isPrivateUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (protocol === "https:") return true;
  return protocol === "http:" && (hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname));
}
