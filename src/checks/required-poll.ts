import type { Intent } from "../proposal/intent.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { ChangeKind, Policy, PollRequirement } from "../protocol/policy.ts";

/**
 * The poll that a policy wants for a proposal; undefined where nothing that it changes needs one, and where those with stake decide
 * anyway: in the governor that its route leads through.
 */
export function requiredPoll(policy: Policy | undefined, { intents, authorities }: Pick<Proposal, "intents" | "authorities">): PollRequirement | undefined {
  const { requires } = policy ?? {};
  if (requires === undefined || authorities.some(({ kind }) => kind === "vote-governor")) return undefined;
  const safes = new Set<string>(authorities.flatMap(({ kind, address }) => (kind === "safe" ? [address] : [])));
  return intents.flatMap((intent) => kindsOf(intent, safes)).some((kind) => requires.for.includes(kind)) ? requires : undefined;
}

/** What a Safe on the route calls in itself changes nothing but the Safe; an empty call to itself, nothing but its nonce. */
function kindsOf(intent: Intent, safes: ReadonlySet<string>): ChangeKind[] {
  if (intent.kind !== "calls" || !intent.calls.every(({ to }) => safes.has(to))) return [intent.kind];
  return intent.calls.every(({ data, valueWei }) => data === "0x" && valueWei === 0n) ? [] : ["change-safe"];
}
