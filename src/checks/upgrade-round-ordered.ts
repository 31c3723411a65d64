import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";
import { firstRegistration } from "./registrations.ts";

/** `setLIPUpgradeRound(uint256,uint256)` */
const SET_UPGRADE_ROUND = "0x13013e7a";

/**
 * The round from which a BondingManager counts by new rules (LIP-36) is kept by the RoundsManager: first the code that
 * can keep it, then the round, then the code that asks for it.
 */
export const upgradeRoundOrdered: Check = {
  name: "upgrade-round-ordered",
  codes: ["upgrade-round-before-rounds-manager", "upgrade-round-after-bonding-manager"],
  explains:
    "From the round of a LIP on, a BondingManager counts by new rules (LIP-36), and asks the RoundsManager for that " +
    "round. Before the round is set it reads zero, so that every round of the past would fall under the new rules.",
  find: ({ calls }) => {
    const set = calls.findIndex(({ data }) => data.startsWith(SET_UPGRADE_ROUND));
    if (set === -1) return [];
    const rounds = firstRegistration(calls, "RoundsManagerTarget")?.position;
    const bonding = firstRegistration(calls, "BondingManagerTarget")?.position;
    const findings: Finding[] = [];
    if (rounds !== undefined && rounds > set) {
      findings.push(refusal("upgrade-round-before-rounds-manager", "An upgrade round is set before the RoundsManager gets the code that keeps it"));
    }
    if (bonding !== undefined && bonding < set) {
      findings.push(refusal("upgrade-round-after-bonding-manager", "The BondingManager gets its code before the upgrade round that this code asks for is set"));
    }
    return findings;
  },
};

function refusal(code: string, title: string): Finding {
  return { severity: "refuse", code, title, detail: "the order is RoundsManager, setLIPUpgradeRound, BondingManager" };
}
