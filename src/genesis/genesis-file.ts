import type { Address, Hex } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import type { ParameterValue, ValueForm } from "../protocol/units.ts";

/** Buckets that the first supply is divided into; together they are all of it. */
export const BUCKETS = ["crowd", "company", "team", "investors", "community"] as const;
export type Bucket = (typeof BUCKETS)[number];

/** Buckets that are given away by grants, to the wei. */
export const GRANT_BUCKETS = ["team", "investors", "community"] as const;
export type GrantBucket = (typeof GRANT_BUCKETS)[number];

/** All in LPT wei. */
export type Allocations = Readonly<Record<"total" | Bucket, bigint>>;

/** Unlocked linearly from `grants.start` to `start + durationSeconds`, nothing of it before `start + cliffSeconds`. */
export interface VestingGrant {
  receiver: Address;
  amountWei: bigint;
  cliffSeconds: bigint;
  durationSeconds: bigint;
}

/** Unlocked whole at `grants.start`. */
export interface TimelockGrant {
  receiver: Address;
  amountWei: bigint;
}

export interface Grants {
  /** Unix time. */
  startSeconds: bigint;
  team: readonly VestingGrant[];
  investors: readonly VestingGrant[];
  community: readonly TimelockGrant[];
}

/** The crowd's tokens are mined by whoever proves an address to be among the recipients. */
export interface MerkleMineTerms {
  kind: "merkle-mine";
  /** Block at which the recipients' balances were read. */
  genesisBlock: bigint;
  /** What a recipient had to own then. Recorded in the contract, enforced by the list. */
  balanceThresholdWei: bigint;
  /** From here on third parties may generate allocations for a share that grows linearly… */
  callerAllocationStartBlock: bigint;
  /** …to all of it here. */
  callerAllocationEndBlock: bigint;
}

/** Anyone may ask for some of the crowd's tokens now and then. Not for chains where tokens are worth something. */
export interface FaucetTerms {
  kind: "faucet";
  requestAmountWei: bigint;
  requestWaitHours: bigint;
}

/** The list, as it is known once it was read. */
export interface RecipientList {
  root: Hex;
  count: bigint;
}

/** What the plan of a genesis needs to know: plain data, from a file or put together by a program. */
export interface GenesisTerms {
  allocations: Allocations;
  grants: Grants;
  distribution: (MerkleMineTerms & { recipients: RecipientList }) | FaucetTerms;
  /** Receives the company's bucket, and may revoke vesting grants. */
  bankMultisig: Address;
  /** The Controller's owner in the end; undefined leaves it with the deployer. */
  controllerOwner: Address | undefined;
  /** False leaves the Controller paused, as in 2018: its owner opens the protocol when it is satisfied. */
  unpause: boolean;
}

/** A genesis file as parsed. */
export interface GenesisFile {
  chainId: bigint;
  profile: Profile;
  allocations: Allocations;
  grants: Grants;
  /** `recipientsPath` as written: relative to the file. `tree`: how their tree is built; the root of 2018 is `layered`. */
  distribution: (MerkleMineTerms & { recipientsPath: string; tree: "complete" | "layered" }) | FaucetTerms;
  bankMultisig: Address;
  governanceMultisig: Address;
  unpause: boolean;
  /** 20 bytes, recorded in the registry; undefined takes that of the checkout. */
  gitCommit: Hex | undefined;
  /** By id in the catalogue. */
  parameters: Readonly<Record<string, { value: ParameterValue; form: ValueForm }>>;
}

/**
 * The terms of a file, with the recipients that it only names.
 * @param recipients undefined where a faucet gives the tokens away
 */
export function termsOf(file: GenesisFile, recipients: RecipientList | undefined): GenesisTerms {
  const { allocations, grants, bankMultisig, governanceMultisig, unpause } = file;
  const rest = { allocations, grants, bankMultisig, controllerOwner: governanceMultisig, unpause };
  if (file.distribution.kind === "faucet") return { ...rest, distribution: file.distribution };
  if (recipients === undefined) throw new TypeError("the recipients of a MerkleMine are not read yet");
  const { recipientsPath: _, tree: _tree, ...terms } = file.distribution;
  return { ...rest, distribution: { ...terms, recipients } };
}
