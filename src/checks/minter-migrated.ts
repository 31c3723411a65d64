import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";
import { firstRegistration } from "./registrations.ts";

/** `migrateToNewMinter(address)` */
const MIGRATE = "0x18d217ad";

/**
 * A Minter is emptied while it is still the registered one: the new Minter takes ether from the registered Minter only.
 * Registered too early, the new one starts with nothing and the old one can never be emptied.
 */
export const minterMigrated: Check = {
  name: "minter-migrated",
  codes: ["minter-funds-left", "minter-not-registered", "minter-is-another", "minter-registered-early"],
  explains:
    "The Minter holds the protocol's ether and owns its token, and it is replaced instead of upgraded. It can be " +
    "emptied only while it is the registered one, into a Minter that takes ether from the registered one only: in " +
    "the wrong order everything stays in a contract that nothing obeys any more.",
  find: ({ calls }) => {
    const registered = firstRegistration(calls, "Minter");
    const position = calls.findIndex(({ data }) => data.startsWith(MIGRATE));
    const call = calls[position];
    if (call === undefined) {
      return registered === undefined
        ? []
        : [refusal("minter-funds-left", "Another Minter is registered, and nothing moves what the old one holds", `${registered.address}; migrate first, in the same batch`)];
    }
    const heir = `0x${call.data.slice(34, 74)}`;
    if (registered === undefined) {
      return [refusal("minter-not-registered", "The Minter is emptied, and the one that gets everything is not registered", `register ${heir} as Minter after the migration, in the same batch`)];
    }
    if (registered.address.toLowerCase() !== heir) {
      return [refusal("minter-is-another", "The Minter that gets everything is not the one that is registered", `${heir} gets it, ${registered.address} is registered`)];
    }
    return registered.position < position
      ? [refusal("minter-registered-early", "The new Minter is registered before the old one is emptied, which then refuses to be", "migrate first, then register")]
      : [];
  },
};

function refusal(code: string, title: string, detail: string): Finding {
  return { severity: "refuse", code, title, detail };
}
