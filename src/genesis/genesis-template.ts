import { getAddress } from "ethers/address";
import { keccak256 } from "ethers/crypto";
import { toUtf8Bytes } from "ethers/utils";
import type { Address } from "../protocol/hex.ts";
import type { Profile } from "../protocol/profiles.ts";
import { formatHuman } from "../protocol/units.ts";
import { formatInstant } from "./check-genesis-time.ts";
import { genesisParameter, genesisParameterIds } from "./genesis-schema.ts";

/** What `genesis init` can start from: the numbers of 2018, or nothing but the questions. */
const EXAMPLES = ["2018", "blank"] as const;
export type Example = (typeof EXAMPLES)[number];

export interface TemplateOptions {
  example: Example;
  chainId: bigint;
  profile: Profile;
  distribution: "merkle-mine" | "faucet";
  startSeconds: bigint;
  /** The chain's newest block; undefined without a chain. */
  headBlock: bigint | undefined;
  bankMultisig: Address | undefined;
  governanceMultisig: Address | undefined;
  /** How the file names the list of recipients. */
  recipientsPath: string;
}

interface Bucket {
  totalLpt: bigint;
  grants: number;
}

/** The genesis of 2018: 10,000,000 LPT. Who got the 47 grants is not part of the example. */
const NUMBERS_2018 = {
  totalLpt: 10_000_000n,
  crowdLpt: 6_343_700n,
  companyLpt: 500_000n,
  team: { totalLpt: 1_235_000n, grants: 8 },
  investors: { totalLpt: 1_900_000n, grants: 23 },
  community: { totalLpt: 21_300n, grants: 16 },
} as const;
const BANK_2018: Address = getAddress("0x6941627cba3518385e75de75d25a189185672bfe") as Address;
const GOVERNANCE_2018: Address = getAddress("0x04746b890d090ae3c4c5df0101cfd089a4faca6c") as Address;
const GENESIS_BLOCK_2018 = 5_264_265n;
const CALLERS_AHEAD_BLOCKS = 500_000n;
const CALLER_PERIOD_BLOCKS = 2_500_000n;
const EXAMPLE_RECIPIENTS = 100;

/** Nobody has the key of an example address: it is the end of the keccak-256 of these words. */
function exampleAddress(words: string): Address {
  return getAddress(`0x${keccak256(toUtf8Bytes(words)).slice(-40)}`) as Address;
}

/** A list of recipients that nobody can claim for, one on each line. */
export function formatExampleRecipients(): string {
  const lines = Array.from({ length: EXAMPLE_RECIPIENTS }, (_, index) => exampleAddress(`lpctl example recipient ${index + 1}`));
  return [
    `# Example recipients: number n is the last 20 bytes of keccak256("lpctl example recipient n"). Nobody has their keys.`,
    "# The list of 2018 had 2,598,071 addresses, everyone who owned 0.1 ETH at block 5,264,265.",
    ...lines,
    "",
  ].join("\n");
}

/** The text of a genesis file, with a comment at everything that has to be decided. */
export function formatGenesisTemplate(options: TemplateOptions): string {
  const is2018 = options.example === "2018";
  return [
    ...head(is2018),
    "schema: 1",
    "",
    "# The chain it is for. It is refused on every other.",
    `chainId: ${options.chainId}`,
    "",
    "# launch: the suite of 2018, with jobs and their verification. current: tickets, stake votes, a treasury.",
    `profile: ${options.profile}`,
    "",
    ...allocations(is2018),
    "",
    ...grants(is2018, options.startSeconds),
    "",
    ...distribution(options),
    "",
    "# Receives the company's bucket; may revoke what has not vested yet.",
    `bankMultisig: "${options.bankMultisig ?? (is2018 ? BANK_2018 : NOBODY)}"`,
    "",
    "governance:",
    "  # Owner of the Controller in the end: who governs the protocol.",
    `  multisig: "${options.governanceMultisig ?? (is2018 ? GOVERNANCE_2018 : NOBODY)}"`,
    "  # false: the Controller stays paused, and its owner opens the protocol when it has seen that all is well, as in 2018.",
    "  unpause: false",
    "",
    ...parameters(options),
    "",
  ].join("\n");
}

/** Refused by the check, so that it cannot be forgotten. */
const NOBODY = "0x0000000000000000000000000000000000000000";

function head(is2018: boolean): string[] {
  return [
    "# The first state of the protocol. Amounts are in LPT, exact to the 18th decimal.",
    "# Check it:  lpctl genesis check <this file>        Run it:  lpctl genesis run <this file> --network NAME --key NAME",
    ...(is2018
      ? [
          "#",
          "# The numbers are those of 2018. The receivers are examples and not the people who were given grants then: receiver n",
          `# of a bucket is the last 20 bytes of keccak256("lpctl example receiver <bucket> n"), and nobody has its key. Each bucket`,
          "# is divided equally in whole LPT, the last receiver gets what division leaves over.",
        ]
      : []),
    "",
  ];
}

function allocations(is2018: boolean): string[] {
  const lpt = (amount: bigint): string => `"${is2018 ? amount : 0n}"`;
  return [
    "# The first supply, and the buckets that it is divided into: together they are all of it.",
    "allocations:",
    `  total: ${lpt(NUMBERS_2018.totalLpt)}`,
    `  crowd: ${lpt(NUMBERS_2018.crowdLpt)} # to whoever proves to be a recipient, see distribution`,
    `  company: ${lpt(NUMBERS_2018.companyLpt)} # to the bank multisig, free at once`,
    `  team: ${lpt(NUMBERS_2018.team.totalLpt)} # vesting, see grants`,
    `  investors: ${lpt(NUMBERS_2018.investors.totalLpt)} # vesting`,
    `  community: ${lpt(NUMBERS_2018.community.totalLpt)} # locked until grants.start`,
  ];
}

function grants(is2018: boolean, startSeconds: bigint): string[] {
  const list = (bucket: "team" | "investors" | "community", terms: string): string[] =>
    is2018 ? [`  ${bucket}:`, ...receivers(bucket, NUMBERS_2018[bucket], terms)] : [`  ${bucket}: []`];
  return [
    "# Each bucket is granted to the wei: what is not granted would stay in the GenesisManager for ever.",
    "# Vesting grants: receiver, amount, cliff, duration; unlocked evenly from start on, nothing before the cliff. A year has",
    "# 365 days: \"3 years\" are 94608000 s. Community grants: receiver, amount; unlocked whole at start. note: any words.",
    "grants:",
    "  # By the clock of the chain. Timelocks must be created before it: leave time for every transaction (2018: 4 hours).",
    `  start: ${formatInstant(startSeconds)}`,
    ...list("team", "cliff: 0 s, duration: 3 years"),
    ...list("investors", "cliff: 0 s, duration: 1.5 years"),
    ...list("community", ""),
  ];
}

function receivers(bucket: string, { totalLpt, grants: count }: Bucket, terms: string): string[] {
  const share = totalLpt / BigInt(count);
  return Array.from({ length: count }, (_, index) => {
    const amount = index === count - 1 ? totalLpt - share * BigInt(count - 1) : share;
    const receiver = exampleAddress(`lpctl example receiver ${bucket} ${index + 1}`);
    return `    - { receiver: "${receiver}", amount: "${amount}"${terms === "" ? "" : `, ${terms}`} }`;
  });
}

function distribution({ distribution: kind, headBlock, recipientsPath }: TemplateOptions): string[] {
  if (kind === "faucet") {
    return ["# How the crowd gets its bucket: a faucet gives to anyone who asks, on chains where tokens are worth nothing.", "distribution:", "  kind: faucet"];
  }
  const genesisBlock = headBlock ?? GENESIS_BLOCK_2018;
  return [
    "# How the crowd gets its bucket: every address of a list can mine the same amount. From a block on anyone can mine for",
    "# another, and keeps a share that grows evenly to all of it.",
    "distribution:",
    "  kind: merkle-mine",
    "  # One address on each line; relative to this file.",
    `  recipients: ${recipientsPath}`,
    "  # The block in which the recipients owned at least the threshold.",
    `  genesisBlock: ${genesisBlock}`,
    "  balanceThreshold: 0.1 ETH",
    "  # Must be ahead of the chain when the MerkleMine is deployed (2018: by 500,000 blocks).",
    `  callerAllocationStartBlock: ${genesisBlock + CALLERS_AHEAD_BLOCKS}`,
    "  # Or callerAllocationEndBlock.",
    `  callerAllocationPeriod: ${CALLER_PERIOD_BLOCKS} blocks`,
    "  # complete: as OpenZeppelin's tools build the tree. layered: as in 2018.",
    "  tree: complete",
  ];
}

function parameters({ profile, distribution: kind }: TemplateOptions): string[] {
  const ids = genesisParameterIds(profile, kind);
  return [
    "# Every parameter of the profile, as in lpctl params list: with its unit, or the raw integer.",
    "parameters:",
    ...ids.map((id) => {
      const { parameter, value } = genesisParameter(profile, id);
      return `  ${id}: "${formatHuman(value, parameter.unit)}" # ${parameter.meaning}`;
    }),
  ];
}
