import type { Finding } from "../finding.ts";
import type { Proposal } from "../proposal/proposal.ts";
import { readsToPin } from "../proposal/conditions.ts";
import { canonicalHash } from "../proposal/canonical.ts";
import { proxyNameOfTarget } from "../protocol/contract-id.ts";
import type { RegisterIntent } from "../proposal/intent.ts";
import { HASH_OF_NO_CODE, ZERO_ADDRESS } from "../protocol/hex.ts";
import type { Check } from "./check.ts";

/** The Controller takes any address under any id. What becomes unusable by that, or slips past the comparison of layouts. */
export const registrationSane: Check = {
  name: "registration-sane",
  codes: [
    "entry-removed",
    "proxy-without-code",
    "registered-without-code",
    "entry-replaced",
    "code-not-compared",
  ],
  explains:
    "The Controller takes any address under any id. An entry that leads nowhere stops whatever asks for it, and " +
    "code registered by a plain entry slips past the comparison of storage layouts. On Arbitrum, Livepeer's " +
    "ServiceRegistry was first deployed without its proxy and had to be replaced.",
  find: (proposal) =>
    proposal.intents.flatMap((intent): Finding[] => {
      if (intent.kind !== "register") return [];
      const { contract, address } = intent;
      const proxy = proxyNameOfTarget(contract);
      if (address === ZERO_ADDRESS) {
        return proxy === undefined
          ? [finding("warning", "entry-removed", `Whatever asks the registry for ${contract} finds nothing from then on`, address)]
          : [finding("refuse", "proxy-without-code", `${proxy} would have no code: every call to it would revert until it has`, address)];
      }
      if (intent.codeHash === HASH_OF_NO_CODE) return [finding("refuse", "registered-without-code", `There is no code at what would be ${contract}`, address)];
      if (!isRegistered(proposal, intent)) return [];
      return proxy === undefined
        ? [finding("warning", "entry-replaced", `Another contract takes the place of ${contract}: what the old one keeps stays there, and it loses the rights that go by this name`, address)]
        : [finding("refuse", "code-not-compared", `${contract} is registered already: its code is replaced by an upgrade, which compares storage layouts`, address)];
    }),
};

/** By what was pinned: the entry's address is the first word of the answer. */
function isRegistered(proposal: Proposal, intent: RegisterIntent): boolean {
  const [entry] = readsToPin([intent]);
  const pinned = proposal.preconditions.find(({ read }) => canonicalHash(read) === canonicalHash(entry));
  return pinned !== undefined && BigInt(pinned.expect.slice(0, 66)) !== 0n;
}

function finding(severity: Finding["severity"], code: string, title: string, detail: string): Finding {
  return { severity, code, title, detail };
}
