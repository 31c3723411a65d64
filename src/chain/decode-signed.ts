import { keccak256 } from "ethers/crypto";
import type { Hex } from "../protocol/hex.ts";

/** What was asked for by a signed EIP-1559 transaction. `to: null` deploys; addresses and bytes in lower case. */
export interface SignedContent {
  chainId: bigint;
  nonce: bigint;
  to: Hex | null;
  data: Hex;
  valueWei: bigint;
  hash: Hex;
}

/** Chain id, nonce, two fees, gas limit, recipient, value, data, access list, and three of the signature. */
const FIELDS = 12;

/**
 * Reads raw bytes by hand: of 100,000 transactions, which a general decoder would give checksums and signatures to. Who signed them
 * is not looked at; the chain says it of what is mined.
 * @returns undefined for what is no such transaction, and for one with an access list
 */
export function decodeSigned(raw: Hex): SignedContent | undefined {
  const hex = raw.slice(2).toLowerCase();
  if (!hex.startsWith("02")) return undefined;
  const list = readItem(hex, 2);
  if (list === undefined || !list.isList || list.end !== hex.length) return undefined;
  const items: { text: string; isList: boolean }[] = [];
  for (let at = list.start; at < list.end; ) {
    const item = readItem(hex, at);
    if (item === undefined || item.end > list.end) return undefined;
    items.push({ text: hex.slice(item.start, item.end), isList: item.isList });
    at = item.end;
  }
  if (items.length !== FIELDS || items.some(({ isList, text }, at) => isList !== (at === 8) || (isList && text !== ""))) return undefined;
  const [chainId, nonce, , , , to, value, data] = items.map(({ text }) => text) as [string, string, string, string, string, string, string, string];
  if (to.length !== 0 && to.length !== 40) return undefined;
  return { chainId: integer(chainId), nonce: integer(nonce), to: to === "" ? null : `0x${to}`, data: `0x${data}`, valueWei: integer(value), hash: keccak256(`0x${hex}`) as Hex };
}

/** One item of RLP, from a place in the digits. */
function readItem(hex: string, at: number): { start: number; end: number; isList: boolean } | undefined {
  const prefix = Number.parseInt(hex.slice(at, at + 2), 16);
  if (Number.isNaN(prefix)) return undefined;
  if (prefix < 0x80) return { start: at, end: at + 2, isList: false };
  const isList = prefix >= 0xc0;
  const short = prefix - (isList ? 0xc0 : 0x80);
  const lengthDigits = short > 55 ? (short - 55) * 2 : 0;
  const start = at + 2 + lengthDigits;
  const bytes = lengthDigits === 0 ? short : Number.parseInt(hex.slice(at + 2, start), 16);
  const end = start + bytes * 2;
  return Number.isSafeInteger(end) && end <= hex.length ? { start, end, isList } : undefined;
}

function integer(digits: string): bigint {
  return digits === "" ? 0n : BigInt(`0x${digits}`);
}
