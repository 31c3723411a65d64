import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import { decimalSchema, hash32Schema, type Address, type Hex } from "../protocol/hex.ts";
import { addressSchema } from "../protocol/address-schema.ts";
import { textSchema } from "../protocol/text-schema.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";
import { callSchema, sameCalls, type Call } from "./call.ts";
import { canonicalHash } from "./canonical.ts";
import { conditionSchema, postconditions, readsToPin, type Condition } from "./conditions.ts";
import { deriveCalls } from "./derive-calls.ts";
import { intentSchema, type Intent } from "./intent.ts";

/** Where an implementation came from: enough to compile it again and get the same bytes. */
export const codeEvidenceSchema = z.strictObject({
  address: addressSchema,
  /** `contracts/jobs/JobsManager.sol:JobsManager`; absent when only an address was given. */
  source: textSchema.optional(),
  compiler: textSchema.optional(),
  /** Hash of the pruned compiler input: sources, settings, nothing else. */
  inputHash: hash32Schema.optional(),
  codeHash: hash32Schema,
  /** keccak-256 of the canonical storage layout. */
  layoutHash: hash32Schema.optional(),
  /** Source of the code being replaced, when it could be matched with the code on chain. */
  replaces: textSchema.optional(),
});
export type CodeEvidence = z.infer<typeof codeEvidenceSchema>;

const routeParametersSchema = z.strictObject({
  /** Tells apart two otherwise identical updates in a Governor, or operations in a timelock. */
  salt: decimalSchema,
  /** LIP-25 Governor: blocks between staging and executing. */
  delayBlocks: decimalSchema,
  /** OpenZeppelin timelock: seconds between scheduling and executing. */
  delaySeconds: decimalSchema,
});
export type RouteParameters = z.infer<typeof routeParametersSchema>;

/** The authorities on the way, from the one the contracts obey up to the people. */
const authorityRefSchema = z.strictObject({
  kind: z.enum(["eoa", "safe", "governor", "timelock", "vote-governor", "divided"]),
  address: addressSchema,
});
export type AuthorityRef = z.infer<typeof authorityRefSchema>;

const bodySchema = z.strictObject({
  schema: z.literal(1),
  network: textSchema,
  chainId: decimalSchema,
  /** Of block 0. Chain ids are reused by local chains and test networks; the first block is not. */
  genesisHash: hash32Schema,
  title: textSchema,
  intents: z.array(intentSchema).min(1),
  calls: z.array(callSchema).min(1),
  authorities: z.array(authorityRefSchema).min(1),
  route: routeParametersSchema,
  /** The block the proposal was prepared at; logs before it cannot concern it. */
  sinceBlock: decimalSchema,
  preconditions: z.array(conditionSchema),
  postconditions: z.array(conditionSchema),
  code: z.array(codeEvidenceSchema),
  /** Of what the proposal may change, by name: `hashOfEffects`. Proposals of older versions have none. */
  effectsHash: hash32Schema.optional(),
});
export type ProposalBody = z.infer<typeof bodySchema>;

export interface Proposal extends ProposalBody {
  /** keccak-256 of the canonical JSON (RFC 8785) of everything else in the file. */
  id: Hex;
}

const fileSchema = bodySchema.extend({ id: hash32Schema });

export type ProposalDraft = Omit<ProposalBody, "schema" | "calls" | "postconditions">;

/** Completes a draft: derives calls and postconditions from the intents, and gives it its id. */
export function makeProposal(draft: ProposalDraft): Proposal {
  const body: ProposalBody = {
    ...draft,
    schema: 1,
    calls: deriveCalls(draft.intents),
    postconditions: postconditions(draft.intents),
  };
  return { ...body, id: canonicalHash(body) };
}

/** The proposal with another hash of its effects, or without one, and therefore with another id. */
export function withEffectsHash({ id: _id, effectsHash: _before, ...body }: Proposal, effectsHash?: Hex): Proposal {
  const pinned: ProposalBody = effectsHash === undefined ? body : { ...body, effectsHash };
  return { ...pinned, id: canonicalHash(pinned) };
}

/**
 * Reads a proposal file and believes nothing in it: the id must be the hash of the rest, and calls and
 * postconditions must be what the intents give.
 * @throws LPCTL_PROPOSAL_UNREADABLE, _UNKNOWN_SCHEMA, _EDITED, _CALLS_DIFFER
 */
export function parseProposal(text: string, where: string): Proposal {
  const json = parseJson(text, where);
  const schema = z.object({ schema: z.unknown() }).safeParse(json);
  if (schema.success && schema.data.schema !== 1) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_UNKNOWN_SCHEMA",
      exit: Exit.usage,
      message: `${where} has schema ${JSON.stringify(schema.data.schema)}, and this lpctl knows only schema 1`,
      next: "Use the lpctl version that wrote the file, or prepare the proposal again",
    });
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw unreadable(where, `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "does not fit"}`);
  }
  const { id, ...body } = parsed.data;
  const actual = canonicalHash(body);
  if (actual !== id) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_EDITED",
      exit: Exit.refused,
      message: `${where} was changed after it was made`,
      why: `its id says ${id}, its content hashes to ${actual}`,
      next: "Restore the file from version control, or prepare the proposal again",
    });
  }
  requireDerivable(body, where);
  return { ...body, id };
}

function requireDerivable(body: ProposalBody, where: string): void {
  const { calls, pinned, promised } = deriveOrRefuse(body.intents, where);
  if (!sameCalls(calls, body.calls)) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_CALLS_DIFFER",
      exit: Exit.refused,
      message: `The calls in ${where} are not those that its intents give`,
      why: "somebody built this file so that it says one thing and does another",
      next: "Do not sign. Ask where the file came from, and prepare the proposal again from its intents",
      details: { expected: calls, found: body.calls },
    });
  }
  const given = new Set(body.preconditions.map(({ read }) => canonicalHash(read)));
  const foreign = [...given].some((read) => !pinned.has(read));
  // The value of a parameter may go unpinned where its contract gets new code: perhaps nothing but that code tells it.
  const replaced = new Set(body.intents.flatMap((intent) => (intent.kind === "upgrade" ? [intent.proxy.address] : [])));
  const optional = new Set(
    readsToPin(body.intents.filter((intent) => intent.kind === "set-parameter" && replaced.has(intent.target))).map(canonicalHash),
  );
  const unpinned = [...pinned].some((read) => !given.has(read) && !optional.has(read));
  const differs = foreign || unpinned ? "preconditions" : canonicalHash(promised) === canonicalHash(body.postconditions) ? undefined : "postconditions";
  if (differs !== undefined) {
    throw new LpctlError({
      code: "LPCTL_PROPOSAL_CALLS_DIFFER",
      exit: Exit.refused,
      message: `The ${differs} in ${where} are not those that its intents give`,
      next: "Do not sign. Prepare the proposal again from its intents",
    });
  }
  requireOwnEvidence(body, where);
}

/** What a file says about code must be about the code that its intents install. */
function requireOwnEvidence({ intents, code }: ProposalBody, where: string): void {
  const installed = new Map(
    intents.flatMap((intent): [Address, Hex][] => {
      if (intent.kind === "upgrade") return [[intent.implementation, intent.implementationCodeHash]];
      return intent.kind === "register" ? [[intent.address, intent.codeHash]] : [];
    }),
  );
  const stranger = code.find(({ address, codeHash }, index) => installed.get(address) !== codeHash || code.findIndex((one) => one.address === address) !== index);
  if (stranger === undefined) return;
  throw new LpctlError({
    code: "LPCTL_PROPOSAL_CALLS_DIFFER",
    exit: Exit.refused,
    message: `What ${where} says about the code at ${stranger.address} does not fit its intents`,
    why: "each piece of evidence must name code that an intent installs, once, and by the same hash",
    next: "Do not sign. Prepare the proposal again from its intents",
  });
}

function deriveOrRefuse(intents: Intent[], where: string): { calls: Call[]; pinned: Set<Hex>; promised: Condition[] } {
  try {
    return {
      calls: deriveCalls(intents),
      pinned: new Set(readsToPin(intents).map(canonicalHash)),
      promised: postconditions(intents),
    };
  } catch (cause) {
    throw unreadable(where, `its intents give no calls: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function parseJson(text: string, where: string): unknown {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    throw unreadable(where, cause instanceof Error ? cause.message : String(cause));
  }
}

function unreadable(where: string, why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_PROPOSAL_UNREADABLE",
    exit: Exit.usage,
    message: `${where} is not a proposal file`,
    why,
    next: "Restore the file from version control, or prepare the proposal again",
  });
}

