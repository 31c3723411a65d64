import { createKeccakInto } from "../../protocol/keccak-into.ts";
import type { Address, Hex } from "../../protocol/hex.ts";

const DIGITS = 40;
/** From a small letter to its capital in ASCII. */
const TO_CAPITAL = 32;

/** Gives many addresses their checksum (EIP-55): a tenth of the time that ethers takes one by one. @param addresses in lower case */
export async function checksumAddresses(addresses: readonly Hex[]): Promise<Address[]> {
  const keccak = await createKeccakInto();
  const text = Buffer.alloc(DIGITS);
  const hash = new Uint8Array(32);
  return addresses.map((address): Address => {
    text.write(address.slice(2), "latin1");
    keccak.hash(text, 0, DIGITS, hash, 0);
    for (let digit = 0; digit < DIGITS; digit++) {
      const character = text[digit] ?? 0;
      const nibble = ((hash[digit >> 1] ?? 0) >> (digit % 2 === 0 ? 4 : 0)) & 15;
      if (character > 0x60 && nibble >= 8) text[digit] = character - TO_CAPITAL;
    }
    return `0x${text.toString("latin1")}`;
  });
}
