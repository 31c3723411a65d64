import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import type { ControlRecord } from "../../outcome/simulation.ts";
import { printable } from "../../protocol/printable.ts";

const textSchema = z.string().transform(printable);

/** Reads the record of the control runs from a file of ours. */
export const controlRecordSchema = z.strictObject({
  driven: z.array(z.strictObject({ address: rpcAddressSchema, path: textSchema, why: textSchema, except: z.array(textSchema).optional() })),
  ran: z.array(textSchema),
  blind: z.array(textSchema),
}) satisfies z.ZodType<ControlRecord>;
