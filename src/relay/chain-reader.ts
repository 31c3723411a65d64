import type { BlockHeader, Rpc } from "../chain/rpc.ts";
import { readFunction, tryReadFunction } from "../chain/read-function.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Address, Hex } from "../protocol/hex.ts";
import { readSafe } from "../safe/read-safe.ts";
import type { SafeFacts } from "../safe/read-safe.ts";
import { encodeSignatures } from "../safe/signature.ts";
import type { SafeSignature } from "../safe/signature.ts";
import type { SafeTransactionHashes } from "../safe/transaction.ts";
import { detail, HttpProblem } from "./http/problem.ts";

/** Addresses that stand for no Safe at all. */
const NO_SAFE = new Set(["LPCTL_SAFE_NO_CODE", "LPCTL_SAFE_IS_SINGLETON", "LPCTL_SAFE_UNKNOWN_PROXY", "LPCTL_SAFE_NOT_SET_UP"]);
const MOST_KEPT = 1_000;

const CHECK_ONE = "function checkNSignatures(bytes32 dataHash, bytes data, bytes signatures, uint256 requiredSignatures) view";
const CHECK_ONE_150 = "function checkNSignatures(address executor, bytes32 dataHash, bytes signatures, uint256 requiredSignatures) view";
const APPROVED = "function approvedHashes(address owner, bytes32 hash) view returns (uint256)";
const IS_VALID_SIGNATURE = "function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)";
const EIP1271_MAGIC = "0x1626ba7e";
/** Never an owner: a call from it is no consent. */
const NOBODY: Address = "0x0000000000000000000000000000000000000002";

/**
 * What the relay asks the chain. A Safe is read once for each block that is the latest when somebody asks, so that a change of
 * owners counts from the block that holds it. Every failure of the chain is a 503: the client may try again.
 */
export class ChainReader {
  readonly rpc: Rpc;
  readonly #safes = new Map<Address, { blockHash: Hex; facts: Promise<SafeFacts | undefined> }>();
  #asking: Promise<BlockHeader> | undefined;

  constructor(rpc: Rpc) {
    this.rpc = rpc;
  }

  /** The latest block. Those who ask in the same turn of the event loop share one question; nobody gets an older answer than the moment of asking. */
  head(): Promise<BlockHeader> {
    this.#asking ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#asking = undefined;
      return this.rpc.block("latest");
    });
    return this.#asking.catch((error: unknown) => {
      throw toProblem(error);
    });
  }

  /**
   * The Safe as the latest block has it; undefined when there is none at that address.
   * @throws HttpProblem 422 for a Safe that runs code Safe never released, 503 when the chain does not answer
   */
  async safe(address: Address): Promise<SafeFacts | undefined> {
    const head = await this.head();
    const known = this.#safes.get(address);
    if (known?.blockHash === head.hash) return known.facts;
    const facts = this.#read(address, head.number);
    if (this.#safes.size >= MOST_KEPT) this.#safes.clear();
    this.#safes.set(address, { blockHash: head.hash, facts });
    facts.catch(() => this.#safes.delete(address));
    return facts;
  }

  async #read(address: Address, block: bigint): Promise<SafeFacts | undefined> {
    try {
      return await readSafe(this.rpc, address, block);
    } catch (error) {
      if (!(error instanceof LpctlError) || error.exit === Exit.network) throw toProblem(error);
      if (NO_SAFE.has(error.code)) return undefined;
      throw new HttpProblem(422, { code: 50, message: "Cannot get Safe info", arguments: [address] });
    }
  }

  /**
   * Whether the Safe itself takes this signature of one owner: for contract signatures and approved hashes, which only the chain
   * can judge. That the owner is one is part of it.
   */
  async takesSignature(safe: SafeFacts, hashes: SafeTransactionHashes, signature: SafeSignature): Promise<boolean> {
    const blob = encodeSignatures([signature]);
    const preimage = `0x1901${hashes.domainHash.slice(2)}${hashes.messageHash.slice(2)}`;
    const [declaration, args] = safe.version === "1.5.0" ? [CHECK_ONE_150, [NOBODY, hashes.safeTxHash, blob, 1n]] : [CHECK_ONE, [hashes.safeTxHash, preimage, blob, 1n]];
    return (await this.#ask(() => tryReadFunction(this.rpc, safe.address, declaration, args))) !== undefined;
  }

  /** The owners who have approved a hash on chain before anybody told the relay of it. */
  async approvers(safe: SafeFacts, hash: Hex): Promise<Address[]> {
    const answers = await this.#ask(() => Promise.all(safe.owners.map((owner) => readFunction(this.rpc, safe.address, APPROVED, [owner, hash], safe.blockNumber))));
    return safe.owners.filter((_, index) => BigInt(String(answers[index]?.[0] ?? 0)) !== 0n);
  }

  /** Whether the contract at `signer` calls this a signature of its own (EIP-1271). False for an account without code. */
  async takesAsContract(signer: Address, hash: Hex, signature: Hex): Promise<boolean> {
    const answer = await this.#ask(() => tryReadFunction(this.rpc, signer, IS_VALID_SIGNATURE, [hash, signature]));
    return String(answer?.[0]).startsWith(EIP1271_MAGIC);
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw toProblem(error);
    }
  }
}

/** What the chain's node said is not the client's to read: it may hold an address with a key in it. */
function toProblem(error: unknown): unknown {
  if (error instanceof LpctlError && error.exit === Exit.network) return detail(503, "The chain does not answer. Try again.", { "retry-after": "2" });
  return error;
}
