import { z } from "zod";
import { LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import type { Parameter } from "../protocol/parameter.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import { PROFILES, type Profile } from "../protocol/profiles.ts";
import { parseHuman, type ParameterValue, type ValueForm } from "../protocol/units.ts";
import { BUCKETS, type GenesisFile } from "./genesis-file.ts";
import {
  addressTextSchema,
  amountSchema,
  blocksSchema,
  commitSchema,
  durationSchema,
  etherSchema,
  instantSchema,
  orMissing,
  pathSchema,
  wholeNumberSchema,
  yesNoSchema,
} from "./genesis-values.ts";
import { MINTER_PARAMETERS, profileParameter, SET_PARAMETERS, VOTING_PARAMETERS } from "./profile-parameters.ts";

/** The shape of a genesis file. Strict: a misspelt key is an error, not a silent default. */

/** The error of a block; unknown keys in one are told with their own words. */
const BLOCK = {
  error: ({ code, input }: { code?: string | undefined; input?: unknown }): string | undefined => (code === "invalid_type" && input !== undefined ? "not a block of keys and values" : undefined),
};
const noteSchema = z.string(orMissing("not a text; quote it")).optional();

const vestingSchema = z.strictObject({
  receiver: addressTextSchema,
  amount: amountSchema,
  cliff: durationSchema,
  duration: durationSchema,
  note: noteSchema,
}, BLOCK);

const timelockSchema = z.strictObject({ receiver: addressTextSchema, amount: amountSchema, note: noteSchema }, BLOCK);

const merkleMineSchema = z.strictObject({
  kind: z.literal("merkle-mine"),
  recipients: pathSchema,
  genesisBlock: blocksSchema,
  balanceThreshold: etherSchema,
  callerAllocationStartBlock: blocksSchema,
  callerAllocationEndBlock: blocksSchema.optional(),
  callerAllocationPeriod: blocksSchema.optional(),
  tree: z.enum(["complete", "layered"], orMissing("complete or layered")).optional(),
});

const faucetSchema = z.strictObject({ kind: z.literal("faucet") });

function listOf<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z.array(item, orMissing("not a list; an empty one is written []"));
}

const shapeSchema = z.strictObject({
  schema: z.literal("1", orMissing("this lpctl reads schema: 1")),
  chainId: wholeNumberSchema,
  profile: z.enum(PROFILES, orMissing(`not a profile; one of: ${PROFILES.join(", ")}`)),
  allocations: z.strictObject(Object.fromEntries(["total", ...BUCKETS].map((name) => [name, amountSchema])) as Record<"total" | (typeof BUCKETS)[number], typeof amountSchema>, BLOCK),
  grants: z.strictObject({ start: instantSchema, team: listOf(vestingSchema), investors: listOf(vestingSchema), community: listOf(timelockSchema) }, BLOCK),
  distribution: z.discriminatedUnion("kind", [merkleMineSchema, faucetSchema], orMissing("kind is merkle-mine or faucet")),
  bankMultisig: addressTextSchema,
  governance: z.strictObject({ multisig: addressTextSchema, unpause: yesNoSchema.optional() }, BLOCK),
  gitCommit: commitSchema.optional(),
  parameters: z.record(z.string(), z.string(orMissing("not a value such as \"7 rounds\"")), BLOCK),
}, BLOCK);

/** Keys at a place of the file, for the nearest name to a misspelt one. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  const [first, second] = path;
  if (first === undefined) return Object.keys(shapeSchema.shape);
  switch (first) {
    case "allocations":
      return Object.keys(shapeSchema.shape.allocations.shape);
    case "governance":
      return Object.keys(shapeSchema.shape.governance.shape);
    case "distribution":
      return Object.keys(merkleMineSchema.shape);
    case "grants":
      if (second === undefined) return Object.keys(shapeSchema.shape.grants.shape);
      return Object.keys((second === "community" ? timelockSchema : vestingSchema).shape);
    default:
      return [];
  }
}

/** Parameters that a genesis of this profile sets, in the order in which they are set. */
export function genesisParameterIds(profile: Profile, distribution: "merkle-mine" | "faucet"): string[] {
  const faucet = distribution === "faucet" ? ["LivepeerTokenFaucet.requestAmount", "LivepeerTokenFaucet.requestWait"] : [];
  const voting = profile === "current" ? VOTING_PARAMETERS : [];
  return [...MINTER_PARAMETERS, ...SET_PARAMETERS[profile], ...voting, ...faucet];
}

/** The catalogue's entry for a parameter of a genesis, and the value it was first deployed with. The faucet is that of 2018 in every profile. */
export function genesisParameter(profile: Profile, id: string): { parameter: Parameter; value: ParameterValue } {
  return profileParameter(id.startsWith("LivepeerTokenFaucet.") ? "launch" : profile, id, {});
}

export const genesisSchema = shapeSchema.transform((written, context): GenesisFile => {
  const { distribution, grants, governance, profile } = written;
  const complain = (path: PropertyKey[], message: string): void => void context.issues.push({ code: "custom", message, input: undefined, path });
  const parameters: Record<string, { value: ParameterValue; form: ValueForm }> = {};
  const ids = genesisParameterIds(profile, distribution.kind);
  for (const [id, text] of Object.entries(written.parameters)) {
    if (!ids.includes(id)) {
      complain(["parameters", id], describeUnknown(id, profile, ids));
      continue;
    }
    try {
      parameters[id] = parseHuman(text, genesisParameter(profile, id).parameter.unit);
    } catch (error) {
      if (!(error instanceof LpctlError)) throw error;
      complain(["parameters", id], [error.message, error.why, error.next].filter((part) => part !== undefined).join(" "));
    }
  }
  const faucet = { requestAmountWei: numberOf(parameters, "LivepeerTokenFaucet.requestAmount"), requestWaitHours: numberOf(parameters, "LivepeerTokenFaucet.requestWait") };
  return {
    chainId: written.chainId,
    profile,
    allocations: written.allocations,
    grants: {
      startSeconds: grants.start,
      team: grants.team.map(vesting),
      investors: grants.investors.map(vesting),
      community: grants.community.map(({ receiver, amount }) => ({ receiver, amountWei: amount })),
    },
    distribution: distribution.kind === "faucet" ? { kind: "faucet", ...faucet } : merkleMine(distribution, complain),
    bankMultisig: written.bankMultisig,
    governanceMultisig: governance.multisig,
    unpause: governance.unpause ?? false,
    gitCommit: written.gitCommit,
    parameters,
  };
});

function vesting({ receiver, amount, cliff, duration }: z.output<typeof vestingSchema>): GenesisFile["grants"]["team"][number] {
  return { receiver, amountWei: amount, cliffSeconds: cliff, durationSeconds: duration };
}

function merkleMine(written: z.output<typeof merkleMineSchema>, complain: (path: PropertyKey[], message: string) => void): GenesisFile["distribution"] {
  const { recipients, genesisBlock, balanceThreshold, callerAllocationStartBlock, callerAllocationEndBlock: end, callerAllocationPeriod: period, tree } = written;
  if ((end === undefined) === (period === undefined)) {
    complain(["distribution"], "one of callerAllocationEndBlock and callerAllocationPeriod says when the share is all of it, and not both");
  }
  return {
    kind: "merkle-mine",
    recipientsPath: recipients,
    tree: tree ?? "complete",
    genesisBlock,
    balanceThresholdWei: balanceThreshold,
    callerAllocationStartBlock,
    callerAllocationEndBlock: end ?? callerAllocationStartBlock + (period ?? 0n),
  };
}

function numberOf(parameters: GenesisFile["parameters"], id: string): bigint {
  const value = parameters[id]?.value;
  return typeof value === "bigint" ? value : 0n;
}

function describeUnknown(id: string, profile: Profile, ids: readonly string[]): string {
  const known = PARAMETERS.some((candidate) => candidate.id === id);
  if (known) return `${id} is not set by a genesis of the profile ${profile}.`;
  const near = nearestName(id, [...ids]);
  return `Unknown parameter "${id}".${near === undefined ? "" : ` Did you mean "${near}"?`}`;
}
