import { z } from "zod";
import { isPrintable } from "./printable.ts";

/** Text in a file that people will read on a terminal: no escape sequences, control or direction-changing characters. */
export const textSchema = z
  .string()
  .min(1)
  .refine(isPrintable, "holds characters that a terminal would obey instead of showing");
