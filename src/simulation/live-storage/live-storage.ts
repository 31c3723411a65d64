/** Whether the storage that is on chain now is what new logic will take it for. */
import type { Rpc } from "../../chain/rpc.ts";
import type { Finding } from "../../finding.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import type { Layout } from "../../protocol/layout.ts";
import { printable } from "../../protocol/printable.ts";
import { fitsKey, formatKey, type Names } from "../format-word.ts";
import { hashToSlot, slotHex } from "../slot-hash.ts";
import { askOfUpgrade, type MappingQuestions, type Question } from "./questions.ts";

export interface LiveStorageRequest {
  rpc: Rpc;
  /** Whose storage it is. */
  proxy: Address;
  contract: string;
  before: Layout;
  after: Layout;
  /** Words that may be keys of its mappings: from its events and from what the simulation saw. */
  keys: () => Promise<Iterable<Hex>>;
  names: Names;
  /** Latest by default. */
  block?: bigint | undefined;
}

export interface LiveStorage {
  /** Words of storage that were read. */
  words: number;
  findings: Finding[];
  /** Words in place, by slot: what findings on the layout alone are held against (`judgeLayoutFindings`). */
  word(slot: bigint): Promise<Hex>;
}

/** Entries of mappings are looked at until this many words are read. */
const MOST_WORDS = 2_000;
/** Longer than this no array is filled by transactions that somebody pays for. */
const SANE_LENGTH = 1n << 32n;
const WORD = 32n;

interface PlacedQuestion extends Question {
  slot: bigint;
}

/**
 * Reads every place that the new logic uses and the old one did not (appended variables, reused gaps and packing holes,
 * members that structs in mappings got), the enums, bools and lengths that it takes over, and says whether the chain agrees.
 */
export async function readLiveStorage(request: LiveStorageRequest): Promise<LiveStorage> {
  const { rpc, proxy, block } = request;
  const words = new Map<bigint, Promise<Hex>>();
  const word = (slot: bigint): Promise<Hex> => {
    const asked = words.get(slot) ?? rpc.storage(proxy, slot, block);
    words.set(slot, asked);
    return asked;
  };
  const { inPlace, mappings, unasked } = askOfUpgrade(request.before, request.after);
  const placed: PlacedQuestion[] = inPlace.map((question) => ({ ...question, slot: question.start / WORD }));
  const room = MOST_WORDS - new Set(placed.map(({ slot }) => slot)).size;
  const entries = mappings.length === 0 ? { questions: [], notes: [] } : enterMappings(mappings, [...new Set(await request.keys())], request, room);
  const asked = [...placed, ...entries.questions];
  const answers = await Promise.all(asked.map(({ slot }) => word(slot)));
  const findings = asked.flatMap((question, index) => judge(question, answers[index] ?? "0x", request));
  const zeros = asked.filter(({ expect }) => expect.kind === "zero").length;
  const notes = [...entries.notes, ...unasked.map((what) => `${what} were not looked at`)];
  if (asked.length > 0 || notes.length > 0) {
    findings.push({
      severity: "info",
      code: "live-storage-read",
      title: `The storage of ${request.contract} on chain was read where the new logic depends on it${findings.length === 0 ? ": all is as it must be" : ""}`,
      detail: [
        `${words.size} words of ${proxy}${block === undefined ? "" : ` at block ${block}`}: ${zeros} places that must be empty, ${asked.length - zeros} values that must be in range`,
        ...notes,
      ].join("; "),
    });
  }
  return { words: words.size, findings, word };
}

/** The questions about each entry whose key is known, as far as the budget goes. */
function enterMappings(mappings: readonly MappingQuestions[], keys: readonly Hex[], { after, names }: LiveStorageRequest, room: number): { questions: PlacedQuestion[]; notes: string[] } {
  const questions: PlacedQuestion[] = [];
  const notes: string[] = [];
  let level = mappings.map((mapping) => ({ mapping, slot: mapping.slot, path: mapping.path }));
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { mapping, slot, path } of level) {
      const keyType = after.types[mapping.keyTypeId];
      const fitting = keys.filter((key) => fitsKey(mapping.keyTypeId, keyType, key.slice(2)));
      const perEntry = Math.max(1, mapping.questions.length);
      const reached = fitting.slice(0, Math.max(0, Math.floor((room - questions.length) / perEntry)));
      for (const key of reached) {
        const entry = hashToSlot(key.slice(2) + slotHex(slot));
        const name = `${path}[${formatKey(mapping.keyTypeId, keyType, key.slice(2), names)}]`;
        for (const question of mapping.questions) questions.push({ ...question, path: name + question.path, slot: entry + question.start / WORD });
        next.push(...mapping.mappings.map((inner) => ({ mapping: inner, slot: entry + inner.slot, path: name + inner.path })));
      }
      if (mapping.questions.length > 0 && level.length <= mappings.length) {
        notes.push(`of ${path} the entries under ${reached.length} known keys were looked at; whether there are others cannot be told from storage`);
      }
    }
    level = questions.length >= room ? [] : next;
  }
  return { questions, notes };
}

function judge({ path, slot, start, size, type, expect }: PlacedQuestion, word: Hex, { contract }: LiveStorageRequest): Finding[] {
  const offset = Number(start % WORD);
  const hex = word.slice(66 - (offset + Number(size)) * 2, 66 - offset * 2);
  const value = hex === "" ? 0n : BigInt(`0x${hex}`);
  const where = `slot ${slot < 1n << 64n ? slot : `0x${slotHex(slot)}`}${size === WORD ? "" : `, ${size} bytes from byte ${offset}`}`;
  const name = `\`${printable(path)}\``;
  switch (expect.kind) {
    case "zero":
      if (value === 0n) return [];
      return [
        expect.isUsed
          ? {
              severity: "refuse",
              code: "live-bytes-dirty",
              title: `${name} is new in ${contract} and would not start as zero: something lies there on chain.`,
              detail: `${type} in ${where} would read ${describe(value, hex, type)}. No variable of the old logic is there: it was written past the layout, or by older logic.`,
            }
          : {
              severity: "warning",
              code: "live-gap-dirty",
              title: `Reserved storage of ${contract} is not empty: ${name}.`,
              detail: `${where} holds 0x${hex}. A variable that takes this place in a later version would read it.`,
            },
      ];
    case "below":
      if (value < expect.limit) return [];
      return [
        {
          severity: "refuse",
          code: "live-value-out-of-range",
          title: `${name} of ${contract} holds a value on chain that ${type} does not have.`,
          detail: `${where} holds ${value}; ${type} has the values 0 to ${expect.limit - 1n}. Reading it would revert.`,
        },
      ];
    case "length":
      if (value < SANE_LENGTH) return [];
      return [insane(contract, name, `${where} says ${value} elements`)];
    case "byte-string": {
      const isLong = (value & 1n) === 1n;
      const length = isLong ? value >> 1n : (value & 0xffn) >> 1n;
      const isFine = isLong ? length >= 32n && length < SANE_LENGTH : length < 32n;
      return isFine ? [] : [insane(contract, name, `${where} holds 0x${hex}, which is no ${type}`)];
    }
  }
}

function insane(contract: string, name: string, detail: string): Finding {
  return { severity: "refuse", code: "live-length-insane", title: `The length of ${name} of ${contract} cannot be right.`, detail: `${detail}.` };
}

function describe(value: bigint, hex: string, type: string): string {
  return /^u?int/.test(type) ? `${value} (0x${hex})` : `0x${hex}`;
}
