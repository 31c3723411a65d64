import { claimFormat, type ClaimDomain } from "../../migration/merkle/claim.ts";
import { buildLeafTree, type LeafTree } from "../../migration/merkle/leaf-tree.ts";
import { formatStandardFile } from "../../migration/merkle/standard-file.ts";
import type { StandardRow } from "../../migration/merkle/standard.ts";
import type { Address, Hex } from "../../protocol/hex.ts";

/** What an account brings: stake and tokens in units of 1e-18 LPT, fees in wei. */
export interface ClaimRow {
  account: Address;
  delegate: Address;
  stakeWei: bigint;
  tokensWei: bigint;
  feesWei: bigint;
}

/** A row as `SnapshotClaims.claim` takes it, and what shows that it is in the tree. */
export interface Claim {
  entry: readonly [index: number, account: Address, delegate: Address, stakeWei: bigint, tokensWei: bigint, feesWei: bigint];
  proof: readonly Hex[];
}

/** As `SnapshotClaims` hashes them after chain, contract, snapshot and place: account, delegate, stake, tokens, fees. */
const PAYLOAD = ["address", "uint256", "uint256", "uint256"];
/** Columns of the file. */
export const CLAIM_TYPES: readonly string[] = ["uint256", "address", "bytes32", "uint256", "address", ...PAYLOAD];

/** The tree of what accounts can claim from one contract. */
export class ClaimTree {
  readonly root: Hex;
  /** Stake and tokens of all rows: what the contract must have before it opens. */
  readonly tokensWei: bigint;
  readonly feesWei: bigint;
  readonly rowCount: number;
  readonly #format: ReturnType<typeof claimFormat>;
  readonly #rows: readonly ClaimRow[];
  readonly #tree: LeafTree<StandardRow>;

  private constructor(format: ReturnType<typeof claimFormat>, rows: readonly ClaimRow[], tree: LeafTree<StandardRow>) {
    this.root = tree.root;
    this.tokensWei = rows.reduce((sum, { stakeWei, tokensWei }) => sum + stakeWei + tokensWei, 0n);
    this.feesWei = rows.reduce((sum, { feesWei }) => sum + feesWei, 0n);
    this.rowCount = rows.length;
    this.#format = format;
    this.#rows = rows;
    this.#tree = tree;
  }

  /** @throws LPCTL_MERKLE_EMPTY, LPCTL_MERKLE_ROW_INVALID */
  static async build(domain: ClaimDomain, rows: readonly ClaimRow[]): Promise<ClaimTree> {
    const format = claimFormat(domain, PAYLOAD);
    return new ClaimTree(format, rows, await buildLeafTree(format, rows.map(leafRow)));
  }

  /** Of all rows, in their order. */
  get accounts(): Address[] {
    return this.#rows.map(({ account }) => account);
  }

  /** What an account can claim; empty for one that has nothing here. */
  claimsOf(account: Address): Claim[] {
    return this.#tree.rowsOf(account).flatMap((index) => {
      const row = this.#rows[index];
      return row === undefined ? [] : [{ entry: [index, row.account, row.delegate, row.stakeWei, row.tokensWei, row.feesWei] as const, proof: this.proofAt(index) }];
    });
  }

  /** @param index place of the row in its list @throws RangeError for a row that there is not */
  proofAt(index: number): Hex[] {
    return this.#tree.proofAt(index);
  }

  /** The file that people publish and review (`standard-v1` of OpenZeppelin), in pieces of text. */
  *file(): Generator<string> {
    yield* formatStandardFile(this.#format, this.#tree, this.#leaves());
  }

  *#leaves(): Generator<StandardRow> {
    for (const [index, row] of this.#rows.entries()) yield this.#format.leafOf(leafRow(row), index);
  }
}

function leafRow({ account, delegate, stakeWei, tokensWei, feesWei }: ClaimRow): StandardRow {
  return [account, delegate, stakeWei, tokensWei, feesWei];
}
