import { z } from "zod";
import type { CompilerProblem } from "./compile-job.ts";

/** Parts of a syntax tree that lpctl reads; the rest passes through untouched. */
export const astNodeSchema = z.looseObject({ nodeType: z.string(), id: z.int() });
export type AstNode = z.infer<typeof astNodeSchema>;

const rangesSchema = z.array(z.object({ start: z.int(), length: z.int() }));
const linkReferencesSchema = z.record(z.string(), z.record(z.string(), rangesSchema)).default({});
const bytecodeSchema = z.looseObject({
  object: z.string().default(""),
  linkReferences: linkReferencesSchema,
});

const rawStorageItemSchema = z.object({
  astId: z.int(),
  contract: z.string(),
  label: z.string(),
  offset: z.int(),
  slot: z.string(),
  type: z.string(),
});
const rawStorageLayoutSchema = z.object({
  storage: z.array(rawStorageItemSchema).default([]),
  types: z
    .record(
      z.string(),
      z.object({
        encoding: z.enum(["inplace", "mapping", "dynamic_array", "bytes"]),
        label: z.string(),
        numberOfBytes: z.string(),
        base: z.string().optional(),
        key: z.string().optional(),
        value: z.string().optional(),
        members: z.array(rawStorageItemSchema).optional(),
      }),
    )
    .nullish()
    .transform((types) => types ?? {}),
});
export type RawStorageLayout = z.infer<typeof rawStorageLayoutSchema>;

const contractSchema = z.looseObject({
  abi: z.array(z.looseObject({ type: z.string() })).default([]),
  metadata: z.string().default(""),
  storageLayout: rawStorageLayoutSchema.optional(),
  evm: z
    .looseObject({
      bytecode: bytecodeSchema.optional(),
      deployedBytecode: bytecodeSchema.extend({ immutableReferences: z.record(z.string(), rangesSchema).default({}) }).optional(),
      methodIdentifiers: z.record(z.string(), z.string()).default({}),
    })
    .optional(),
});

/** solc's standard-JSON output, as far as lpctl asks for it. */
export const solcOutputSchema = z.looseObject({
  contracts: z.record(z.string(), z.record(z.string(), contractSchema)).default({}),
  sources: z.record(z.string(), z.looseObject({ id: z.int(), ast: astNodeSchema.optional() })).default({}),
  errors: z
    .array(
      z.looseObject({
        severity: z.string(),
        type: z.string(),
        errorCode: z.string().optional(),
        message: z.string(),
        formattedMessage: z.string().optional(),
        sourceLocation: z.looseObject({ file: z.string(), start: z.int(), end: z.int() }).optional(),
      }),
    )
    .default([]),
});
export type SolcOutput = z.infer<typeof solcOutputSchema>;

/** The errors among the compiler's messages, with line and column (both from 1). Warnings are dropped. */
export function problemsOf(output: SolcOutput, sources: Record<string, string>): CompilerProblem[] {
  return output.errors
    .filter((error) => error.severity === "error")
    .map((error) => {
      const location = error.sourceLocation;
      const text = location === undefined ? undefined : sources[location.file];
      return {
        type: error.type,
        ...(error.errorCode === undefined ? {} : { errorCode: error.errorCode }),
        message: error.message,
        formatted: error.formattedMessage ?? error.message,
        ...(location === undefined ? {} : { file: location.file }),
        ...(location === undefined || text === undefined || location.start < 0 ? {} : lineOf(text, location.start)),
      };
    });
}

/** solc counts bytes of UTF-8. */
function lineOf(text: string, byteOffset: number): { line: number; column: number } {
  const before = Buffer.from(text, "utf8").subarray(0, byteOffset).toString("utf8").split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** All nodes of a tree, parents before children, in the order of the source. */
export function* walkAst(node: unknown): Generator<AstNode> {
  if (Array.isArray(node)) {
    for (const child of node) yield* walkAst(child);
  } else if (typeof node === "object" && node !== null) {
    if ("nodeType" in node && "id" in node) yield node as AstNode;
    for (const child of Object.values(node)) if (typeof child === "object" && child !== null) yield* walkAst(child);
  }
}
