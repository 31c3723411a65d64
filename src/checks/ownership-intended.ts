import type { Finding } from "../finding.ts";
import type { Address } from "../protocol/hex.ts";
import { shownPath, shownTransition } from "../outcome/place.ts";
import type { StateChange } from "../outcome/simulation.ts";
import type { Check } from "./check.ts";

/** `owner`, `_pendingOwner`, `erc1967.admin`, `openzeppelin.Ownable._owner`; not a field of some entry that has an owner. */
const OWNERSHIP = /^(erc1967\.|openzeppelin\.\w+\.)?_?(owner|admin|pendingOwner)$/;

/**
 * A change of owner that no intent asks for: by the variable's name, and where no layout gives it one, by a word that held
 * an authority of this proposal and holds it no more.
 */
export const ownershipIntended: Check = {
  name: "ownership-intended",
  codes: ["ownership-changes"],
  explains:
    "Whoever owns a contract decides on everything in it. A batch may hand it over in passing, by name or through a " +
    "variable that no layout explains; only an intent that says so makes it right. In August 2021 a crafted call " +
    "made an attacker the keeper of Poly Network's funds: 611 million dollars.",
  find: (proposal, simulation) => {
    const heirs = new Map(
      proposal.intents.flatMap((intent): [Address, Address][] => {
        if (intent.kind === "transfer-ownership") return [[intent.target, intent.newOwner]];
        return intent.kind === "migrate-minter" ? [[intent.token, intent.newMinter]] : [];
      }),
    );
    const isIntended = ({ address, after }: StateChange): boolean => {
      const heir = heirs.get(address);
      return heir !== undefined && contains(after, heir);
    };
    const leavesAuthority = ({ kind, path, before, after }: StateChange): boolean =>
      kind === "storage" && path === undefined && proposal.authorities.some(({ address }) => contains(before, address) && !contains(after, address));
    return simulation.changes
      .filter((change) => ((change.path !== undefined && OWNERSHIP.test(change.path)) || leavesAuthority(change)) && !isIntended(change))
      .map(
        (change): Finding => ({
          severity: "refuse",
          code: "ownership-changes",
          title: `The ${shownPath(change)} of ${change.contract ?? change.address} changes, which no intent asks for`,
          detail: shownTransition(change),
        }),
      );
  },
};

/** Whether an address lies in a word, packed with others or alone. */
function contains(word: string, address: string): boolean {
  return word.toLowerCase().includes(address.slice(2).toLowerCase());
}
