import { z } from "zod";
import { hash32Schema, hexSchema } from "../protocol/hex.ts";

/** Byte ranges inside bytecode that are filled in later (immutables at construction, libraries at linking). */
const byteRangeSchema = z.object({ start: z.int().nonnegative(), length: z.int().positive() });
export type ByteRange = z.infer<typeof byteRangeSchema>;

/** source unit -> library name -> where its address goes. */
const linkReferencesSchema = z.record(z.string(), z.record(z.string(), z.array(byteRangeSchema)));
export type LinkReferences = z.infer<typeof linkReferencesSchema>;

const storageItemSchema = z.object({
  /** Contract that declares the variable, as `source:Name`. */
  contract: z.string(),
  label: z.string(),
  /** Offset in bytes from the low end of the slot. */
  offset: z.int().min(0).max(31),
  /** Slot as a decimal string. */
  slot: z.string().regex(/^[0-9]+$/, "not a decimal slot"),
  /** Key into `types`. */
  type: z.string(),
});
export type StorageItem = z.infer<typeof storageItemSchema>;

const storageTypeSchema = z.object({
  encoding: z.enum(["inplace", "mapping", "dynamic_array", "bytes"]),
  label: z.string(),
  numberOfBytes: z.string().regex(/^[0-9]+$/, "not a decimal number"),
  /** Element type of an array. */
  base: z.string().optional(),
  /** Key and value type of a mapping. */
  key: z.string().optional(),
  value: z.string().optional(),
  /** Members of a struct, with slots relative to the struct. */
  members: z.array(storageItemSchema).optional(),
});
export type StorageType = z.infer<typeof storageTypeSchema>;

/**
 * solc's `storageLayout`, made independent of what else was compiled beside the contract: AST ids are
 * dropped, and the numbers inside type ids count from 1 in the order the layout reaches them.
 */
export const storageLayoutSchema = z.object({
  storage: z.array(storageItemSchema),
  types: z.record(z.string(), storageTypeSchema),
});
export type StorageLayout = z.infer<typeof storageLayoutSchema>;

/** One entry of a JSON ABI. Only its kind is checked here; ethers reads the rest. */
const abiEntrySchema = z.looseObject({ type: z.string() });

/** Contract code with `__$…$__` where library addresses belong: it fails loudly when sent unlinked. */
const linkableHexSchema = z.string().regex(/^0x([0-9a-f]{2}|__\$[0-9a-f]{34}\$__)*$/, "not bytecode");

export const artifactSchema = z.object({
  /** Source unit name, as the compiler saw it: relative to the project root or a package path. */
  sourceName: z.string(),
  name: z.string(),
  abi: z.array(abiEntrySchema),
  /** Constructor code, without arguments; may hold link placeholders. Use `encodeDeployment` to send it. */
  creationBytecode: linkableHexSchema,
  /** Code at the address, with zeros in the place of immutables and library addresses. */
  runtimeBytecode: hexSchema,
  /** Immutable variable -> its places in the runtime code. `Base.name` where two bases share a name. */
  immutableReferences: z.record(z.string(), z.array(byteRangeSchema)),
  linkReferences: z.object({ creation: linkReferencesSchema, runtime: linkReferencesSchema }),
  storageLayout: storageLayoutSchema,
  /** `name(types)` -> selector, without `0x`, as solc gives it. */
  methodIdentifiers: z.record(z.string(), z.string().regex(/^[0-9a-f]{8}$/)),
  /** Compiler metadata, the JSON text whose hash ends the bytecode. */
  metadata: z.string(),
  /** Full compiler version, e.g. `0.8.37+commit.…`. */
  compiler: z.string(),
  /** sha256 of the canonical compiler input for this contract alone and of the compiler's version. */
  inputHash: hash32Schema,
  /** `contract`, `library`, `interface` or `abstract` (abstract contracts and interfaces have no code). */
  kind: z.enum(["contract", "library", "interface", "abstract"]),
});

/** One compiled contract: all that deployment, simulation and verification need to know of it. */
export type Artifact = z.infer<typeof artifactSchema>;
