import type { Address } from "./hex.ts";

/** Addresses that people write where they mean nobody; and precompiled contracts, which sign nothing. */
const DEAD = /^0x(0{34,}[0-9a-f]{1,6}|0{36}dead|dead0{36}|0{32}deadbeef|(.)\2{39})$/;

/** Whether nobody can have the key of an address, as far as its digits tell. */
export function isDead(address: Address): boolean {
  return DEAD.test(address.toLowerCase());
}
