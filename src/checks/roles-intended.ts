import { id } from "ethers";
import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

/** OpenZeppelin AccessControl. */
const ROLE_EVENTS = new Map([
  [id("RoleGranted(bytes32,address,address)"), "gives a role to"],
  [id("RoleRevoked(bytes32,address,address)"), "takes a role from"],
  [id("RoleAdminChanged(bytes32,bytes32,bytes32)"), "changes who may give a role"],
]);

const WANTED = new Map([
  ["grant-role", id("RoleGranted(bytes32,address,address)")],
  ["revoke-role", id("RoleRevoked(bytes32,address,address)")],
]);

/** Roles are power too. An authority that changes its own is being handed over; only an intent that says so makes it right. */
export const rolesIntended: Check = {
  name: "roles-intended",
  codes: ["roles-change"],
  explains:
    "Roles of AccessControl are power beside ownership: who may propose to a timelock or mint a token. In March " +
    "2022 five of nine validator keys, one of them a permission that was granted for a while and never taken back, " +
    "were enough to empty the Ronin bridge.",
  find: (proposal, simulation) => {
    const wanted = new Set(
      proposal.intents.flatMap((intent) => (intent.kind === "grant-role" || intent.kind === "revoke-role" ? [keyOf(intent.target, WANTED.get(intent.kind), intent.role, intent.account)] : [])),
    );
    const authorities = new Set(proposal.authorities.map(({ address }) => address));
    return simulation.steps
      .flatMap(({ events }) => events)
      .flatMap(({ address, addressName, topics }): Finding[] => {
        const what = ROLE_EVENTS.get(topics[0] ?? "");
        if (what === undefined || wanted.has(keyOf(address, topics[0], topics[1], `0x${(topics[2] ?? "").slice(-40)}`))) return [];
        const account = what.startsWith("changes") ? "" : ` 0x${(topics[2] ?? "").slice(-40)}`;
        return [
          {
            severity: authorities.has(address) ? "refuse" : "warning",
            code: "roles-change",
            title: `${addressName ?? address} ${what}${account}`,
            detail: `role ${topics[1] ?? "unknown"} of ${address}`,
          },
        ];
      });
  },
};

function keyOf(contract: string, event: string | undefined, role: string | undefined, account: string): string {
  return [contract, event, role, account].join(":").toLowerCase();
}
