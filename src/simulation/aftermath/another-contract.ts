import type { Verdict } from "../../outcome/aftermath.ts";
import type { Scene } from "./invariant.ts";
import type { LivingState } from "./living-state.ts";

type Compared = Pick<LivingState, "protocol">;

/**
 * Why a name leads to another contract than without the proposal, where an intent says that it shall: what the old one
 * remembers cannot be asked of the new one. Undefined where it is the same, or nobody named it.
 */
export function anotherContract(name: string, { protocol }: Compared, { control, intended }: Pick<Scene, "control" | "intended">): string | undefined {
  const [is, was] = [protocol.contracts.get(name), control.protocol.contracts.get(name)];
  return is === was || !intended.registered.has(name) ? undefined : `${name} is another contract afterwards`;
}

/** The same of what pays for work, which has another name since there are tickets. */
export function otherPayments(state: Compared, scene: Pick<Scene, "control" | "intended">): string | undefined {
  const [is, was] = [state.protocol, scene.control.protocol].map(({ ticketBroker }) => (ticketBroker === undefined ? "JobsManager" : "TicketBroker"));
  if (is === undefined || was === undefined) return undefined;
  if (is === was) return anotherContract(is, state, scene);
  return scene.intended.registered.has("TicketBroker") ? `${is} takes the place of ${was}, which keeps what it holds` : undefined;
}

/** What is not asked, and why. Where everything is the same nevertheless, somebody carried it over. */
export function unlessCarriedOver(verdict: Verdict, replaced: string | undefined): Verdict {
  return verdict.holds || replaced === undefined ? verdict : { holds: true, untried: "replaced", detail: `${replaced}: ${verdict.detail}` };
}
