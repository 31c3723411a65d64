import { z } from "zod";
import type { CommitFact } from "../../checks/check.ts";
import { hexSchema } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";

const textSchema = z.string().transform(printable);

/** What git said of the commits of a proposal, as it is kept beside it. */
export const commitFactsSchema: z.ZodType<CommitFact[]> = z.array(
  z.strictObject({
    contract: textSchema,
    commit: hexSchema,
    state: z.enum(["same", "differs", "absent", "unchecked", "placeholder", "missing"]),
    detail: textSchema,
  }),
);
