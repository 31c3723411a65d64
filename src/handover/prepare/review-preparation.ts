import { readFunction, tryReadFunction } from "../../chain/read-function.ts";
import { noFunds } from "../../chain/sender-errors.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { readProjectRegistry } from "../../inspection/read-registry.ts";
import { findByName, type RegistryEntry } from "../../chain/registry.ts";
import { requireController, type Project } from "../../inspection/project.ts";
import { Exit, LpctlError } from "../../errors.ts";
import { isDead } from "../../protocol/dead-address.ts";
import { parseGivenAddress, requireAddressOn } from "../../protocol/given-address.ts";
import { quantitySchema, ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { packageRoot } from "../../package-root.ts";
import { NO_COMMIT, readGitCommit } from "../../solidity/git-commit.ts";
import { startFork, withFork, type Fork } from "../../simulation/fork.ts";
import { hasFailed } from "../../simulation/has-failed.ts";
import type { PrepareSettings } from "../target/target-schema.ts";
import { planPrepared, type PreparationPlan } from "./plan-prepared.ts";
import { loadPrepared, preparedPath, type Prepared } from "./prepared-file.ts";
import type { PreparationKind } from "./preparation.ts";
import { chooseRules, requireSensible, rulesOf, valuesOf, type Rule } from "./rules.ts";
import { setupCalls } from "./setup.ts";
import { verifyPrepared } from "./verify-prepared.ts";

const OWNER = "function owner() view returns (address)";
const ONE_GWEI = 1_000_000_000n;

/** What a deployment would be and cost, as tried on a fork. */
export interface Preparation {
  prepared: Prepared;
  planned: PreparationPlan;
  /** Whether an earlier run began it, and this one goes on. */
  isBegun: boolean;
  /** Of the vote by stake; else empty. */
  rules: Rule[];
  remarks: string[];
  /** By transaction; 0 for those that are mined. */
  gas: bigint[];
}

export interface Cost {
  gas: bigint;
  /** At the fees of this moment. */
  expectedWei: bigint;
  /** What the deployer's account must hold. */
  mostWei: bigint;
}

/**
 * Everything before a key is used: what is missing, with which numbers it would be made, and what it costs. The whole of it, and
 * what the Controller's owner has to do then, runs on a fork first.
 * @param deployer pays, and gets no power over any of it
 * @throws LPCTL_HANDOVER_PREPARED_ALREADY, _PREPARATION_BEGUN, _PREPARATION_FAILS, _PREPARE_INCOMPLETE, what `requireSensible` throws
 */
export async function reviewPreparation(project: Project, kind: PreparationKind, settings: PrepareSettings, deployer: Address): Promise<Preparation> {
  const controller = requireController(project);
  project.progress?.("Reading what is there already");
  const [registry, known, [top], nonce, block, genesis] = await Promise.all([
    readProjectRegistry(project),
    loadPrepared(project, kind),
    readFunction(project.rpc, controller, OWNER),
    project.rpc.nonce(deployer, "pending"),
    project.rpc.block("latest"),
    project.rpc.block(0n),
  ]);
  requireMissing(kind, registry, known, preparedPath(project, kind));
  const used = await project.rpc.nonce(deployer, "latest");
  if (known === undefined && used !== nonce) throw incomplete(`${deployer} has transactions that are not mined yet`, "addresses follow from its nonce", "Wait until they are mined, and run the command again");
  const draft = await draftPrepared(project, kind, settings, { controller, deployer, top: top as Address, nonce, genesisHash: genesis.hash });
  const prepared = known === undefined ? draft : goOn(known, draft, settings, preparedPath(project, kind));
  const planned = await planPrepared(project, prepared);
  const complete = { ...prepared, contracts: Object.fromEntries(planned.contracts.map(({ name, address }) => [name, address])), transactions: null };
  const rules = kind !== "stake" ? [] : known === undefined ? chooseRules(settings.rules ?? {}) : rulesOf(prepared.rules);
  const circumstances = { activeStakeWei: await readActiveStake(project.rpc, registry), nowSeconds: block.timestampSeconds, veto: prepared.veto ?? undefined };
  const remarks = kind === "stake" ? requireSensible(rules, circumstances) : [];
  const gas = await tryOnFork(project, { ...complete }, planned, top as Address, used);
  return { prepared: complete, planned, isBegun: known !== undefined, rules, remarks, gas };
}

/** What is still to be sent costs. @throws LPCTL_SENDER_NO_FUNDS */
export async function priceOf(rpc: Rpc, { prepared: { deployer }, gas }: Preparation): Promise<Cost> {
  const [{ baseFeePerGas = 0n }, priority, balanceWei] = await Promise.all([rpc.block("latest"), rpc.request("eth_maxPriorityFeePerGas", [], quantitySchema).catch(() => ONE_GWEI), rpc.balanceWei(deployer)]);
  const total = gas.reduce((sum, one) => sum + one, 0n);
  // As the sender reserves: a quarter more gas, twice the base fee.
  const mostWei = gas.reduce((sum, one) => sum + one + one / 4n, 0n) * (baseFeePerGas * 2n + priority);
  if (balanceWei < mostWei) throw noFunds(deployer, balanceWei, mostWei);
  return { gas: total, expectedWei: total * (baseFeePerGas + priority), mostWei };
}

function requireMissing(kind: PreparationKind, registry: readonly RegistryEntry[], known: Prepared | undefined, path: string): void {
  const names = { governor: ["Governor"], stake: ["StakeTimelock", "StakeGovernor", "StakeGovernorTarget"], divided: [] }[kind];
  const entry = names.map((name) => findByName(registry, name)).find((found) => found !== undefined && found.address !== ZERO_ADDRESS);
  const done = known === undefined || known.transactions === null ? undefined : Object.entries(known.contracts);
  if (entry === undefined && done === undefined) return;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_PREPARED_ALREADY",
    exit: Exit.refused,
    message: done === undefined ? `${entry?.name ?? ""} is registered already, at ${entry?.address ?? ""}` : `It is deployed already: ${done.map(([name, address]) => `${name} ${address}`).join(", ")}`,
    why: done === undefined ? "a second one would take its place in the registry" : `${printable(path)} tells of it`,
    next: kind === "divided" ? "Name it in the handover file: through: DividedOwner" : `lpctl handover plan ${kind}`,
  });
}

async function draftPrepared(project: Project, kind: PreparationKind, settings: PrepareSettings, at: { controller: Address; deployer: Address; top: Address; nonce: bigint; genesisHash: `0x${string}` }): Promise<Prepared> {
  const { controller, deployer, top, nonce, genesisHash } = at;
  return {
    schema: 1,
    kind,
    network: project.network,
    chainId: project.chainId,
    genesisHash,
    controller,
    deployer,
    firstNonce: nonce,
    gitCommitHash: (await readGitCommit(project.folder))?.hash ?? (await readGitCommit(packageRoot()))?.hash ?? NO_COMMIT,
    owner: kind === "stake" ? null : kind === "divided" ? top : await readOwner(project, settings.owner),
    rules: kind === "stake" ? valuesOf(chooseRules(settings.rules ?? {})) : {},
    veto: kind === "stake" ? await readVeto(project, settings) : null,
    contracts: {},
    transactions: null,
  };
}

/** An account that is to own a Governor, or to have the veto. */
async function resolveNamed(project: Project, reference: string, what: string): Promise<Address> {
  const registered = findByName(await readProjectRegistry(project), reference)?.address;
  const address = registered ?? requireAddressOn(project.chainId, parseGivenAddress(reference, what), what);
  if (address !== ZERO_ADDRESS && !isDead(address)) return address;
  throw incomplete(`${what} cannot be ${address}`, "nobody has a key of that address", "Check the address");
}

async function readOwner(project: Project, reference: string | undefined): Promise<Address> {
  if (reference === undefined) throw incomplete("A Governor belongs to somebody, and nobody is named", "it does whatever its owner stages", "Name its owner: --owner ADDRESS, usually that of a Safe; lpctl safe create makes one");
  return resolveNamed(project, reference, "--owner");
}

async function readVeto(project: Project, { guardian, guardianUntil }: PrepareSettings): Promise<Prepared["veto"]> {
  if (guardian === undefined && guardianUntil === undefined) return null;
  if (guardian === undefined || guardianUntil === undefined) {
    throw incomplete("A veto needs a guardian and an end", guardian === undefined ? "no guardian is named" : "the guardian can veto the vote that would take the veto away", "--guardian ADDRESS --guardian-until 2028-12-31");
  }
  const date = /^\d{4}-\d{2}-\d{2}$/.test(guardianUntil) ? new Date(`${guardianUntil}T00:00:00Z`) : undefined;
  if (date === undefined || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(guardianUntil)) {
    throw incomplete(`"${printable(guardianUntil)}" is no day on which a veto could end`, undefined, "Write year, month and day: 2028-12-31");
  }
  return { guardian: await resolveNamed(project, guardian, "--guardian"), expiresAtSeconds: BigInt(date.getTime() / 1000) };
}

/** An earlier run signed transactions for these very addresses: nothing about it can change any more. */
function goOn(known: Prepared, draft: Prepared, settings: PrepareSettings, path: string): Prepared {
  const rules = Object.keys(settings.rules ?? {}).length > 0 && JSON.stringify(Object.entries(known.rules).map(String)) !== JSON.stringify(Object.entries(draft.rules).map(String));
  const others = [
    ...(known.deployer === draft.deployer ? [] : [`its deployer is ${known.deployer}`]),
    ...(settings.owner === undefined || known.owner === draft.owner ? [] : [`its owner is ${known.owner}`]),
    ...(rules ? ["its numbers are others"] : []),
    ...(draft.veto === null || (draft.veto.guardian === known.veto?.guardian && draft.veto.expiresAtSeconds === known.veto.expiresAtSeconds) ? [] : ["its guardian is another"]),
  ];
  if (others.length === 0) return known;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_PREPARATION_BEGUN",
    exit: Exit.refused,
    message: "This was begun, and as something else",
    why: others.join("; "),
    next: `Finish it as it was begun, without these flags. To begin anew, remove ${printable(path)}: what was deployed until then has no power`,
  });
}

/** @returns gas by transaction, 0 for those that are mined; as the chain's own node estimates where it can */
async function tryOnFork(project: Project, prepared: Prepared, { plan, contracts, ownerCalls }: PreparationPlan, top: Address, used: bigint): Promise<bigint[]> {
  project.progress?.("Trying it on a fork");
  const { from, firstNonce, transactions } = plan;
  const left = transactions.map((transaction, index) => (firstNonce + BigInt(index) < used ? undefined : transaction));
  const [onFork, estimates] = await Promise.all([
    withFork(await startFork(project.rpc.url), async (fork) => {
      const receipts = [];
      for (const transaction of left) receipts.push(transaction === undefined ? 0n : await run(fork, from, transaction));
      await verifyPrepared(fork.rpc, prepared, contracts, { fresh: true });
      for (const call of setupCalls(ownerCalls)) await run(fork, top, { title: "what the owner of the Controller has to do then", ...call });
      return receipts;
    }),
    // A rollup charges for data, too, which only its own node knows.
    Promise.all(left.map(async (transaction) => (transaction?.to === null ? project.rpc.estimateGas({ from, ...transaction }) : 0n))),
  ]);
  return onFork.map((gas, index) => (gas > (estimates[index] ?? 0n) ? gas : (estimates[index] ?? 0n)));
}

async function run(fork: Fork, from: Address, { title, to, data, valueWei }: { title: string; to: Address | null; data: `0x${string}`; valueWei: bigint }): Promise<bigint> {
  const receipt = await fork.send({ from, to, data, valueWei });
  if (!hasFailed(receipt)) return receipt.gasUsed;
  throw new LpctlError({
    code: "LPCTL_HANDOVER_PREPARATION_FAILS",
    exit: Exit.refused,
    message: `It would not work: ${title} reverts on a fork`,
    why: `when ${from} sends it to ${to ?? "a new contract"}`,
    next: "Nothing was sent. Check that BondingVotes and RoundsManager are registered: lpctl authority show Controller",
  });
}

/** All stake that can vote next; undefined where the protocol has no BondingVotes. */
async function readActiveStake(rpc: Rpc, registry: readonly RegistryEntry[]): Promise<bigint | undefined> {
  const votes = findByName(registry, "BondingVotes")?.address;
  return votes === undefined ? undefined : ((await tryReadFunction(rpc, votes, "function totalSupply() view returns (uint256)"))?.[0] as bigint | undefined);
}

function incomplete(message: string, why: string | undefined, next: string): LpctlError {
  return new LpctlError({ code: "LPCTL_HANDOVER_PREPARE_INCOMPLETE", exit: Exit.usage, message, why, next });
}
