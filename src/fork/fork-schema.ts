import { z } from "zod";
import { LpctlError } from "../errors.ts";
import { addressTextSchema, amountSchema, blocksSchema, commitSchema, durationSchema, orMissing, pathSchema, wholeNumberSchema, YEAR_SECONDS, yesNoSchema } from "../genesis/genesis-values.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import { isPrintable } from "../protocol/printable.ts";
import { isNumeric, parseHuman } from "../protocol/units.ts";
import type { ConfirmedContract } from "./contract-accounts.ts";
import { parseSourceReference } from "../solidity/source-reference.ts";
import type { Excluded, MovedAccount } from "./fork-terms.ts";
import { findBadMoves } from "./moved-accounts.ts";
import { LOADING_METHODS, type LoadingTerms } from "./loading/tail.ts";

/** A fork file as parsed. */
export interface ForkFile {
  /** Of the chain that the fork is made on. */
  chainId: bigint;
  snapshot: { folder: string; identity: Hex };
  owner: Address;
  unpause: boolean;
  clock: { snapshotBlock: bigint | undefined; forkBlock: bigint | undefined };
  /** Changed ones, by id in the catalogue, as they were written: in which parts they are says the snapshot (`checkForkParameters`). */
  parameterTexts: Readonly<Record<string, string>>;
  excluded: readonly Excluded[];
  /** Accounts whose everything goes to another one. */
  moved: readonly MovedAccount[];
  /** Contracts of accounts that are on the fork's chain with other code, as somebody made sure of. */
  confirmed: readonly ConfirmedContract[];
  /** How delegators are loaded; undefined for word by word. */
  loading: LoadingTerms | undefined;
  /** Logic that is put in the place of the snapshot's: `path:Name` by the proxy's registered name. */
  code: Readonly<Record<string, string>>;
  /** 20 bytes, recorded in the registry; undefined takes that of the checkout. */
  gitCommit: Hex | undefined;
}

/** The error of a block; unknown keys in one are told with their own words. */
const BLOCK = {
  error: ({ code, input }: { code?: string | undefined; input?: unknown }): string | undefined => (code === "invalid_type" && input !== undefined ? "not a block of keys and values" : undefined),
};
const LONGEST_REASON = 500;
const reasonSchema = z
  .string(orMissing("not a text; quote it"))
  .refine((text) => text.trim().length > 0, "says nothing; write why")
  .refine(isPrintable, "holds characters that a terminal would obey instead of showing")
  .refine((text) => text.length <= LONGEST_REASON, `longer than ${LONGEST_REASON} characters`);
const identitySchema = z
  .string(orMissing("not the identity of a snapshot, 0x and 64 hex digits"))
  .regex(/^0x[0-9a-fA-F]{64}$/, "not the identity of a snapshot, 0x and 64 hex digits")
  .transform((text) => text.toLowerCase() as Hex);

const excludedSchema = z.strictObject({ account: addressTextSchema, reason: reasonSchema }, BLOCK);
const movedSchema = z.strictObject({ from: addressTextSchema, to: addressTextSchema, reason: reasonSchema }, BLOCK);
const codeHashSchema = z
  .string(orMissing("not a hash, 0x and 64 hex digits"))
  .regex(/^0x[0-9a-fA-F]{64}$/, "not a hash, 0x and 64 hex digits")
  .transform((text) => text.toLowerCase() as Hex);
const confirmedSchema = z.strictObject({ account: addressTextSchema, codeHash: codeHashSchema }, BLOCK);
const snapshotSchema = z.strictObject({ folder: pathSchema, identity: identitySchema }, BLOCK);
const governanceSchema = z.strictObject({ owner: addressTextSchema, unpause: yesNoSchema.optional() }, BLOCK);
const DAY_SECONDS = 86_400n;
const REVIEW_SECONDS = 7n * DAY_SECONDS;
/** Whoever writes more has miscounted its zeros. */
const MOST_SECONDS = 100n * YEAR_SECONDS;
const waitSchema = durationSchema.refine((seconds) => seconds <= MOST_SECONDS, "longer than 100 years");
const loadingSchema = z.strictObject(
  {
    method: z.enum(LOADING_METHODS, orMissing(`not one of ${LOADING_METHODS.join(", ")}`)),
    below: amountSchema.optional(),
    review: waitSchema.optional(),
    openFor: waitSchema.refine((seconds) => seconds > 0n, "no time to claim in").optional(),
    remainderTo: addressTextSchema.refine((address) => address !== ZERO_ADDRESS, "nobody: what is not claimed would be lost").optional(),
  },
  BLOCK,
);
const clockSchema = z.strictObject({ snapshotBlock: blocksSchema.optional(), forkBlock: blocksSchema.optional() }, BLOCK);

const shapeSchema = z.strictObject(
  {
    schema: z.literal("1", orMissing("this lpctl reads schema: 1")),
    chainId: wholeNumberSchema,
    snapshot: snapshotSchema,
    governance: governanceSchema,
    clock: clockSchema.optional(),
    parameters: z.record(z.string(), z.string(orMissing('not a value such as "7 rounds"')), BLOCK).optional(),
    excluded: z.array(excludedSchema, orMissing("not a list; an empty one is written []")).optional(),
    moved: z.array(movedSchema, orMissing("not a list; an empty one is written []")).optional(),
    confirmed: z.array(confirmedSchema, orMissing("not a list; an empty one is written []")).optional(),
    loading: loadingSchema.optional(),
    code: z.record(z.string(), z.string(orMissing("not a source such as contracts/File.sol:Name")), BLOCK).optional(),
    gitCommit: commitSchema.optional(),
  },
  BLOCK,
);

/** Keys at a place of the file, for the nearest name to a misspelt one. */
export function knownForkKeys([first]: readonly PropertyKey[]): string[] {
  switch (first) {
    case undefined:
      return Object.keys(shapeSchema.shape);
    case "snapshot":
      return Object.keys(snapshotSchema.shape);
    case "governance":
      return Object.keys(governanceSchema.shape);
    case "clock":
      return Object.keys(clockSchema.shape);
    case "loading":
      return Object.keys(loadingSchema.shape);
    case "excluded":
      return Object.keys(excludedSchema.shape);
    case "moved":
      return Object.keys(movedSchema.shape);
    case "confirmed":
      return Object.keys(confirmedSchema.shape);
    default:
      return [];
  }
}

export const forkSchema = shapeSchema.transform((written, context): ForkFile => {
  const complain = (path: PropertyKey[], message: string): void => void context.issues.push({ code: "custom", message, input: undefined, path });
  const parameterTexts = written.parameters ?? {};
  for (const [id, text] of Object.entries(parameterTexts)) {
    const problem = problemOf(id, text);
    if (problem !== undefined) complain(["parameters", id], problem);
  }
  for (const [contract, source] of Object.entries(written.code ?? {})) {
    const problem = whatThrows(() => parseSourceReference(source));
    if (problem !== undefined) complain(["code", contract], problem);
  }
  const excluded = written.excluded ?? [];
  for (const [index, { account }] of excluded.entries()) {
    if (excluded.findIndex((other) => other.account === account) < index) complain(["excluded", index, "account"], `${account} is there twice`);
  }
  const moved = written.moved ?? [];
  for (const { index, key, problem } of findBadMoves(moved, excluded)) complain(["moved", index, key], problem);
  const { chainId, snapshot, governance, clock, loading, gitCommit } = written;
  if (loading?.method === "raw" && loading.below !== undefined) complain(["loading", "below"], "everything is loaded raw, whatever it is worth");
  for (const key of ["review", "openFor", "remainderTo"] as const) {
    if (loading !== undefined && loading.method !== "claims" && loading[key] !== undefined) complain(["loading", key], `nobody claims anything with the method ${loading.method}`);
  }
  return {
    chainId,
    snapshot,
    owner: governance.owner,
    unpause: governance.unpause ?? false,
    clock: { snapshotBlock: clock?.snapshotBlock, forkBlock: clock?.forkBlock },
    parameterTexts,
    excluded,
    code: written.code ?? {},
    moved,
    confirmed: written.confirmed ?? [],
    loading: loading === undefined ? undefined : termsOf(loading, governance.owner),
    gitCommit,
  };
});

function termsOf({ method, below, review = REVIEW_SECONDS, openFor = YEAR_SECONDS, remainderTo }: z.output<typeof loadingSchema>, owner: Address): LoadingTerms {
  const terms = { method, belowWei: below };
  return method === "claims" ? { ...terms, claims: { reviewSeconds: review, openSeconds: openFor, remainderTo: remainderTo ?? owner } } : terms;
}

/** What is wrong with a parameter whatever the snapshot is of. */
function problemOf(id: string, text: string): string | undefined {
  const variants = PARAMETERS.filter((candidate) => candidate.id === id);
  const [parameter] = variants;
  if (parameter === undefined) {
    const near = nearestName(id, PARAMETERS.map((candidate) => candidate.id));
    return `Unknown parameter "${id}".${near === undefined ? "" : ` Did you mean "${near}"?`}`;
  }
  if (!isNumeric(parameter.unit)) return `${id} is no number; change it afterwards: lpctl params set ${id}`;
  const problems = variants.map(({ unit }) => whatThrows(() => parseHuman(text, unit)));
  return problems.includes(undefined) ? undefined : problems[0];
}

/** The words of the error that is thrown; undefined where none is. */
function whatThrows(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (!(error instanceof LpctlError)) throw error;
    return [error.message, error.why, error.next].filter((part) => part !== undefined).join(" ");
  }
}
