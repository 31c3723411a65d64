import { FunctionFragment, Interface, type JsonFragment, type ParamType } from "ethers";
import type { Rpc } from "../../chain/rpc.ts";
import type { InitializerTrial } from "../../checks/check.ts";
import { LpctlError } from "../../errors.ts";
import type { Project } from "../../inspection/project.ts";
import { compileReference } from "../../inspection/sources.ts";
import type { Proposal } from "../../proposal/proposal.ts";
import { proxyNameOfTarget } from "../../protocol/contract-id.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import type { Fork } from "../../simulation/fork.ts";
import { traceTransaction } from "../../simulation/trace.ts";
import type { CompiledUnit } from "../../solidity/compiled-unit.ts";

/** Nobody's address: it holds no code, no role and no tokens on any chain. */
const STRANGER: Address = "0x5717000000000000000000000000000000000bad";

/** One initialising function to be tried at one address. */
export interface InitializerTarget {
  contract: string;
  at: Address;
  where: InitializerTrial["where"];
  fragment: FunctionFragment;
}

/** Initialising functions that the code of a proposal has, behind its proxies and in the bare logic. */
export async function findInitializers(project: Project, proposal: Proposal): Promise<InitializerTarget[]> {
  const found = await Promise.all(
    proposal.intents.map(async (intent): Promise<InitializerTarget[]> => {
      if (intent.kind !== "upgrade" && intent.kind !== "register") return [];
      const code = intent.kind === "upgrade" ? intent.implementation : intent.address;
      const { source, replaces } = proposal.code.find(({ address }) => address === code) ?? {};
      if (source === undefined) return [];
      const [unit, old] = await Promise.all([compileReference(project, source), replaces === undefined ? undefined : compileReference(project, replaces)]);
      const fragments = initializersOf(unit, old);
      const places: Pick<InitializerTarget, "at" | "where">[] =
        intent.kind === "upgrade"
          ? [{ at: intent.proxy.address, where: "proxy" }, { at: code, where: "logic" }]
          : [{ at: code, where: proxyNameOfTarget(intent.contract) === undefined ? "contract" : "logic" }];
      return places.flatMap((place) => fragments.map((fragment) => ({ contract: intent.contract, ...place, fragment })));
    }),
  );
  return found.flat();
}

/** Which of the functions a stranger gets through with as the chain stands. Most of them with none. */
export async function readOpen(rpc: Rpc, targets: readonly InitializerTarget[]): Promise<Set<InitializerTarget>> {
  const answers = await Promise.all(targets.map(async ({ at, fragment }) => Promise.all(attemptsFor(fragment, at).map((data) => passes(rpc, at, data)))));
  return new Set(targets.filter((_, index) => answers[index]?.some(Boolean)));
}

/**
 * Calls each function as a stranger, on a fork after the last step, with several sets of arguments, and takes everything
 * back. Those are open that go through and change something.
 * @param passing what `readOpen` gave for the fork
 * @param openNow what it gave before the first step
 */
export async function tryInitializers(fork: Fork, passing: Iterable<InitializerTarget>, openNow: ReadonlySet<InitializerTarget>): Promise<InitializerTrial[]> {
  const open: InitializerTrial[] = [];
  for (const target of passing) {
    const { contract, at, where, fragment } = target;
    for (const data of attemptsFor(fragment, at)) {
      if (!(await passes(fork.rpc, at, data)) || !(await fork.tryOut(() => changesState(fork, at, data)))) continue;
      open.push({ contract, at, where, signature: fragment.format("sighash"), selector: fragment.selector as Hex, wasOpen: openNow.has(target) });
      break;
    }
  }
  return open;
}

async function changesState(fork: Fork, to: Address, data: Hex): Promise<boolean> {
  const receipt = await fork.send({ from: STRANGER, to, valueWei: 0n, data });
  if (receipt.status === "reverted") return false;
  const { diffs } = await traceTransaction(fork.rpc, receipt.transactionHash);
  return diffs.some(({ storage, code }) => storage.length > 0 || code !== undefined);
}

async function passes(rpc: Rpc, to: Address, data: Hex): Promise<boolean> {
  try {
    await rpc.call({ from: STRANGER, to, data });
    return true;
  } catch (error) {
    if (error instanceof LpctlError && (error.code === "LPCTL_CHAIN_CALL_REVERTED" || error.code === "LPCTL_RPC_ERROR")) return false;
    throw error;
  }
}

/**
 * By modifier or name, as the source shows; and whatever else is called so and is new. What the old code had and called so
 * without being one, like `initializeRound`, is for everybody.
 */
function initializersOf({ artifact, facts }: CompiledUnit, old: CompiledUnit | undefined): FunctionFragment[] {
  const wanted = new Set(facts.initializers.map(({ selector }) => `0x${selector}`));
  const known = new Set(old === undefined ? [] : functionsOf(old).map(({ selector }) => selector));
  return functionsOf({ artifact }).filter(({ selector, name, constant }) => wanted.has(selector) || (old !== undefined && !constant && /^(re)?initiali[sz]e/i.test(name) && !known.has(selector)));
}

function functionsOf({ artifact }: Pick<CompiledUnit, "artifact">): FunctionFragment[] {
  return artifact.abi.filter(({ type }) => type === "function").map((entry) => FunctionFragment.from(entry as JsonFragment));
}

/** Arguments that code is likely to accept: the caller and one; an address that holds code; nothing at all. */
function attemptsFor(fragment: FunctionFragment, at: Address): Hex[] {
  const abi = new Interface([fragment]);
  const sets: { account: Address; number: bigint }[] = [
    { account: STRANGER, number: 1n },
    { account: at, number: 1n },
    { account: ZERO_ADDRESS, number: 0n },
  ];
  const encoded = sets.map(({ account, number }) => abi.encodeFunctionData(fragment, fragment.inputs.map((input) => argumentFor(input, account, number))) as Hex);
  return [...new Set(encoded)];
}

function argumentFor(type: ParamType, account: Address, number: bigint): unknown {
  if (type.baseType === "array") {
    const length = type.arrayLength === null || type.arrayLength < 0 ? 0 : type.arrayLength;
    return type.arrayChildren === null ? [] : Array.from({ length }, () => argumentFor(type.arrayChildren as ParamType, account, number));
  }
  if (type.baseType === "tuple") return (type.components ?? []).map((component) => argumentFor(component, account, number));
  if (type.baseType === "address") return account;
  if (type.baseType === "bool") return number !== 0n;
  if (type.baseType === "string") return number === 0n ? "" : "stranger";
  const fixed = /^bytes(\d*)$/.exec(type.baseType);
  if (fixed === null) return number;
  const bytes = Number(fixed[1] ?? 0);
  return bytes === 0 ? "0x" : `0x${number.toString(16).padStart(2 * bytes, "0")}`;
}
