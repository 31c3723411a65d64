import { id, keccak256, toBeHex, toUtf8Bytes } from "ethers";
import type { AstNode } from "./solc-output.ts";

/** What an expression comes to: a word, a text not yet made one, or the argument of the function it stands in. */
export type ConstantValue =
  | { kind: "word"; word: bigint; name?: string | undefined }
  | { kind: "text"; text: string }
  | { kind: "argument"; index: number };

/** Where the names in an expression lead to. */
export interface ConstantScope {
  /** Declarations of constants and of local variables that have an initial value, by tree id. */
  initialValues: ReadonlyMap<number, { value: unknown; name: string; isConstant: boolean }>;
  /** Parameters of the function in question, by tree id. */
  parameters: ReadonlyMap<number, number>;
}

const WORD = 1n << 256n;
/** Deeper than any position anybody writes; a constant cannot refer to itself, a local variable in a loop may. */
const MAX_DEPTH = 16;

/**
 * The value of an expression as positions in storage are written: literals, hashes of texts, arithmetic, `erc7201`,
 * constants by name. Undefined for whatever is only known when the code runs.
 */
export function constantValue(expression: unknown, scope: ConstantScope, depth = 0): ConstantValue | undefined {
  if (typeof expression !== "object" || expression === null || !("nodeType" in expression) || depth > MAX_DEPTH) return undefined;
  const node = expression as AstNode;
  const inner = (child: unknown): ConstantValue | undefined => constantValue(child, scope, depth + 1);
  switch (node.nodeType) {
    case "Literal":
      return literal(node);
    case "Identifier":
    case "MemberAccess":
      return named(node, scope, inner);
    case "TupleExpression": {
      const components = listOf(node["components"]);
      return components.length === 1 ? inner(components[0]) : undefined;
    }
    case "UnaryOperation": {
      const value = inner(node["subExpression"]);
      return value?.kind === "word" && node["operator"] === "~" ? word(WORD - 1n - value.word) : undefined;
    }
    case "BinaryOperation": {
      const [left, right] = [inner(node["leftExpression"]), inner(node["rightExpression"])];
      if (left?.kind !== "word" || right?.kind !== "word") return undefined;
      return operate(String(node["operator"]), left.word, right.word);
    }
    case "FunctionCall":
      return call(node, inner);
    default:
      return undefined;
  }
}

function word(value: bigint): ConstantValue {
  return { kind: "word", word: ((value % WORD) + WORD) % WORD };
}

function literal(node: AstNode): ConstantValue | undefined {
  const value = String(node["value"] ?? "");
  if (node["kind"] === "string") return { kind: "text", text: value };
  const digits = value.replaceAll("_", "");
  return node["kind"] === "number" && /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(digits) ? word(BigInt(digits)) : undefined;
}

function named(node: AstNode, { initialValues, parameters }: ConstantScope, inner: (child: unknown) => ConstantValue | undefined): ConstantValue | undefined {
  const declaration = Number(node["referencedDeclaration"] ?? Number.NaN);
  const index = parameters.get(declaration);
  if (index !== undefined) return { kind: "argument", index };
  const found = initialValues.get(declaration);
  const value = found === undefined ? undefined : inner(found.value);
  return value?.kind === "word" && found?.isConstant === true ? { ...value, name: found.name } : value;
}

function operate(operator: string, left: bigint, right: bigint): ConstantValue | undefined {
  switch (operator) {
    case "+":
      return word(left + right);
    case "-":
      return word(left - right);
    case "&":
      return word(left & right);
    case "|":
      return word(left | right);
    case "^":
      return word(left ^ right);
    case "<<":
      return right < 256n ? word(left << right) : word(0n);
    case ">>":
      return right < 256n ? word(left >> right) : word(0n);
    default:
      return undefined;
  }
}

function call(node: AstNode, inner: (child: unknown) => ConstantValue | undefined): ConstantValue | undefined {
  const args = listOf(node["arguments"]);
  const [first] = args;
  if (args.length !== 1) return undefined;
  const value = inner(first);
  if (node["kind"] === "typeConversion") {
    const isWord = /^type\((bytes32|uint256|uint)\)$/.test(typeString(node["expression"]));
    // A text becomes bytes from the left.
    if (value?.kind === "text" && isWord) return word(BigInt(`0x${Buffer.from(value.text, "utf8").toString("hex").padEnd(64, "0").slice(0, 64)}`));
    return value;
  }
  const callee = calleeOf(node["expression"]);
  // `keccak256(abi.encode(word))` hashes the word's 32 bytes.
  if (callee === "keccak256" && isNode(first) && first.nodeType === "FunctionCall" && ["encode", "encodePacked"].includes(calleeOf(first["expression"]))) {
    const [only, ...more] = listOf(first["arguments"]);
    const encoded = more.length === 0 ? inner(only) : undefined;
    return encoded?.kind === "word" ? word(BigInt(keccak256(toBeHex(encoded.word, 32)))) : undefined;
  }
  if (value?.kind !== "text") return undefined;
  if (callee === "keccak256") return word(BigInt(keccak256(toUtf8Bytes(value.text))));
  if (callee === "erc7201") return word(BigInt(keccak256(toBeHex(BigInt(id(value.text)) - 1n, 32))) & ~0xffn);
  return undefined;
}

function calleeOf(expression: unknown): string {
  if (!isNode(expression)) return "";
  return String(expression.nodeType === "MemberAccess" ? expression["memberName"] : expression["name"]);
}

function typeString(node: unknown): string {
  const described = isNode(node) ? node["typeDescriptions"] : undefined;
  return typeof described === "object" && described !== null && "typeString" in described ? String(described.typeString) : "";
}

function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && "nodeType" in value;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
