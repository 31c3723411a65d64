import type { UpgradeFacts } from "./compiled-unit.ts";
import { constantValue } from "./constant-value.ts";
import type { Declarations } from "./slot-uses.ts";
import { type AstNode, walkAst } from "./solc-output.ts";

type EntryFacts = Pick<UpgradeFacts, "setters" | "initializers" | "locksInitializers" | "zeroAware">;

/**
 * Functions anybody can call that set a whole variable to one of their arguments, those that initialise, and whether the
 * constructor locks the latter in the logic itself. `bases` from most derived to most basic: an overridden function is
 * no entry point, its override is. And which variables the code compares with zero: there zero has a meaning.
 */
export function entryPointsOf(bases: readonly AstNode[], declarations: Declarations): EntryFacts {
  const stored = new Map<number, { name: string; contract: string }>();
  for (const base of bases) {
    for (const node of membersOf(base, "VariableDeclaration")) {
      if (node["constant"] !== true && node["mutability"] !== "immutable") stored.set(node.id, { name: String(node["name"]), contract: String(base["name"]) });
    }
  }
  const facts: EntryFacts = { setters: [], initializers: [], locksInitializers: false, zeroAware: comparedWithZero(bases, stored, declarations) };
  const seen = new Set<string>();
  for (const base of bases) {
    for (const definition of membersOf(base, "FunctionDefinition")) {
      if (definition["kind"] === "constructor") facts.locksInitializers ||= locks(definition);
      const selector = definition["functionSelector"];
      if (typeof selector !== "string" || definition["implemented"] === false || seen.has(selector)) continue;
      seen.add(selector);
      const name = String(definition["name"]);
      for (const variable of variablesSetBy(definition, stored, declarations)) facts.setters.push({ ...variable, setter: name, selector });
      const modifiers = modifiersOf(definition);
      if (modifiers.some(isInitializerModifier) || /^(re)?init(ialize|ialise)?(V?\d+)?$/i.test(name)) {
        facts.initializers.push({ name, selector, contract: String(base["name"]), modifiers, checksCaller: mentionsSender(definition) });
      }
    }
  }
  return facts;
}

/** `x > 0`, `x == address(0)`, also through a local variable that holds `x`. */
function comparedWithZero(bases: readonly AstNode[], stored: ReadonlyMap<number, { name: string }>, { constants }: Declarations): string[] {
  const names = new Set<string>();
  for (const definition of bases.flatMap((base) => [...membersOf(base, "FunctionDefinition"), ...membersOf(base, "ModifierDefinition")])) {
    const copies = new Map<number, string>();
    const nameOf = (expression: unknown): string | undefined => {
      if (!isNode(expression) || expression.nodeType !== "Identifier") return undefined;
      const declaration = Number(expression["referencedDeclaration"]);
      return stored.get(declaration)?.name ?? copies.get(declaration);
    };
    for (const node of walkAst(definition["body"])) {
      if (node.nodeType === "VariableDeclarationStatement") {
        const [declared] = Array.isArray(node["declarations"]) ? (node["declarations"] as (AstNode | null)[]) : [];
        const name = nameOf(node["initialValue"]);
        if (declared !== undefined && declared !== null && name !== undefined) copies.set(declared.id, name);
      }
      if (node.nodeType !== "BinaryOperation" || !["==", "!=", ">", "<"].includes(String(node["operator"]))) continue;
      const sides = [node["leftExpression"], node["rightExpression"]];
      const scope = { initialValues: constants, parameters: new Map<number, number>() };
      const isZero = sides.some((side) => {
        const value = constantValue(side, scope);
        return value?.kind === "word" && value.word === 0n;
      });
      for (const name of isZero ? sides.map(nameOf) : []) if (name !== undefined) names.add(name);
    }
  }
  return [...names].toSorted();
}

export function isInitializerModifier(name: string): boolean {
  return name === "initializer" || name === "reinitializer";
}

/** `_disableInitializers()` in the body, or the modifier that uses the first version up. */
function locks(definition: AstNode): boolean {
  if (modifiersOf(definition).some(isInitializerModifier)) return true;
  for (const node of walkAst(definition["body"])) {
    const { expression } = node as { expression?: { name?: unknown } };
    if (node.nodeType === "FunctionCall" && expression?.name === "_disableInitializers") return true;
  }
  return false;
}

function modifiersOf(definition: AstNode): string[] {
  const invocations = Array.isArray(definition["modifiers"]) ? (definition["modifiers"] as { kind?: string; modifierName?: { name?: string } }[]) : [];
  return invocations.filter(({ kind }) => kind !== "baseConstructorSpecifier").map(({ modifierName }) => modifierName?.name ?? "");
}

/** Whether the body looks at who calls; by what rule is for a reader to judge. */
function mentionsSender(definition: AstNode): boolean {
  for (const node of walkAst(definition["body"])) {
    const { expression } = node as { expression?: { name?: unknown } };
    if (node.nodeType === "MemberAccess" && node["memberName"] === "sender" && expression?.name === "msg") return true;
    if (node.nodeType === "Identifier" && node["name"] === "_msgSender") return true;
  }
  return false;
}

/** Variables that the function, or one it calls, assigns from an argument, as a whole: not an entry of a mapping. */
function variablesSetBy(
  definition: AstNode,
  stored: ReadonlyMap<number, { name: string; contract: string }>,
  { functions }: Declarations,
): { variable: string; contract: string }[] {
  const found = new Map<number, { variable: string; contract: string }>();
  const followed = new Set<number>();
  const follow = (one: AstNode): void => {
    if (followed.has(one.id)) return;
    followed.add(one.id);
    const parameters = new Set<number>([...walkAst(one["parameters"])].filter((node) => node.nodeType === "VariableDeclaration").map((node) => node.id));
    for (const node of walkAst(one["body"])) {
      if (node.nodeType === "FunctionCall") {
        const { expression } = node as { expression?: { referencedDeclaration?: unknown } };
        const called = typeof expression?.referencedDeclaration === "number" ? functions.get(expression.referencedDeclaration) : undefined;
        // A call to another contract is a member of an expression, and changes nothing here.
        if (called !== undefined && isNode(node["expression"]) && node["expression"].nodeType === "Identifier") follow(called.node);
      }
      if (node.nodeType !== "Assignment" || !isNode(node["leftHandSide"]) || node["leftHandSide"].nodeType !== "Identifier") continue;
      const variable = stored.get(Number(node["leftHandSide"]["referencedDeclaration"]));
      const fromArgument = node["operator"] === "=" && parameters.has(copiedFrom(node["rightHandSide"]));
      if (variable !== undefined && fromArgument) found.set(Number(node["leftHandSide"]["referencedDeclaration"]), { variable: variable.name, contract: variable.contract });
    }
  };
  follow(definition);
  return [...found.values()];
}

/** The declaration a value is taken from as it is, conversions of its type aside. */
function copiedFrom(expression: unknown): number {
  if (!isNode(expression)) return Number.NaN;
  if (expression.nodeType === "FunctionCall" && expression["kind"] === "typeConversion") return copiedFrom((expression["arguments"] as unknown[])[0]);
  return expression.nodeType === "Identifier" ? Number(expression["referencedDeclaration"]) : Number.NaN;
}

function membersOf(contract: AstNode, nodeType: string): AstNode[] {
  return (contract["nodes"] as AstNode[]).filter((node) => node.nodeType === nodeType);
}

function isNode(value: unknown): value is AstNode {
  return typeof value === "object" && value !== null && "nodeType" in value;
}
