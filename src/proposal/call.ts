import { z } from "zod";
import { decimalSchema, hexSchema, type Address, type Hex } from "../protocol/hex.ts";
import { addressSchema } from "../protocol/address-schema.ts";

/** One message call that an authority makes. */
export interface Call {
  to: Address;
  valueWei: bigint;
  data: Hex;
}

export const callSchema = z.strictObject({
  to: addressSchema,
  valueWei: decimalSchema,
  data: hexSchema,
});

export function sameCalls(left: readonly Call[], right: readonly Call[]): boolean {
  return (
    left.length === right.length &&
    left.every((call, index) => {
      const other = right[index];
      return (
        other !== undefined &&
        call.to === other.to &&
        call.valueWei === other.valueWei &&
        call.data === other.data
      );
    })
  );
}
