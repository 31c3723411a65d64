import { keccak256 } from "ethers/crypto";
import type { RegistryEntry } from "../../chain/registry.ts";
import type { Rpc } from "../../chain/rpc.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../../protocol/hex.ts";
import type { Layout, LayoutType } from "../../protocol/layout.ts";
import { withOpenZeppelin } from "../../protocol/openzeppelin-namespaces.ts";
import { ERC1967_SLOTS, SAFE_STORAGE_LAYOUT } from "../../protocol/storage-slots.ts";
import { matchKnownCode } from "../../inspection/known-code.ts";
import { referenceOf } from "../../inspection/sources.ts";
import { officialContractOfCode, proxyVersionOfCode } from "../../safe/safe-contracts.ts";
import type { CompiledUnit } from "../../solidity/compiled-unit.ts";
import { layoutOfUnit } from "../../solidity/layout-of-unit.ts";
import { addressOfWord } from "./addresses-in.ts";

/** What a contract is, by its code. */
export interface Recognised {
  /** What it is called where the registry has no name for it. */
  role: string | undefined;
  layoutOf: string | undefined;
  layout: Layout;
  /** Contracts that its code is lent from. */
  related: readonly Address[];
}

const NOTHING: Layout = { storage: [], types: {} };

/** The polls of today keep nothing; those published in 2019 have their last block in storage. */
const POLL_LAYOUT: Layout = {
  storage: [{ label: "endBlock", slot: "0", offset: 0, type: "t_uint256" }],
  types: { t_uint256: { encoding: "inplace", label: "uint256", numberOfBytes: "32" } },
};

export class Recogniser {
  readonly #rpc: Rpc;
  readonly #units: readonly CompiledUnit[];
  readonly #registry: readonly RegistryEntry[];
  readonly #byCode = new Map<Hex, CompiledUnit | undefined>();

  constructor(rpc: Rpc, units: readonly CompiledUnit[], registry: readonly RegistryEntry[]) {
    this.#rpc = rpc;
    this.#units = units;
    this.#registry = registry;
  }

  /** @param maker the role of the contract that made it */
  async recognise(address: Address, code: Hex, entry: RegistryEntry | undefined, maker: string | undefined): Promise<Recognised> {
    const target = entry?.proxy?.implementation ?? (await this.#targetOf(address, code));
    if (target !== undefined && target !== ZERO_ADDRESS) {
      const behind = await this.#rpc.code(target);
      const singleton = officialContractOfCode(keccak256(behind) as Hex, ["Safe", "SafeL2"]);
      if (singleton !== undefined) return { role: "Safe", layoutOf: undefined, layout: SAFE_STORAGE_LAYOUT, related: [] };
      const known = this.#ofUnit(this.#unitOf(behind));
      return { ...known, layout: known.layoutOf === undefined && entry !== undefined ? await recovered(behind) : known.layout, related: [target] };
    }
    const unit = this.#unitOf(code);
    if (unit === undefined && maker === "PollCreator") return { role: "Poll", layoutOf: undefined, layout: POLL_LAYOUT, related: [] };
    const known = this.#ofUnit(unit);
    return { ...known, layout: unit === undefined && entry !== undefined ? await recovered(code) : known.layout, related: [] };
  }

  /** Whose code runs at a proxy: of a Safe, by a registry that is not this Controller's, or as ERC-1967 has it. */
  async #targetOf(address: Address, code: Hex): Promise<Address | undefined> {
    if (proxyVersionOfCode(keccak256(code) as Hex) !== undefined) return addressOfWord(await this.#rpc.storage(address, 0n));
    const unit = this.#unitOf(code);
    if (unit?.artifact.name === "ManagerProxy") {
      const targetId = await this.#rpc.storage(address, 1n);
      return this.#registry.find(({ id }) => id === targetId)?.address;
    }
    if (unit !== undefined) return undefined;
    const implementation = await this.#rpc.storage(address, ERC1967_SLOTS.implementation);
    return BigInt(implementation) === 0n ? undefined : addressOfWord(implementation);
  }

  #ofUnit(unit: CompiledUnit | undefined): Omit<Recognised, "related"> {
    if (unit === undefined) return { role: undefined, layoutOf: undefined, layout: NOTHING };
    return { role: unit.artifact.name, layoutOf: referenceOf(unit), layout: layoutOfUnit(unit) };
  }

  #unitOf(code: Hex): CompiledUnit | undefined {
    const hash = keccak256(code) as Hex;
    if (!this.#byCode.has(hash)) this.#byCode.set(hash, matchKnownCode(code, this.#units)?.unit);
    return this.#byCode.get(hash);
  }
}

/** As far as an entry of a mapping is looked at where no source says how long it is. */
const LONGEST_ENTRY_SLOTS = 12;

/**
 * What code without source says of its storage: positions and shapes, without names. Mappings within mappings are not in it, and it
 * may leave out more, which the root of the storage then tells.
 */
async function recovered(code: Hex): Promise<Layout> {
  const { recoverLayout } = await import("../../solidity/recover-layout.ts");
  const found = await recoverLayout(code);
  if (found === undefined) return NOTHING;
  const types = Object.fromEntries(
    Object.entries(found.layout.types).map(([id, type]): [string, LayoutType] => {
      const members = type.members?.slice(0, LONGEST_ENTRY_SLOTS);
      return [id, members === undefined ? type : { ...type, members, numberOfBytes: String(32 * members.length) }];
    }),
  );
  return withOpenZeppelin({ storage: found.layout.storage, types });
}
