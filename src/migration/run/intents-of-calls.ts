import { FunctionFragment, Interface } from "ethers/abi";
import { keccak256 } from "ethers/crypto";
import { readRegistered } from "../../chain/registered-contract.ts";
import { requireProxy } from "../../inspection/contract.ts";
import { PARAMETERS } from "../../protocol/parameters.ts";
import { readParameters, type LiveParameter } from "../../inspection/read-parameters.ts";
import { intentOf } from "../../lifecycle/prepare-parameter.ts";
import { nameOfContractId, proxyNameOfTarget } from "../../protocol/contract-id.ts";
import { HASH_OF_NO_CODE, ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import { canonicalHash } from "../../proposal/canonical.ts";
import { deriveCalls } from "../../proposal/derive-calls.ts";
import type { Project } from "../../inspection/project.ts";
import type { Call } from "../../proposal/call.ts";
import type { Intent } from "../../proposal/intent.ts";
import type { CodeEvidence } from "../../proposal/proposal.ts";

const known = new Interface([
  "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
  "function pause()",
  "function unpause()",
  "function migrateToNewMinter(address newMinter)",
]);

export interface ReadIntents {
  intents: Intent[];
  code: CodeEvidence[];
}

/**
 * What the calls of an operation want, so that a proposal says and checks it like one made by hand: code is compared before it
 * replaces other code, and a change that no call speaks of is found. Calls that lpctl has no word for stay what they are.
 * @param sources `path/File.sol:Name` of the contracts that the script deployed, by their addresses
 */
export async function readIntents(project: Project, calls: readonly Call[], sources: ReadonlyMap<Address, string>): Promise<ReadIntents> {
  const intents: Intent[] = [];
  const code = new Map<Address, CodeEvidence>();
  const live = calls.some(({ data }) => setterSelectors().has(data.slice(0, 10))) ? (await readParameters(project)).live : [];
  for (const call of calls) {
    const found = readSetter(live, call) ?? (await readIntent(project, call, sources));
    // The bytes are the script's: a word for them that gives others would be another call.
    const isSame = found !== undefined && canonicalHash(deriveCalls([found.intent])) === canonicalHash([call]);
    const last = intents.at(-1);
    if (!isSame && last?.kind === "calls") last.calls.push(call);
    else if (!isSame) intents.push({ kind: "calls", calls: [call] });
    else {
      intents.push(found.intent);
      if (found.evidence !== undefined) code.set(found.evidence.address, found.evidence);
    }
  }
  return { intents, code: [...code.values()] };
}

interface FoundIntent {
  intent: Intent;
  evidence?: CodeEvidence;
}

let selectors: ReadonlySet<string> | undefined;

/** Of every setter in the catalogue: whether the deployment has it costs a few hundred questions. */
function setterSelectors(): ReadonlySet<string> {
  return (selectors ??= new Set(PARAMETERS.flatMap(({ setter }) => (setter === null ? [] : [FunctionFragment.from(setter).selector]))));
}

/** A parameter of the catalogue that this deployment has, set by its own setter: what `params set` proposes. */
function readSetter(live: readonly LiveParameter[], { to, data, valueWei }: Call): FoundIntent | undefined {
  if (valueWei > 0n) return undefined;
  for (const { parameter, target } of live) {
    if (target !== to || parameter.setter === null) continue;
    const fragment = FunctionFragment.from(parameter.setter);
    if (fragment.selector !== data.slice(0, 10) || fragment.inputs.length !== parameter.keys.length + 1) continue;
    const args = decodeArguments(fragment, data);
    const value = args?.at(-1);
    if (args === undefined || (typeof value !== "bigint" && typeof value !== "string")) continue;
    return { intent: intentOf({ parameter, target, keys: args.slice(0, -1).map((key) => String(key).toLowerCase()), value: undefined }, value) };
  }
  return undefined;
}

function decodeArguments(fragment: FunctionFragment, data: Hex): unknown[] | undefined {
  try {
    return new Interface([fragment]).decodeFunctionData(fragment, data).toArray();
  } catch {
    return undefined;
  }
}

async function readIntent(project: Project, call: Call, sources: ReadonlyMap<Address, string>): Promise<FoundIntent | undefined> {
  const { controller, rpc } = project;
  if (controller === undefined || call.valueWei > 0n) return undefined;
  const parsed = known.parseTransaction({ data: call.data });
  if (parsed === null) return undefined;
  const [first, second, third] = parsed.args.toArray() as Hex[];
  if (parsed.name === "migrateToNewMinter") {
    const [minter, token] = await Promise.all([readRegistered(rpc, controller, "Minter"), readRegistered(rpc, controller, "LivepeerToken")]);
    if (minter !== call.to || token === undefined || first === undefined) return undefined;
    return { intent: { kind: "migrate-minter", minter, newMinter: first, token } };
  }
  if (call.to !== controller) return undefined;
  if (parsed.name === "pause" || parsed.name === "unpause") return { intent: { kind: parsed.name, controller } };
  const name = nameOfContractId(first ?? "");
  if (name === undefined || second === undefined || third === undefined) return undefined;
  return readEntry(project, controller, { name, address: second, gitCommitHash: third, source: sources.get(second) });
}

interface Entry {
  name: string;
  address: Address;
  gitCommitHash: Hex;
  source: string | undefined;
}

/** Code behind a proxy that has code already is an upgrade; everything else is an entry. */
async function readEntry(project: Project, controller: Address, { name, address, gitCommitHash, source }: Entry): Promise<FoundIntent> {
  const { rpc } = project;
  const codeHash = address === ZERO_ADDRESS ? HASH_OF_NO_CODE : (keccak256(await rpc.code(address)) as Hex);
  const proxy = proxyNameOfTarget(name);
  const isUpgrade = proxy !== undefined && address !== ZERO_ADDRESS && (await readRegistered(rpc, controller, name)) !== undefined;
  if (!isUpgrade) {
    const intent: Intent = { kind: "register", contract: name, controller, address, codeHash, gitCommitHash };
    if (source === undefined) return { intent };
    const { compileReference } = await import("../../inspection/sources.ts");
    const { artifact } = await compileReference(project, source);
    return { intent, evidence: { address, source, compiler: artifact.compiler, inputHash: artifact.inputHash, codeHash } };
  }
  const upgrade = { kind: "upgrade" as const, contract: proxy, implementation: address, implementationCodeHash: codeHash, gitCommitHash, initializer: "0x" as const };
  if (source === undefined) {
    const { findContract } = await import("../../inspection/contract.ts");
    return { intent: { ...upgrade, proxy: requireProxy(await findContract(project, proxy)) } };
  }
  const [{ compareUpgrade }, { readCodeEvidence }] = await Promise.all([import("../../lifecycle/compare-upgrade.ts"), import("../../lifecycle/deploy-implementation.ts")]);
  const comparison = await compareUpgrade(project, { contract: proxy, to: source });
  return { intent: { ...upgrade, proxy: requireProxy(comparison.contract) }, evidence: await readCodeEvidence(project, comparison, address) };
}
