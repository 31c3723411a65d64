import { HDNodeWallet, Mnemonic, type SigningKey } from "ethers";
import { PUBLISHED_TEST_MNEMONIC } from "../../chain/anvil.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Address } from "../../protocol/hex.ts";
import type { Profile } from "../../protocol/profiles.ts";
import type { Role } from "../actors/actor.ts";
import type { Misbehaviour } from "../actors/misbehaviour.ts";

/** Who takes part, and how. The same options on the same chain make the same people do the same things. */
export interface CastOptions {
  profile: Profile;
  /** Decides stakes, terms, and who does what when. */
  seed: bigint;
  transcoders: number;
  delegators: number;
  /** The first of these is done by the last transcoder, the second by the one before it, and so on. */
  misbehaviour: readonly Misbehaviour[];
  /** On `launch`. Default 1. */
  jobsPerRound?: number | undefined;
  /** On `launch`. Default 4. */
  segmentsPerJob?: number | undefined;
  /** On `current`, for each transcoder. Default 2. */
  ticketsPerRound?: number | undefined;
  /** On `current`: how many of a hundred transcoders vote. Default 80. */
  turnoutPercent?: number | undefined;
  /** See `RoundInitializerOptions`. */
  cacheRoundLength?: boolean | undefined;
}

export interface Member {
  /** Unique in the cast: `transcoder 3`. */
  name: string;
  role: Role;
  address: Address;
  misbehaviour: Misbehaviour | undefined;
}

export interface Cast {
  members: readonly Member[];
  /** Keys of those who sign things off chain. Published test keys, like all of them. */
  broadcasterKey: SigningKey;
  ticketSenderKey: SigningKey;
}

/** Places in the published test mnemonic, far behind those of the roles in local-accounts.ts. */
const FIRST_INDEX = { single: 100, transcoder: 200, delegator: 1_000 };
const MOST = { transcoders: 100, delegators: 1_000 };
/** At its place among the single roles; known before anything is derived, since every deployment asks for it. */
const SOLVER: Address = "0x0e9971c0005D91336c1441b8F03c1C4fe5FB4584";
const SINGLE_ROLES: readonly Role[] = ["round-initializer", "broadcaster", "solver", "watcher", "ticket-sender", "ticket-redeemer"];
const ROLES_OF: Record<Profile, readonly Role[]> = {
  launch: ["round-initializer", "broadcaster", "solver", "watcher"],
  current: ["round-initializer", "ticket-sender", "ticket-redeemer"],
};

/** Derives the members of a cast, in the order in which they act. @throws LPCTL_RUNNER_BAD_CAST */
export function deriveCast(options: CastOptions): Cast {
  requirePossible(options);
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(PUBLISHED_TEST_MNEMONIC), "m/44'/60'/0'/0");
  const addressAt = (index: number): Address => root.deriveChild(index).address as Address;
  const single = (role: Role): Member => ({
    name: role.replaceAll("-", " "),
    role,
    address: addressAt(FIRST_INDEX.single + SINGLE_ROLES.indexOf(role)),
    misbehaviour: undefined,
  });
  const transcoders = Array.from({ length: options.transcoders }, (_, at): Member => ({
    name: `transcoder ${at + 1}`,
    role: "transcoder",
    address: addressAt(FIRST_INDEX.transcoder + at),
    misbehaviour: options.misbehaviour[options.transcoders - 1 - at],
  }));
  const delegators = Array.from({ length: options.delegators }, (_, at): Member => ({
    name: `delegator ${at + 1}`,
    role: "delegator",
    address: addressAt(FIRST_INDEX.delegator + at),
    misbehaviour: undefined,
  }));
  const [initializer, ...others] = ROLES_OF[options.profile].map(single);
  const keyOf = (role: Role): SigningKey => root.deriveChild(FIRST_INDEX.single + SINGLE_ROLES.indexOf(role)).signingKey;
  return {
    members: [...(initializer === undefined ? [] : [initializer]), ...transcoders, ...others, ...delegators],
    broadcasterKey: keyOf("broadcaster"),
    ticketSenderKey: keyOf("ticket-sender"),
  };
}

/** The account that answers for the LivepeerVerifier, for whoever deploys one. */
export function solverAddress(): Address {
  return SOLVER;
}

function requirePossible({ transcoders, delegators, misbehaviour }: CastOptions): void {
  const between = (count: number, lowest: number, highest: number): boolean => Number.isInteger(count) && count >= lowest && count <= highest;
  let complaint: string | undefined;
  if (!between(transcoders, 1, MOST.transcoders)) complaint = `There can be 1 to ${MOST.transcoders} transcoders, not ${transcoders}.`;
  else if (!between(delegators, 0, MOST.delegators)) complaint = `There can be up to ${MOST.delegators} delegators, not ${delegators}.`;
  else if (misbehaviour.length > transcoders) complaint = `${misbehaviour.length} misbehaviours need as many transcoders; there are ${transcoders}.`;
  if (complaint === undefined) return;
  throw new LpctlError({ code: "LPCTL_RUNNER_BAD_CAST", exit: Exit.usage, message: complaint, next: "lpctl node start --transcoders 10 --delegators 50" });
}
