import { id, keccak256, toUtf8Bytes } from "ethers";
import { ZERO_HASH, type Hex } from "../../protocol/hex.ts";

const NAMES = ["TIMELOCK_ADMIN_ROLE", "PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "MINTER_ROLE", "BURNER_ROLE", "PAUSER_ROLE", "UPGRADER_ROLE", "GOVERNOR_ROLE"] as const;

const BY_ID = new Map<Hex, string>([[ZERO_HASH, "DEFAULT_ADMIN_ROLE"], ...NAMES.map((name): [Hex, string] => [id(name) as Hex, name])]);

/** `PROPOSER_ROLE`, or the id itself where nobody has given it a name that lpctl knows. */
export function nameOfRole(role: Hex): string {
  return BY_ID.get(role) ?? `role ${role}`;
}

/** The id of a role by its name, which OpenZeppelin's contracts hash; an id stands for itself. */
export function idOfRole(name: string): Hex {
  if (/^0x[0-9a-f]{64}$/i.test(name)) return name.toLowerCase() as Hex;
  return name === "DEFAULT_ADMIN_ROLE" ? ZERO_HASH : (keccak256(toUtf8Bytes(name)) as Hex);
}

export const ROLE_NAMES: readonly string[] = [...BY_ID.values()];
