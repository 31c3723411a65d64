import { z } from "zod";
import { artifactSchema } from "./artifact.ts";

/**
 * What upgrade rules need to know of a contract beyond its artifact, taken from the syntax tree while it is at hand.
 * Kept small so that it can be cached: a syntax tree of one closure is several megabytes, this is a few kilobytes.
 */
export const upgradeFactsSchema = z.object({
  /** Storage layout as `@openzeppelin/upgrades-core` models it: enum members, annotations, namespaces. */
  layout: z.looseObject({}),
  /** Everything upgrades-core holds against the contract alone, unfiltered. */
  errors: z.array(
    z.looseObject({
      kind: z.string(),
      /** `file:line`. */
      src: z.string(),
      name: z.string().optional(),
      contract: z.string().optional(),
    }),
  ),
  /** All public functions, as signatures; tells a UUPS logic from others. */
  methods: z.array(z.string()),
  /** State variables without storage, over all base contracts. */
  constants: z.array(z.object({ name: z.string(), contract: z.string() })),
  immutables: z.array(z.object({ name: z.string(), contract: z.string(), type: z.string() })),
  /** selector (8 hex digits) -> contract that defines the function or getter which answers it. */
  definedIn: z.record(z.string(), z.string()),
  /** Base contracts from most derived to most basic, the contract itself first. */
  linearization: z.array(z.string()),
  /** Stored variables assigned in a constructor: written to the logic's own storage, not the proxy's. */
  constructorWrites: z.array(z.object({ name: z.string(), contract: z.string(), src: z.string() })),
});
export type UpgradeFacts = z.infer<typeof upgradeFactsSchema>;

export const compiledUnitSchema = z.object({ artifact: artifactSchema, facts: upgradeFactsSchema });

/** An artifact with the facts that `checkStorageUpgrade` compares. */
export type CompiledUnit = z.infer<typeof compiledUnitSchema>;
