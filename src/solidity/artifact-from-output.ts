import type { Artifact, ByteRange, StorageItem, StorageLayout } from "./artifact.ts";
import type { JobContract } from "./compile-job.ts";
import { type AstNode, type RawStorageLayout, type SolcOutput, walkAst } from "./solc-output.ts";

/**
 * The artifact of one contract, from a compiler's output. Nothing in it depends on what else was compiled in the
 * same run: ids of the syntax tree, which do, are replaced by names or counted anew.
 */
export function artifactFromOutput(
  output: SolcOutput,
  contract: JobContract,
  compilerVersion: string,
): Omit<Artifact, "inputHash"> {
  const compiled = output.contracts[contract.source]?.[contract.name];
  if (compiled === undefined) throw new Error(`the compiler returned nothing for ${contract.source}:${contract.name}`);
  const creation = compiled.evm?.bytecode;
  const runtime = compiled.evm?.deployedBytecode;
  return {
    sourceName: contract.source,
    name: contract.name,
    abi: compiled.abi,
    creationBytecode: `0x${creation?.object ?? ""}`,
    runtimeBytecode: `0x${(runtime?.object ?? "").replace(/__\$[0-9a-f]{34}\$__/g, "0".repeat(40))}`,
    immutableReferences: nameImmutables(output, runtime?.immutableReferences ?? {}),
    linkReferences: { creation: creation?.linkReferences ?? {}, runtime: runtime?.linkReferences ?? {} },
    storageLayout: canonicalStorageLayout(compiled.storageLayout ?? { storage: [], types: {} }),
    methodIdentifiers: compiled.evm?.methodIdentifiers ?? {},
    metadata: compiled.metadata,
    compiler: compilerVersion,
    kind: contract.kind,
  };
}

function nameImmutables(output: SolcOutput, references: Record<string, ByteRange[]>): Record<string, ByteRange[]> {
  const ids = Object.keys(references);
  if (ids.length === 0) return {};
  const names = new Map<string, { name: string; contract: string }>();
  for (const source of Object.values(output.sources)) {
    for (const node of walkAst(source.ast)) {
      if (node.nodeType !== "ContractDefinition" || !Array.isArray(node["nodes"])) continue;
      for (const member of node["nodes"] as AstNode[]) {
        if (member.nodeType !== "VariableDeclaration") continue;
        names.set(String(member.id), { name: String(member["name"]), contract: String(node["name"]) });
      }
    }
  }
  const used = ids.map((id) => ({ id, ...(names.get(id) ?? { name: `immutable${id}`, contract: "" }) }));
  const isShared = (name: string): boolean => used.filter((one) => one.name === name).length > 1;
  const named = used.map(({ id, name, contract }): [string, ByteRange[]] => [
    isShared(name) ? `${contract}.${name}` : name,
    (references[id] ?? []).map(({ start, length }) => ({ start, length })),
  ]);
  return Object.fromEntries(named.toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** Drops tree ids; numbers user-defined types from 1 in the order in which the layout reaches them. */
function canonicalStorageLayout(raw: RawStorageLayout): StorageLayout {
  const numbers = new Map<string, number>();
  const rename = (id: string): string =>
    id.replace(/\)(\d+)(?=_storage|_|\)|,|$)/g, (whole, number: string, offset: number) => {
      // `t_struct(Name)12_storage` carries a tree id; `t_array(t_uint256)5_storage` a length.
      if (!isUserDefined(id, offset)) return whole;
      const key = `${number}`;
      if (!numbers.has(key)) numbers.set(key, numbers.size + 1);
      return `)${numbers.get(key)}`;
    });

  const types: StorageLayout["types"] = {};
  const visit = (id: string): string => {
    const renamed = rename(id);
    const type = raw.types[id];
    if (type === undefined || renamed in types) return renamed;
    const entry: StorageLayout["types"][string] = { encoding: type.encoding, label: type.label, numberOfBytes: type.numberOfBytes };
    types[renamed] = entry;
    if (type.base !== undefined) entry.base = visit(type.base);
    if (type.key !== undefined) entry.key = visit(type.key);
    if (type.value !== undefined) entry.value = visit(type.value);
    if (type.members !== undefined) entry.members = type.members.map(item);
    return renamed;
  };
  const item = ({ contract, label, offset, slot, type }: RawStorageLayout["storage"][number]): StorageItem => ({
    contract,
    label,
    offset,
    slot,
    type: visit(type),
  });

  const storage = raw.storage.map(item);
  return { storage, types: Object.fromEntries(Object.entries(types).toSorted(([left], [right]) => (left < right ? -1 : 1))) };
}

/** Whether the parenthesis that closes at `offset` belongs to `t_struct(`, `t_enum(`, `t_contract(` or a user value type. */
function isUserDefined(id: string, offset: number): boolean {
  let depth = 0;
  for (let index = offset; index >= 0; index--) {
    if (id[index] === ")") depth++;
    else if (id[index] === "(" && --depth === 0) return /t_(struct|enum|contract|userDefinedValueType)$/.test(id.slice(0, index));
  }
  return false;
}
