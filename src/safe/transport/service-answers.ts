import { z } from "zod";
import { Exit, LpctlError } from "../../errors.ts";
import { addressSchema } from "../../protocol/address-schema.ts";
import { hash32Schema, hexSchema, ZERO_ADDRESS } from "../../protocol/hex.ts";
import type { SafeTransaction } from "../transaction.ts";

/**
 * Answers of the Transaction Service, as far as they are read. Integers come as decimal text or as JSON numbers; a number that
 * JSON may have rounded is not taken.
 */
const UINT256_MAX = (1n << 256n) - 1n;
const countSchema = z
  .union([z.string().regex(/^(0|[1-9][0-9]{0,77})$/, "not a decimal integer"), z.int().nonnegative()])
  .transform((value) => BigInt(value))
  .refine((value) => value <= UINT256_MAX, "not within uint256");
const orNone = addressSchema.nullish().transform((address) => address ?? ZERO_ADDRESS);

export const confirmationSchema = z.object({ owner: addressSchema, signature: hexSchema.nullish(), signatureType: z.string().max(40).nullish() });
export type Confirmation = z.output<typeof confirmationSchema>;

export const serviceTransactionSchema = z.object({
  safe: addressSchema,
  to: addressSchema,
  value: countSchema,
  data: hexSchema.nullish().transform((data) => data ?? "0x"),
  operation: z.union([z.literal(0), z.literal(1)]),
  safeTxGas: countSchema,
  baseGas: countSchema,
  gasPrice: countSchema,
  gasToken: orNone,
  refundReceiver: orNone,
  nonce: countSchema,
  safeTxHash: hash32Schema,
  isExecuted: z.boolean().nullish(),
  proposer: addressSchema.nullish(),
  proposedByDelegate: addressSchema.nullish(),
  confirmations: z.array(z.unknown()).max(1_000).nullish(),
});
export type ServiceTransaction = z.output<typeof serviceTransactionSchema>;

export const pageSchema = z.object({ count: z.int().nonnegative(), next: z.string().nullish(), results: z.array(z.unknown()).max(1_000) });

/** `/v1/about/ethereum-rpc/`, in either spelling. */
export const chainSchema = z.union([z.object({ chainId: countSchema }).transform(({ chainId }) => chainId), z.object({ chain_id: countSchema }).transform(({ chain_id: chainId }) => chainId)]);

/** The ten fields that are signed. */
export function transactionOf(answer: ServiceTransaction): SafeTransaction {
  const { to, value, data, operation, safeTxGas, baseGas, gasPrice, gasToken, refundReceiver, nonce } = answer;
  return { to, valueWei: value, data, operation, safeTxGas, baseGas, gasPriceWei: gasPrice, gasToken, refundReceiver, nonce };
}

/** @throws LPCTL_SERVICE_BAD_ANSWER naming the member that has another form */
export function parseAnswer<T>(schema: z.ZodType<T>, value: unknown, host: string, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new LpctlError({
    code: "LPCTL_SERVICE_BAD_ANSWER",
    exit: Exit.network,
    message: `The Safe service at ${host} gave ${what} in a form that is not its`,
    why: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "another form"}`,
    next: "Check that the address is that of a Safe Transaction Service; or go on without it: lpctl safe sync --with FOLDER",
  });
}
