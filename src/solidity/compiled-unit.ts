import { z } from "zod";
import { hash32Schema } from "../protocol/hex.ts";
import { artifactSchema } from "./artifact.ts";

/** A variable or struct member; slot and offset are absent where only the syntax tree is known. */
const ruleFieldSchema = z.looseObject({
  label: z.string(),
  type: z.string(),
  slot: z.string().optional(),
  offset: z.int().optional(),
  renamedFrom: z.string().optional(),
  retypedFrom: z.string().optional(),
});
export type RuleField = z.infer<typeof ruleFieldSchema>;

const ruleVariableSchema = ruleFieldSchema.extend({
  /** Contract that declares it. */
  contract: z.string(),
  /** `file:line`. */
  src: z.string(),
});
export type RuleVariable = z.infer<typeof ruleVariableSchema>;

const ruleLayoutSchema = z.looseObject({
  storage: z.array(ruleVariableSchema),
  types: z.record(
    z.string(),
    z.looseObject({
      label: z.string(),
      numberOfBytes: z.string().optional(),
      /** Fields of a struct or names of an enum's values. */
      members: z.union([z.array(z.string()), z.array(ruleFieldSchema)]).optional(),
    }),
  ),
  /** ERC-7201 namespace -> its variables. */
  namespaces: z.record(z.string(), z.array(ruleVariableSchema)).optional(),
});
export type RuleLayout = z.infer<typeof ruleLayoutSchema>;

/**
 * What upgrade rules need to know of a contract beyond its artifact, taken from the syntax tree while it is at hand.
 * Kept small so that it can be cached: a syntax tree of one closure is several megabytes, this is a few kilobytes.
 */
export const upgradeFactsSchema = z.object({
  /** Storage layout as `@openzeppelin/upgrades-core` models it: enum members, annotations, namespaces. */
  layout: ruleLayoutSchema,
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
  /** State variables without storage, over all base contracts; `value` is the source text of the expression. */
  constants: z.array(z.object({ name: z.string(), contract: z.string(), type: z.string(), value: z.string() })),
  immutables: z.array(z.object({ name: z.string(), contract: z.string(), type: z.string() })),
  /** selector (8 hex digits) -> contract that defines the function or getter which answers it. */
  definedIn: z.record(z.string(), z.string()),
  /** Base contracts from most derived to most basic, the contract itself first. */
  linearization: z.array(z.string()),
  /** Stored variables assigned in a constructor: written to the logic's own storage, not the proxy's. */
  constructorWrites: z.array(z.object({ name: z.string(), contract: z.string(), src: z.string() })),
  /** Opcodes in inline assembly that can end or redirect the contract, or write storage past the layout. */
  assembly: z.array(z.object({ opcode: z.string(), contract: z.string(), src: z.string() })),
  /**
   * Slots that reachable inline assembly reads, writes or points a variable at, where the source fixes which;
   * `name` of the constant that holds the position, `contract` (or library, or file) where it is used.
   */
  slotUses: z.array(
    z.object({ kind: z.enum(["sload", "sstore", "pointer"]), slot: hash32Schema, name: z.string().nullable(), contract: z.string(), src: z.string() }),
  ),
  /** Functions that set a whole stored variable to one of their arguments. */
  setters: z.array(z.object({ variable: z.string(), contract: z.string(), setter: z.string(), selector: z.string() })),
  /** Stored variables that the code compares with zero. */
  zeroAware: z.array(z.string()),
  /** Functions that initialise, by their modifier or name. */
  initializers: z.array(
    z.object({ name: z.string(), selector: z.string(), contract: z.string(), modifiers: z.array(z.string()), checksCaller: z.boolean() }),
  ),
  /** Whether a constructor makes the initialisers of the logic itself unusable. */
  locksInitializers: z.boolean(),
});
export type UpgradeFacts = z.infer<typeof upgradeFactsSchema>;

export const compiledUnitSchema = z.object({ artifact: artifactSchema, facts: upgradeFactsSchema });

/** An artifact with the facts that `checkStorageUpgrade` compares. */
export type CompiledUnit = z.infer<typeof compiledUnitSchema>;
