import type { Policy } from "../protocol/policy.ts";

/** The policy for somebody who is about to sign or to send: what people have to decide before that must be decided by now. */
export function beforeActing(policy: Policy | undefined): Policy | undefined {
  return policy?.requires === undefined ? policy : { ...policy, acting: true };
}
