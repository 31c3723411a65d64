import type { Policy } from "../protocol/policy.ts";

/** Notes about what can only be done beside a proposal that is kept already. */
const DUE_ONCE_KEPT: readonly string[] = ["traffic-not-replayed"];

/** The policy for a proposal that is being prepared: what nobody could have done yet is noted, and refused afterwards. */
export function beforeItIsKept(policy: Policy | undefined): Policy | undefined {
  const later = policy?.refuse.filter((name) => DUE_ONCE_KEPT.includes(name)) ?? [];
  if (policy === undefined || later.length === 0) return policy;
  return { ...policy, refuse: policy.refuse.filter((name) => !later.includes(name)), later };
}
