/** Storage as solc lays it out, written by the definition, one word at a time: what lists of slots are compared with. */
import { keccak256, toBeHex, zeroPadValue } from "ethers";
import type { Hex } from "../../../src/protocol/hex.ts";
import type { Layout, LayoutItem, LayoutType } from "../../../src/protocol/layout.ts";
import { slotWordsOf } from "../../../src/snapshot/trie/storage-root.ts";
import type { SlotWords } from "../../../src/snapshot/trie/storage-root.ts";
import type { WordSource } from "../../../src/snapshot/state.ts";

const value = (label: string, bytes: number): LayoutType => ({ encoding: "inplace", label, numberOfBytes: String(bytes) });
const mapping = (key: string, of: string): LayoutType => ({ encoding: "mapping", label: `mapping(${key} => ${of})`, numberOfBytes: "32", key, value: of });
const array = (of: string): LayoutType => ({ encoding: "dynamic_array", label: `${of}[]`, numberOfBytes: "32", base: of });
const struct = (name: string, slots: number, members: [label: string, slot: number, type: string, offset?: number][]): LayoutType => ({
  encoding: "inplace",
  label: `struct ${name}`,
  numberOfBytes: String(32 * slots),
  members: members.map(([label, slot, type, offset = 0]): LayoutItem => ({ label, slot: String(slot), offset, type })),
});

/** One of each kind of thing, in the names that the protocol uses where a rule goes by them. */
export const MODEL: Layout = {
  storage: (
    [
      ["owner", 0, "t_address", 0],
      ["paused", 0, "t_bool", 20],
      ["delegators", 1, "m_delegators"],
      ["allowances", 2, "m_allowances"],
      ["small", 3, "a_uint8"],
      ["notes", 4, "m_notes"],
      ["numJobs", 5, "t_uint256"],
      ["jobs", 6, "m_jobs"],
      ["totals", 7, "s_totals"],
      ["queue", 9, "s_queue"],
      ["_blockHashForRound", 11, "m_hashes"],
      ["ids", 12, "m_ids"],
      ["pairs", 13, "a_pair"],
      ["reserves", 14, "m_reserves"],
      ["fixed", 15, "f_uint128"],
    ] as [string, number, string, number?][]
  ).map(([label, slot, type, offset = 0]) => ({ label, slot: String(slot), offset, type })),
  types: {
    t_address: value("address", 20),
    t_bool: value("bool", 1),
    t_uint8: value("uint8", 1),
    t_uint128: value("uint128", 16),
    t_int128: value("int128", 16),
    t_uint256: value("uint256", 32),
    t_bytes32: value("bytes32", 32),
    t_string_storage: { encoding: "bytes", label: "string", numberOfBytes: "32" },
    m_delegators: mapping("t_address", "s_delegator"),
    s_delegator: struct("Delegator", 3, [["bondedAmount", 0, "t_uint256"], ["nextUnbondingLockId", 1, "t_uint256"], ["unbondingLocks", 2, "m_locks"]]),
    m_locks: mapping("t_uint256", "s_lock"),
    s_lock: struct("Lock", 2, [["amount", 0, "t_uint256"], ["withdrawRound", 1, "t_uint256"]]),
    m_allowances: mapping("t_address", "m_allowance"),
    m_allowance: mapping("t_address", "t_uint256"),
    a_uint8: array("t_uint8"),
    m_notes: mapping("t_address", "t_string_storage"),
    m_jobs: mapping("t_uint256", "s_job"),
    s_job: struct("Job", 2, [["id", 0, "t_uint256"], ["claims", 1, "a_claim"]]),
    a_claim: array("s_claim"),
    s_claim: struct("Claim", 3, [["segmentRange", 0, "f_range"], ["segmentVerifications", 2, "m_verified"]]),
    f_range: { encoding: "inplace", label: "uint256[2]", numberOfBytes: "64", base: "t_uint256" },
    m_verified: mapping("t_uint256", "t_bool"),
    s_totals: struct("Totals", 2, [["rounds", 0, "a_uint256"], ["data", 1, "m_stakes"]]),
    a_uint256: array("t_uint256"),
    m_stakes: mapping("t_uint256", "t_uint256"),
    s_queue: struct("Queue", 2, [["_begin", 0, "t_int128"], ["_end", 0, "t_int128", 16], ["_data", 1, "m_queued"]]),
    m_queued: mapping("t_int128", "t_bytes32"),
    m_hashes: mapping("t_uint256", "t_bytes32"),
    m_ids: mapping("t_bytes32", "t_bool"),
    a_pair: array("s_pair"),
    s_pair: struct("Pair", 1, [["who", 0, "t_address"], ["weight", 0, "t_uint8", 20]]),
    m_reserves: mapping("t_address", "s_reserve"),
    s_reserve: struct("Reserve", 3, [["funds", 0, "t_uint256"], ["claimedForRound", 1, "m_stakes"], ["claimedByAddress", 2, "m_claimed"]]),
    m_claimed: mapping("t_uint256", "m_allowance"),
    f_uint128: { encoding: "inplace", label: "uint128[3]", numberOfBytes: "64", base: "t_uint128" },
  },
};

const word = (number: bigint): string => zeroPadValue(toBeHex(BigInt.asUintN(256, number)), 32);
const hash = (...words: string[]): bigint => BigInt(keccak256(`0x${words.map((each) => each.slice(2)).join("")}`));
/** Where the entry of a mapping lies. */
export const entry = (key: bigint | string, slot: bigint): bigint => hash(typeof key === "bigint" ? word(key) : zeroPadValue(key, 32), word(slot));
/** Where the data of an array or long string lies. */
export const data = (slot: bigint): bigint => hash(word(slot));

export class ModelStorage {
  readonly #words = new Map<bigint, bigint>();
  readonly #names = new Map<bigint, string[]>();

  /** Writes `bytes` of a value into a slot, and notes its name. */
  set(slot: bigint, what: bigint, name: string, offset = 0): void {
    const at = BigInt.asUintN(256, slot);
    if (what === 0n) return;
    this.#words.set(at, (this.#words.get(at) ?? 0n) | (what << BigInt(8 * offset)));
    this.#names.set(at, [...(this.#names.get(at) ?? []), name]);
  }

  text(slot: bigint, content: string, name: string): void {
    const bytes = Buffer.from(content);
    if (bytes.length < 32) return this.set(slot, BigInt(`0x${bytes.toString("hex").padEnd(62, "0")}${(2 * bytes.length).toString(16).padStart(2, "0")}`), name);
    this.set(slot, BigInt(2 * bytes.length + 1), name);
    for (let at = 0; at < bytes.length; at += 32) this.set(data(slot) + BigInt(at / 32), BigInt(`0x${bytes.subarray(at, at + 32).toString("hex").padEnd(64, "0")}`), `${name} (bytes ${at} to ${at + 31})`);
  }

  get words(): SlotWords {
    return slotWordsOf([...this.#words].map(([slot, content]): [Hex, Hex] => [word(slot) as Hex, word(content) as Hex]).sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  /** Slot to the names of what lies in it. */
  get names(): Map<Hex, string[]> {
    return new Map([...this.#names].map(([slot, names]): [Hex, string[]] => [word(slot) as Hex, names]));
  }

  /** @param asked counts the words that were read */
  source(asked = { words: 0 }): WordSource {
    return {
      readWords: (_, slots) => {
        asked.words += slots.length / 32;
        const read = Array.from({ length: slots.length / 32 }, (__, index) => word(this.#words.get(BigInt(`0x${Buffer.from(slots.subarray(index * 32, index * 32 + 32)).toString("hex")}`)) ?? 0n).slice(2));
        return Promise.resolve(new Uint8Array(Buffer.from(read.join(""), "hex")));
      },
    };
  }
}
