/** Collects what can be a mapping key from the logs of a protocol. Pure. */
import { keccak256 } from "ethers/crypto";
import { id as keccakOfText } from "ethers/hash";
import type { Log } from "../../chain/rpc.ts";
import type { Address, Hex } from "../../protocol/hex.ts";
import { addressOfWord, kindOfWord } from "./addresses-in.ts";
import type { Preimages } from "../state.ts";

const topicOf = (event: string): string => keccakOfText(event);

const APPROVAL = topicOf("Approval(address,address,uint256)");
const TRANSFER = topicOf("Transfer(address,address,uint256)");
const NEW_ROUND = topicOf("NewRound(uint256,bytes32)");
const NEW_JOB = topicOf("NewJob(address,uint256,string,string,uint256,uint256)");
const SERVICE_URI = topicOf("ServiceURIUpdate(address,string)");
const TICKET = topicOf("WinningTicketRedeemed(address,address,uint256,uint256,uint256,uint256,bytes)");
const RESERVE_CLAIMED = topicOf("ReserveClaimed(address,address,uint256)");
const ROLE_GRANTED = topicOf("RoleGranted(bytes32,address,address)");
const AUTHORITY_SET = topicOf("AuthoritySet(address,bytes4,address)");
const APPROVE_HASH = topicOf("ApproveHash(bytes32,address)");
const BOND = topicOf("Bond(address,address,address,uint256,uint256)");
const VOTE_CAST = topicOf("VoteCast(address,uint256,uint8,uint256,string)");
const VOTE_CAST_PARAMS = topicOf("VoteCastWithParams(address,uint256,uint8,uint256,string,bytes)");
/** An update of a Governor has a nonce since it was published first. */
const UPDATES = new Set(
  ["(address[],uint256[],bytes[],uint256)", "(address[],uint256[],bytes[])"].flatMap((update) => [topicOf(`UpdateStaged(${update},uint256)`), topicOf(`UpdateExecuted(${update})`), topicOf(`UpdateCancelled(${update})`)]),
);

/** What is not indexed in these is amounts, texts and hashes that nothing is kept under. */
const NO_KEYS_IN_DATA = new Set([APPROVAL, TRANSFER, NEW_ROUND, NEW_JOB, SERVICE_URI, TICKET, VOTE_CAST, VOTE_CAST_PARAMS]);

const WORD = 64;
const NOTHING = "0".repeat(WORD);

export class KeysInLogs {
  readonly #addresses = new Set<string>();
  readonly #words = new Set<Hex>();
  readonly #together = new Set<Hex>();
  readonly #delegates = new Map<string, Set<string>>();
  #rounds: { first: bigint; last: bigint } | undefined;

  addAddress(address: Address): void {
    this.#addresses.add(address.slice(2).toLowerCase());
  }

  addWord(word: Hex): void {
    this.#words.add(word);
  }

  /** A word of which only its type's length is known. @param word 64 digits */
  addUnknown(word: string, sizeBytes: number): void {
    if (word === NOTHING) return;
    if (sizeBytes === 20) this.#addresses.add(word.slice(-40));
    else this.#addByLooks(word, false);
  }

  addLogs(logs: readonly Log[]): void {
    const voters = new Set(logs.flatMap(({ topics: [event, voter] }) => (voter !== undefined && (event === VOTE_CAST || event === VOTE_CAST_PARAMS) ? [voter] : [])));
    for (const { topics: [event, delegate, , delegator] } of logs) if (event === BOND && delegate !== undefined && delegator !== undefined && voters.has(delegator)) this.#addDelegate(delegator, delegate);
    for (const log of logs) this.#addLog(log);
  }

  #addLog({ topics, data }: Log): void {
    const [event = "", ...indexed] = topics;
    const body = data.slice(2);
    for (const word of indexed) this.#addByLooks(word.slice(2), true);
    if (!NO_KEYS_IN_DATA.has(event)) for (let at = 0; at + WORD <= body.length; at += WORD) this.#addByLooks(body.slice(at, at + WORD), false);
    const first = body.slice(0, WORD);
    const [one, two] = indexed.map((word) => word.slice(2));
    if (event === NEW_ROUND && one !== undefined) this.#addRound(BigInt(`0x${one}`));
    if (event === TICKET) this.#addTicket(one, two, body);
    if (event === RESERVE_CLAIMED) this.#addTogether(one, first);
    if (event === APPROVAL || event === ROLE_GRANTED || event === AUTHORITY_SET) this.#addTogether(one, two);
    if (event === APPROVE_HASH) this.#addTogether(two, one);
    if (event === VOTE_CAST || event === VOTE_CAST_PARAMS) this.#addVote(one, first);
    if (UPDATES.has(event)) this.#addUpdate(body);
  }

  #addByLooks(word: string, isIndexed: boolean): void {
    const kind = kindOfWord(word, isIndexed);
    if (kind === "address") this.#addresses.add(word.slice(-40));
    if (kind === "id") this.#words.add(`0x${word}`);
  }

  #addTogether(outer: string | undefined, inner: string | undefined): void {
    if (outer !== undefined && inner?.length === WORD) this.#together.add(`0x${outer}${inner}`);
  }

  #addDelegate(delegator: Hex, delegate: Hex): void {
    const known = this.#delegates.get(delegator.slice(2)) ?? new Set();
    this.#delegates.set(delegator.slice(2), known.add(delegate.slice(2)));
  }

  /** A vote of a delegator is also written down at the delegate that it is taken from, whichever that was then. */
  #addVote(voter: string | undefined, proposal: string): void {
    if (voter === undefined) return;
    this.#words.add(`0x${proposal}`);
    for (const account of [voter, ...(this.#delegates.get(voter) ?? [])]) this.#addTogether(proposal, account);
  }

  #addRound(round: bigint): void {
    const { first, last } = this.#rounds ?? { first: round, last: round };
    this.#rounds = { first: round < first ? round : first, last: round > last ? round : last };
  }

  /** A used ticket is kept under its hash: recipient, sender, face value, probability, nonce, hash of the recipient's number, the rest. */
  #addTicket(sender: string | undefined, recipient: string | undefined, body: string): void {
    const word = (index: number): string => body.slice(index * WORD, (index + 1) * WORD);
    const at = Number(BigInt(`0x${word(4) || "0"}`)) * 2;
    const length = Number(BigInt(`0x${body.slice(at, at + WORD) || "0"}`)) * 2;
    if (sender === undefined || recipient === undefined) return;
    const random = hash(word(3)).slice(2);
    this.#words.add(hash(recipient.slice(24) + sender.slice(24) + body.slice(0, 3 * WORD) + random + body.slice(at + WORD, at + WORD + length)));
  }

  /** An update of a Governor is kept under the hash of its encoding, which the event has in it. */
  #addUpdate(body: string): void {
    const at = Number(BigInt(`0x${body.slice(0, WORD)}`)) * 2;
    this.#words.add(hash("20".padStart(WORD, "0") + body.slice(at)));
  }

  /** What there is now, in no order, addresses in lower case: a hundred thousand checksums take a second. */
  get current(): Preimages {
    const { first, last } = this.#rounds ?? { first: 0n, last: 0n };
    const rounds = this.#rounds === undefined ? [] : [first, last + 1n].map((round): Hex => `0x${round.toString(16).padStart(WORD, "0")}`);
    return { addresses: [...this.#addresses].map((address): Address => `0x${address}`), words: [...this.#words, ...rounds] };
  }

  material(): Preimages & { together: Hex[] } {
    const { addresses, words } = this.current;
    return { addresses: [...addresses].sort().map(addressOfWord), words: [...new Set(words)].sort(), together: [...this.#together].sort() };
  }
}

/** Handing over bytes spares ethers its own reading of hex. @param digits without `0x` */
function hash(digits: string): Hex {
  return keccak256(Buffer.from(digits, "hex")) as Hex;
}
