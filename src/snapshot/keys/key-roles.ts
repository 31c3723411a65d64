import { id as keccakOfText } from "ethers/hash";
import type { Hex } from "../../protocol/hex.ts";

/** Ids that contracts use without ever saying them in an event: roles of OpenZeppelin's contracts, names of snapshots. */
const TEXTS = ["TIMELOCK_ADMIN_ROLE", "PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "MINTER_ROLE", "BURNER_ROLE", "PAUSER_ROLE", "GOVERNOR_ROLE", "LIP-52", "LIP-73"] as const;

export const KEY_ROLES: readonly Hex[] = TEXTS.map((text) => keccakOfText(text) as Hex);
