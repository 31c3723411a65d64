import { getAddress } from "ethers/address";
import { ZERO_ADDRESS, type Address } from "../../protocol/hex.ts";

/** Addresses as they lie in storage, with their checksum: worked out once, and for known ones never. */
export class AddressBytes {
  readonly #known = new Map<string, Address>();

  constructor(known: Iterable<Address>) {
    for (const address of known) this.#known.set(address.slice(2).toLowerCase(), address);
  }

  /** @param bytes 20 of them; none for the zero address */
  of(bytes: Uint8Array | undefined): Address {
    if (bytes === undefined) return ZERO_ADDRESS;
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
    let address = this.#known.get(hex);
    if (address === undefined) this.#known.set(hex, (address = getAddress(`0x${hex}`) as Address));
    return address;
  }
}
