import { tryReadFunction } from "../chain/read-function.ts";
import { branchesOf, type AuthorityNode } from "../authority/node.ts";
import { contractId, nameOfContractId } from "../protocol/contract-id.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import type { Layout } from "../protocol/layout.ts";
import { unitOfVariable } from "../protocol/storage-units.ts";
import { BEACON_STORAGE_LAYOUT, GOVERNOR_STORAGE_LAYOUT, SAFE_STORAGE_LAYOUT, TIMELOCK_STORAGE_LAYOUT } from "../protocol/storage-slots.ts";
import type { AddressBook } from "../simulation/contract-book.ts";
import type { CompiledUnit } from "../solidity/compiled-unit.ts";
import type { RuleSetId } from "../voting/vote.ts";
import { entryOfUnit, type BookEntry } from "./book-entry.ts";
import { matchKnownCode } from "./known-code.ts";
import { learnTouched } from "./learn-touched.ts";
import type { Project } from "./project.ts";
import { readProjectRegistry } from "./read-registry.ts";

export interface BookRequest {
  /** Sources whose code may stand on chain. */
  units: readonly CompiledUnit[];
  /** On the route, and among the targets of the calls. */
  authorities: readonly AuthorityNode[];
  /** Proxies whose storage is read with another layout than that of the code which runs now: the upgraded ones. */
  upgraded?: ReadonlyMap<Address, { name: string; unit: CompiledUnit }> | undefined;
  /** Beacons whose code changes. */
  beacons?: readonly Address[] | undefined;
  /** Contract names that no list holds, e.g. of a protocol with other contracts. */
  names?: readonly string[] | undefined;
}

/**
 * Names, layouts and ABIs of everything a proposal is likely to touch, found by comparing code with known sources.
 * What it did not foresee it learns of while the transactions run.
 */
export async function readBook(project: Project, request: BookRequest): Promise<AddressBook> {
  const registry = await readProjectRegistry(project, request.names);
  const entries = new Map<Address, BookEntry>();
  const recognise = async (address: Address, name: string, codeAt: Address): Promise<void> => {
    const unit = request.upgraded?.get(address)?.unit ?? matchKnownCode(await project.rpc.code(codeAt), request.units)?.unit;
    const scale = unit === undefined || name !== "Minter" ? undefined : (await tryReadFunction(project.rpc, codeAt, "function PERC_DIVISOR() view returns (uint256)"))?.[0];
    entries.set(address, unit === undefined ? { name } : { ...entryOfUnit(name, unit), contract: name, percentScale: scale as bigint | undefined });
  };
  await Promise.all([
    ...(project.controller === undefined ? [] : [recognise(project.controller, "Controller", project.controller)]),
    ...registry.map((entry) =>
      recognise(entry.address, entry.name ?? entry.id, entry.proxy?.implementation ?? entry.address),
    ),
    ...[...(request.upgraded ?? [])].map(([address, { name }]) => recognise(address, name, address)),
  ]);
  for (const beacon of request.beacons ?? []) {
    entries.set(beacon, known("Beacon", (await keepsBeaconLayout(project, beacon)) ? BEACON_STORAGE_LAYOUT : undefined));
  }
  for (const [address, entry] of request.authorities.flatMap(authorityEntries)) {
    const found = entries.get(address);
    // What stands on chain is known better from its own source than from what its kind usually looks like.
    const name = found?.name ?? entry.name;
    entries.set(address, found?.layout === undefined ? { ...found, ...entry, name } : { ...found, name });
  }
  const keyNames = new Map<Hex, string>();
  for (const entry of registry) {
    if (entry.name !== undefined) keyNames.set(entry.id, entry.name);
    const targetName = entry.proxy === undefined ? undefined : nameOfContractId(entry.proxy.targetId, request.names);
    if (entry.proxy !== undefined && targetName !== undefined) keyNames.set(entry.proxy.targetId, targetName);
  }
  for (const name of request.names ?? []) keyNames.set(contractId(name), name);
  return {
    nameOf: (address) => entries.get(address)?.name,
    layoutOf: (address) => entries.get(address)?.layout,
    layoutSourceOf: (address) => entries.get(address)?.layoutSource,
    unitOf: (address, path) => {
      const { contract, percentScale } = entries.get(address) ?? {};
      return contract === undefined ? undefined : unitOfVariable(contract, path, percentScale);
    },
    interfaceOf: (address) => entries.get(address)?.abi?.(),
    keyNames,
    learn: (rpc, calls, touched) => learnTouched({ rpc, calls, touched, entries, units: request.units }),
  };
}

function known(name: string, layout: Layout | undefined): BookEntry {
  return layout === undefined ? { name } : { name, contract: name, layout, layoutSource: "known" };
}

/** A beacon is anything that answers `implementation()`; its storage must say the same where the layout has it. */
async function keepsBeaconLayout({ rpc }: Project, beacon: Address): Promise<boolean> {
  const [implementation, word] = await Promise.all([
    tryReadFunction(rpc, beacon, "function implementation() view returns (address)"),
    rpc.storage(beacon, 1n),
  ]);
  return implementation !== undefined && BigInt(implementation[0] as Address) === BigInt(word);
}

const VOTE_GOVERNORS: Partial<Record<RuleSetId, string>> = { "livepeer-governor": "LivepeerGovernor", "stake-governor": "StakeGovernor" };

function authorityEntries(node: AuthorityNode): [Address, BookEntry][] {
  switch (node.kind) {
    case "safe":
      return [
        [node.address, known("Safe", SAFE_STORAGE_LAYOUT)],
        ...node.owners.flatMap((owner, index): [Address, BookEntry][] =>
          owner.kind === "eoa" ? [[owner.address, { name: `Safe owner ${index + 1}` }]] : authorityEntries(owner),
        ),
      ];
    case "governor":
      return [[node.address, known("Governor", GOVERNOR_STORAGE_LAYOUT)], ...authorityEntries(node.owner)];
    case "timelock":
      return [[node.address, known("Timelock", TIMELOCK_STORAGE_LAYOUT)], ...node.proposers.flatMap(authorityEntries)];
    case "vote-governor":
      return [[node.address, { name: VOTE_GOVERNORS[node.rules] ?? "Governor by votes" }]];
    case "divided":
      return [[node.address, { name: "DividedOwner" }], ...branchesOf(node).flatMap(authorityEntries)];
    case "guardian":
    case "eoa":
    case "unknown":
      return [];
  }
}
