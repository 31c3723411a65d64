import { z } from "zod";
import { rpcAddressSchema } from "../../chain/rpc-schemas.ts";
import { printable } from "../../protocol/printable.ts";

const textSchema = z.string().transform(printable);

/** What the control runs showed; kept with the simulation, so that what is mined later can be classified alike. */
export const controlRecordSchema = z.strictObject({
  /** What changes with time and without the proposal. In an open path `[*]` stands for any whole number. */
  driven: z.array(z.strictObject({ address: rpcAddressSchema, path: textSchema, why: textSchema })),
  /** Which runs were made and what they showed, in words. */
  ran: z.array(textSchema),
  /** What these runs cannot see, in words. */
  blind: z.array(textSchema),
});
export type ControlRecord = z.infer<typeof controlRecordSchema>;
