import { createRequire } from "node:module";
import type { JobContract } from "./compile-job.ts";
import { type UpgradeFacts, upgradeFactsSchema } from "./compiled-unit.ts";
import { entryPointsOf } from "./entry-points.ts";
import { declarationsOf, reachableFunctions, slotUsesOf } from "./slot-uses.ts";
import { type AstNode, type SolcOutput, walkAst } from "./solc-output.ts";

type UpgradesCore = typeof import("@openzeppelin/upgrades-core");
type OzInput = Parameters<UpgradesCore["solcInputOutputDecoder"]>[0];
type OzOutput = Parameters<UpgradesCore["solcInputOutputDecoder"]>[1];

/** upgrades-core refuses to model the contract at all; the message is its own. */
export class UpgradeRulesError extends Error {}

const requireModule = createRequire(import.meta.url);

/** One compilation whose contracts are to be described: input and output of the compiler, trees repaired. */
export interface Compilation {
  input: { sources: Record<string, { content: string }>; settings: object };
  output: SolcOutput;
  compilerVersion: string;
  compile: (input: object) => SolcOutput;
}

/**
 * What upgrade rules need to know of the contracts of one compilation. The storage layout and the rules on a
 * contract alone come from upgrades-core, which looks at all of them at once; the rest from the syntax trees.
 */
export function upgradeFactsOf(contracts: readonly JobContract[], compilation: Compilation): UpgradeFacts[] {
  const { input, output } = compilation;
  const core = requireModule("@openzeppelin/upgrades-core") as UpgradesCore;
  const compilerVersion = compilation.compilerVersion.replace(/\+.*$/, "");
  const ozOutput = outputForRules(output, contracts);
  const decodeSource = core.solcInputOutputDecoder(input as OzInput, ozOutput);
  const validation = (() => {
    try {
      const namespaced = namespacedOutput(core, compilation, ozOutput, compilerVersion);
      return core.validate(ozOutput, decodeSource, compilerVersion, input as OzInput, namespaced);
    } catch (error) {
      throw new UpgradeRulesError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  })();

  const declarations = declarationsOf(output);
  return contracts.map((contract) => {
    const full = `${contract.source}:${contract.name}`;
    const own = validation[full];
    if (own === undefined) throw new UpgradeRulesError(`upgrades-core did not see ${full}`);
    const inherited = own.inherit.flatMap((name) => validation[name] ?? []);
    const bases = contractsOf(output, full);
    const reachable = reachableFunctions(bases, declarations);
    const isOpcode = (error: { kind: string }): boolean => error.kind === "delegatecall" || error.kind === "selfdestruct";
    return {
      layout: upgradeFactsSchema.shape.layout.parse(own.layout),
      // The opcode rules follow calls into base contracts by themselves; the others look at one contract each.
      errors: plainErrors([
        ...own.errors.filter(isOpcode),
        ...[own, ...inherited].flatMap((one) => one.errors).filter((error) => !isOpcode(error)),
      ]),
      methods: [...new Set([own, ...inherited].flatMap((one) => one.methods))],
      ...variablesOf(bases, input.sources, output),
      definedIn: definersOf(bases),
      linearization: bases.map((base) => String(base["name"])),
      constructorWrites: constructorWrites(output, bases, decodeSource),
      assembly: assemblyOf(reachable, decodeSource),
      slotUses: slotUsesOf(reachable, declarations, decodeSource),
      ...entryPointsOf(bases, declarations),
    };
  });
}

/** Optional fields that are present but undefined would differ between a fresh and a cached unit. */
function plainErrors(errors: { kind: string; src: string }[]): UpgradeFacts["errors"] {
  return JSON.parse(JSON.stringify(errors)) as UpgradeFacts["errors"];
}

/** upgrades-core walks every contract of the output and expects code on each; only its link references are read. */
function outputForRules(output: SolcOutput, targets: readonly JobContract[]): OzOutput {
  const contracts: Record<string, Record<string, unknown>> = {};
  for (const [source, { ast }] of Object.entries(output.sources)) {
    const inFile: Record<string, unknown> = {};
    contracts[source] = inFile;
    for (const node of walkContracts(ast)) {
      const name = String(node["name"]);
      const target = targets.find((one) => one.source === source && one.name === name);
      const compiled = target === undefined ? undefined : output.contracts[source]?.[name];
      inFile[name] = {
        evm: { bytecode: { object: "", linkReferences: target?.links ?? compiled?.evm?.bytecode?.linkReferences ?? {} } },
        ...(compiled?.storageLayout === undefined ? {} : { storageLayout: compiled.storageLayout }),
      };
    }
  }
  return { contracts, sources: output.sources } as unknown as OzOutput;
}

/** A second compilation that gives members of ERC-7201 structs their slots; only where a source has such structs. */
function namespacedOutput(
  core: UpgradesCore,
  request: Compilation,
  ozOutput: OzOutput,
  compilerVersion: string,
): OzOutput | undefined {
  const texts = Object.values(request.input.sources).map((source) => source.content);
  if (!texts.some((text) => text.includes("@custom:storage-location")) || !core.isNamespaceSupported(compilerVersion)) return undefined;
  const rewritten = request.compile(core.makeNamespacedInput(request.input as OzInput, ozOutput, compilerVersion));
  // The rewriting is not valid Solidity for every source; members then compare by order and type, without slots.
  if (rewritten.errors.some((error) => error.severity === "error")) return undefined;
  return rewritten as unknown as OzOutput;
}

function walkContracts(ast: AstNode | undefined): AstNode[] {
  const nodes = Array.isArray(ast?.["nodes"]) ? (ast["nodes"] as AstNode[]) : [];
  return nodes.filter((node) => node.nodeType === "ContractDefinition");
}

/** The contract and its bases, most derived first. */
function contractsOf(output: SolcOutput, full: string): AstNode[] {
  const byId = new Map<number, AstNode>();
  let target: AstNode | undefined;
  for (const [source, { ast }] of Object.entries(output.sources)) {
    for (const node of walkContracts(ast)) {
      byId.set(node.id, node);
      if (`${source}:${String(node["name"])}` === full) target = node;
    }
  }
  const order = Array.isArray(target?.["linearizedBaseContracts"]) ? (target["linearizedBaseContracts"] as number[]) : [];
  return order.flatMap((id) => byId.get(id) ?? []);
}

function membersOf(contract: AstNode, nodeType: string): AstNode[] {
  return (contract["nodes"] as AstNode[]).filter((node) => node.nodeType === nodeType);
}

function variablesOf(
  bases: AstNode[],
  sources: Record<string, { content: string }>,
  output: SolcOutput,
): Pick<UpgradeFacts, "constants" | "immutables"> {
  const fileNames = new Map(Object.entries(output.sources).map(([name, { id }]) => [id, name]));
  const textOf = (node: unknown): string => {
    const { src = "" } = (node ?? {}) as { src?: string };
    const [start = 0, length = 0, file = -1] = src.split(":").map(Number);
    const text = sources[fileNames.get(file) ?? ""]?.content ?? "";
    return Buffer.from(text, "utf8").subarray(start, start + length).toString("utf8").replace(/\s+/g, " ");
  };
  const constants: UpgradeFacts["constants"] = [];
  const immutables: UpgradeFacts["immutables"] = [];
  for (const base of bases) {
    const contract = String(base["name"]);
    for (const node of membersOf(base, "VariableDeclaration")) {
      const variable = { name: String(node["name"]), contract, type: typeOf(node) };
      if (node["constant"] === true) constants.push({ ...variable, value: textOf(node["value"]) });
      else if (node["mutability"] === "immutable") immutables.push(variable);
    }
  }
  return { constants, immutables };
}

function typeOf(node: AstNode): string {
  const described = node["typeDescriptions"];
  return typeof described === "object" && described !== null && "typeString" in described ? String(described.typeString) : "";
}

function definersOf(bases: AstNode[]): Record<string, string> {
  const definers: Record<string, string> = {};
  for (const base of bases) {
    for (const node of [...membersOf(base, "FunctionDefinition"), ...membersOf(base, "VariableDeclaration")]) {
      const selector = node["functionSelector"];
      // An abstract declaration does not answer; the most derived body does, and it comes first.
      if (typeof selector === "string" && node["implemented"] !== false) definers[selector] ??= String(base["name"]);
    }
  }
  return definers;
}

/** Assignments to stored variables in constructors and in the functions they call; overriding is not resolved. */
function constructorWrites(
  output: SolcOutput,
  bases: AstNode[],
  decodeSource: (node: { src: string }) => string,
): UpgradeFacts["constructorWrites"] {
  const stored = new Map<number, { name: string; contract: string }>();
  for (const base of bases) {
    for (const node of membersOf(base, "VariableDeclaration")) {
      if (node["constant"] === true || node["mutability"] === "immutable") continue;
      stored.set(node.id, { name: String(node["name"]), contract: String(base["name"]) });
    }
  }
  const functions = new Map<number, AstNode>();
  for (const { ast } of Object.values(output.sources)) {
    for (const contract of walkContracts(ast)) for (const node of membersOf(contract, "FunctionDefinition")) functions.set(node.id, node);
  }

  const writes: UpgradeFacts["constructorWrites"] = [];
  const seen = new Set<number>();
  const follow = (definition: AstNode): void => {
    if (seen.has(definition.id)) return;
    seen.add(definition.id);
    for (const node of walkAst(definition["body"])) {
      if (node.nodeType === "FunctionCall") {
        const called = functions.get(rootDeclaration(node["expression"]) ?? -1);
        if (called !== undefined) follow(called);
        continue;
      }
      const target = node.nodeType === "Assignment" ? node["leftHandSide"] : changesOperand(node) ? node["subExpression"] : undefined;
      const variable = stored.get(rootDeclaration(target) ?? -1);
      if (variable !== undefined) writes.push({ ...variable, src: decodeSource({ src: String(node["src"]) }) });
    }
  };
  for (const base of bases) {
    for (const definition of membersOf(base, "FunctionDefinition")) if (definition["kind"] === "constructor") follow(definition);
  }
  return writes;
}

function changesOperand(node: AstNode): boolean {
  return node.nodeType === "UnaryOperation" && ["++", "--", "delete"].includes(String(node["operator"]));
}

/** `a` of `a`, `a[i]`, `a.b[i].c`. */
function rootDeclaration(expression: unknown): number | undefined {
  if (typeof expression !== "object" || expression === null) return undefined;
  if ("baseExpression" in expression) return rootDeclaration(expression.baseExpression);
  if ("expression" in expression) return rootDeclaration(expression.expression);
  return "referencedDeclaration" in expression && typeof expression.referencedDeclaration === "number"
    ? expression.referencedDeclaration
    : undefined;
}

const RISKY_OPCODES = ["delegatecall", "callcode", "selfdestruct", "sstore"];

/** Inline assembly that upgrades-core does not look into, of the contracts and of what they call. */
function assemblyOf(reachable: readonly { node: AstNode; contract: string }[], decodeSource: (node: { src: string }) => string): UpgradeFacts["assembly"] {
  return reachable.flatMap(({ node, contract }) =>
    [...walkYulCalls(node)]
      .filter((call) => RISKY_OPCODES.includes(call.name))
      .map((call) => ({ opcode: call.name, contract, src: decodeSource({ src: call.src }) })),
  );
}

/** Nodes of inline assembly carry no id. */
function* walkYulCalls(node: unknown): Generator<{ name: string; src: string }> {
  if (typeof node !== "object" || node === null) return;
  if ("nodeType" in node && node.nodeType === "YulFunctionCall" && "functionName" in node && "src" in node) {
    const { functionName } = node;
    if (typeof functionName === "object" && functionName !== null && "name" in functionName) {
      yield { name: String(functionName.name), src: String(node.src) };
    }
  }
  for (const child of Object.values(node)) yield* walkYulCalls(child);
}
