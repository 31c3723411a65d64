import { z } from "zod";

/** What a process that runs a genesis and is killed on the way is told, as JSON in its first argument. */
export const genesisJobSchema = z.strictObject({
  folder: z.string(),
  network: z.string(),
  chainId: z.string().transform(BigInt),
  rpcUrl: z.string(),
  file: z.string(),
  compilerCaches: z.array(z.string()),
  /** After so many steps of the journal (signed, sent, confirmed; each before and after the disk) the process kills itself. */
  killAtStep: z.number().int().positive(),
});

export type GenesisJob = z.input<typeof genesisJobSchema>;
