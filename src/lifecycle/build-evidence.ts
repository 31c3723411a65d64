import { z } from "zod";
import { canonicalJson } from "../proposal/canonical.ts";
import type { StoredProposal } from "../proposal/store.ts";
import type { Policy } from "../protocol/policy.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import type { Effect } from "../simulation/effects/effects.ts";
import { isOfState } from "../simulation/evidence/confirm-answers.ts";
import type { Evidence } from "../simulation/evidence/evidence.ts";
import { packSources } from "../simulation/evidence/pack-sources.ts";
import { pruneAnswers } from "../simulation/evidence/prune-answers.ts";
import type { Assessment } from "./assess-proposal.ts";

export interface EvidenceRequest {
  stored: StoredProposal;
  assessment: Assessment;
  bundle: SafeBundle | undefined;
  /** What the proposal as it is stored may change. */
  effects: readonly Effect[] | undefined;
  producedBy: string;
}

/** With members in the order of RFC 8785: that in which they came to be is chance. */
function inOrder(value: unknown): unknown {
  return JSON.parse(canonicalJson(value));
}

function settingsOf({ refuse, later, allow, requires, acting, ...others }: Policy): NonNullable<Evidence["settings"]["policy"]> {
  return {
    ...others,
    refuse: [...refuse],
    ...(later === undefined ? {} : { later: [...later] }),
    allow: [...allow],
    ...(requires === undefined ? {} : { requires: { ...requires, for: [...requires.for] } }),
    ...(acting === true ? { acting } : {}),
  };
}

/**
 * Everything that an assessment rested on, for the file beside the proposal. Made last: what the report read is part of it.
 * @throws LPCTL_EVIDENCE_CONTRADICTION, LPCTL_EVIDENCE_SOURCES_CHANGED
 */
export async function buildEvidence({ stored, assessment, bundle, effects, producedBy }: EvidenceRequest): Promise<Evidence> {
  const { record } = assessment;
  const { witness } = record;
  if (witness === undefined) throw new Error("an assessment has simulated");
  const state = witness.recorded();
  const [proof, worth] = [await witness.prove(), witness.evidence()];
  const { controller, sources, policy, aftermath } = record.project;
  const answers = pruneAnswers(record.answers(), state);
  return {
    producedBy,
    name: stored.name,
    settings: {
      controller: controller ?? null,
      sources,
      policy: policy === undefined ? null : settingsOf(policy),
      ...(aftermath === false ? { aftermath } : {}),
    },
    proposal: inOrder(stored.proposal),
    bundle: inOrder(bundle ?? null),
    state,
    proof: proof ?? { unproven: worth.proof === "unproven" ? worth.why : "the RPC gave no proof" },
    answers,
    unconfirmed: answers.flatMap((answer, index) => (isOfState(answer.method) && !record.confirmed.has(answer) ? [index] : [])),
    local: z.record(z.string(), z.unknown()).parse(inOrder({ ...record.local, effects: effects ?? null })),
    sources: packSources(record.compiled, Object.values(state.accounts).map(({ code }) => code)),
  };
}
