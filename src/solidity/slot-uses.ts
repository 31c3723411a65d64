import { toBeHex } from "ethers";
import type { UpgradeFacts } from "./compiled-unit.ts";
import { type ConstantScope, type ConstantValue, constantValue } from "./constant-value.ts";
import { type AstNode, type SolcOutput, walkAst } from "./solc-output.ts";

type SlotUse = UpgradeFacts["slotUses"][number];
/** A function that uses its own argument as a slot, as `StorageSlot.getAddressSlot` does: its callers say which. */
type Forwarder = { kind: SlotUse["kind"]; index: number };

/** Everything one compilation can refer to, by tree id. */
export interface Declarations {
  functions: ReadonlyMap<number, { node: AstNode; contract: string }>;
  constants: ConstantScope["initialValues"];
}

export function declarationsOf(output: SolcOutput): Declarations {
  const functions = new Map<number, { node: AstNode; contract: string }>();
  const constants = new Map<number, { value: unknown; name: string; isConstant: boolean }>();
  const add = (node: AstNode, contract: string): void => {
    if (node.nodeType === "FunctionDefinition" || node.nodeType === "ModifierDefinition") functions.set(node.id, { node, contract });
    if (node.nodeType === "VariableDeclaration" && node["constant"] === true) {
      constants.set(node.id, { value: node["value"], name: String(node["name"]), isConstant: true });
    }
  };
  for (const [source, { ast }] of Object.entries(output.sources)) {
    for (const node of childrenOf(ast)) {
      add(node, source);
      if (node.nodeType === "ContractDefinition") for (const member of childrenOf(node)) add(member, String(node["name"]));
    }
  }
  return { functions, constants };
}

/** All functions that code of these contracts can reach, their own first, then libraries and free functions. */
export function reachableFunctions(bases: readonly AstNode[], { functions }: Declarations): { node: AstNode; contract: string }[] {
  const reached = new Map<number, { node: AstNode; contract: string }>();
  const reach = (id: number): void => {
    const found = functions.get(id);
    if (found === undefined || reached.has(id)) return;
    reached.set(id, found);
    for (const node of walkAst(found.node)) {
      const declaration = node["referencedDeclaration"];
      if (typeof declaration === "number") reach(declaration);
    }
  };
  for (const base of bases) for (const member of childrenOf(base)) reach(member.id);
  return [...reached.values()];
}

/**
 * Where inline assembly reads or writes storage, or points a storage variable, at a slot that the source fixes: by a
 * literal, a constant, or an argument that callers fix. Variables of the layout (`x.slot`) are not among them.
 */
export function slotUsesOf(
  reachable: readonly { node: AstNode; contract: string }[],
  declarations: Declarations,
  decodeSource: (node: { src: string }) => string,
): SlotUse[] {
  const uses = new Map<string, SlotUse>();
  const forwarders = new Map<number, Forwarder[]>();
  const record = (kind: SlotUse["kind"], value: ConstantValue | undefined, within: { node: AstNode; contract: string }, src: string): void => {
    if (value?.kind === "argument") {
      const known = forwarders.get(within.node.id) ?? [];
      if (known.some((one) => one.kind === kind && one.index === value.index)) return;
      forwarders.set(within.node.id, [...known, { kind, index: value.index }]);
    } else if (value?.kind === "word") {
      const use = { kind, slot: toBeHex(value.word, 32) as SlotUse["slot"], name: value.name ?? null, contract: within.contract, src: decodeSource({ src }) };
      uses.set(JSON.stringify(use), use);
    }
  };

  for (const within of reachable) {
    const assemblies = [...walkAst(within.node)].filter((node) => node.nodeType === "InlineAssembly");
    // Most functions have none, and a scope costs a walk of its own.
    const scope = assemblies.length === 0 ? undefined : scopeOf(within.node, declarations);
    if (scope === undefined) continue;
    for (const { kind, value, src } of assemblies.flatMap((assembly) => [...assemblyUses(assembly, scope)])) record(kind, value, within, src);
  }
  // Each round may find callers of what the last one found; a chain of calls is as long as there are functions at most.
  for (let known = 0; known !== count(forwarders); ) {
    known = count(forwarders);
    for (const within of reachable) {
      for (const call of walkAst(within.node)) {
        const forwarded = call.nodeType === "FunctionCall" ? forwarders.get(calledBy(call)) : undefined;
        if (forwarded === undefined) continue;
        const scope = scopeOf(within.node, declarations);
        for (const { kind, index } of forwarded) record(kind, constantValue(argumentsOf(call, declarations)[index], scope), within, String(call["src"]));
      }
    }
  }
  return [...uses.values()];
}

function count(forwarders: ReadonlyMap<number, readonly Forwarder[]>): number {
  return [...forwarders.values()].reduce((sum, list) => sum + list.length, 0);
}

function scopeOf(definition: AstNode, { constants }: Declarations): ConstantScope {
  const initialValues = new Map(constants);
  for (const node of walkAst(definition["body"])) {
    if (node.nodeType !== "VariableDeclarationStatement") continue;
    const [declared, ...more] = Array.isArray(node["declarations"]) ? (node["declarations"] as (AstNode | null)[]) : [];
    if (declared === undefined || declared === null || more.length > 0) continue;
    initialValues.set(declared.id, { value: node["initialValue"], name: String(declared["name"]), isConstant: false });
  }
  return { initialValues, parameters: new Map(parametersOf(definition).map((parameter, index) => [parameter.id, index])) };
}

function parametersOf(definition: AstNode): AstNode[] {
  const list = definition["parameters"];
  return typeof list === "object" && list !== null && "parameters" in list && Array.isArray(list.parameters) ? (list.parameters as AstNode[]) : [];
}

/** Arguments in the order of parameters; `x.f(y)` of an attached library function is `f(x, y)`. */
function argumentsOf(call: AstNode, { functions }: Declarations): unknown[] {
  const args = Array.isArray(call["arguments"]) ? (call["arguments"] as unknown[]) : [];
  const definition = functions.get(calledBy(call))?.node;
  const { expression } = call as { expression?: { expression?: unknown } };
  return definition !== undefined && parametersOf(definition).length === args.length + 1 ? [expression?.expression, ...args] : args;
}

function calledBy(call: AstNode): number {
  const { expression } = call as { expression?: { referencedDeclaration?: unknown } };
  return typeof expression?.referencedDeclaration === "number" ? expression.referencedDeclaration : Number.NaN;
}

interface YulNode {
  nodeType: string;
  src: string;
  [key: string]: unknown;
}

function* assemblyUses(assembly: AstNode, scope: ConstantScope): Generator<{ kind: SlotUse["kind"]; value: ConstantValue | undefined; src: string }> {
  const references = new Map(
    (Array.isArray(assembly["externalReferences"]) ? (assembly["externalReferences"] as { src: string; declaration: number; suffix?: string }[]) : []).map((one) => [one.src, one]),
  );
  const locals = new Map<string, unknown>();
  const resolve = (expression: unknown, depth = 0): ConstantValue | undefined => {
    if (!isYul(expression) || depth > 8) return undefined;
    if (expression.nodeType === "YulLiteral") {
      const digits = String(expression["value"]);
      return expression["kind"] === "number" && /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(digits) ? { kind: "word", word: BigInt(digits) } : undefined;
    }
    if (expression.nodeType !== "YulIdentifier") return undefined;
    const reference = references.get(expression.src);
    if (reference === undefined) return resolve(locals.get(String(expression["name"])), depth + 1);
    // `x.slot` is a place of the layout, or of a pointer that is set elsewhere.
    if (reference.suffix !== undefined) return undefined;
    return constantValue({ nodeType: "Identifier", id: 0, referencedDeclaration: reference.declaration }, scope);
  };
  for (const node of walkYul(assembly["AST"])) {
    if (node.nodeType === "YulVariableDeclaration") {
      const [variable, ...more] = node["variables"] as { name: string }[];
      if (variable !== undefined && more.length === 0) locals.set(variable.name, node["value"]);
    } else if (node.nodeType === "YulFunctionCall") {
      const { name } = node["functionName"] as { name: string };
      if (name === "sload" || name === "sstore") yield { kind: name, value: resolve((node["arguments"] as unknown[])[0]), src: node.src };
    } else if (node.nodeType === "YulAssignment") {
      const [target] = node["variableNames"] as YulNode[];
      if (target !== undefined && references.get(target.src)?.suffix === "slot") yield { kind: "pointer", value: resolve(node["value"]), src: node.src };
    }
  }
}

/** Nodes of inline assembly carry no id. */
function* walkYul(node: unknown): Generator<YulNode> {
  if (Array.isArray(node)) {
    for (const child of node) yield* walkYul(child);
  } else if (isYul(node)) {
    yield node;
    for (const child of Object.values(node)) if (typeof child === "object") yield* walkYul(child);
  }
}

function isYul(value: unknown): value is YulNode {
  return typeof value === "object" && value !== null && "nodeType" in value;
}

function childrenOf(node: AstNode | undefined): AstNode[] {
  return Array.isArray(node?.["nodes"]) ? (node["nodes"] as AstNode[]) : [];
}
