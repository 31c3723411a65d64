import type { Finding } from "../finding.ts";
import type { Check } from "./check.ts";

/** What the replay that is kept beside a proposal shows. */
export const trafficUnchanged: Check = {
  name: "traffic-unchanged",
  codes: ["traffic-differs", "traffic-not-replayed", "traffic-as-expected"],
  explains:
    "Layouts and interfaces can be equal and the code still treat people differently. The transactions that a contract " +
    "really received are the best test there is: run again on the old and on the new code, each from the state of its " +
    "moment, they must come out the same but for what the upgrade is meant to change. In January 2021 BondingManager paid " +
    "some claims everything that their transcoder's delegators had ever earned once more: the same claims come out " +
    "differently on the code before. lpctl proposal replay makes the comparison and keeps it beside the proposal. " +
    "It takes a proposal that is kept already: a policy that refuses traffic-not-replayed lets one be prepared, and from then on " +
    "refuses in proposal check, and to sign or execute it, until the replay is there.",
  find: (proposal, _simulation, { traffic, staleTraffic }) => {
    const upgrades = proposal.intents.filter((intent) => intent.kind === "upgrade");
    if (upgrades.length === 0) return [];
    if (traffic === undefined) {
      return [
        {
          severity: "info",
          code: "traffic-not-replayed",
          title: "No past transactions have been run on the new code",
          detail: staleTraffic === undefined ? "lpctl proposal replay does it" : `the replay that lies beside the proposal does not count: ${staleTraffic}; lpctl proposal replay makes it again`,
        },
      ];
    }
    return traffic.flatMap((outcome): Finding[] => {
      const unexpected = outcome.classes.filter(({ expected }) => !expected);
      const skipped = outcome.skipped.reduce((sum, { count }) => sum + count, 0);
      const blocks = `blocks ${outcome.fromBlock} to ${outcome.toBlock}${skipped === 0 ? "" : `; ${skipped} could not be run again`}`;
      if (outcome.transactions === 0 && skipped > 0) {
        return [{ severity: "info", code: "traffic-not-replayed", title: `No past transaction of ${outcome.contract} could be run on the new code`, detail: outcome.skipped.map(({ reason, count }) => `${count}: ${reason}`).join("; ") }];
      }
      if (unexpected.length === 0) {
        return [
          {
            severity: "info",
            code: "traffic-as-expected",
            title:
              outcome.transactions === 0
                ? `No past transaction of ${outcome.contract} was found`
                : `${outcome.identical} of ${outcome.transactions} past transactions of ${outcome.contract} come out the same on the new code${outcome.expected === 0 ? "" : `, ${outcome.expected} differ as expected`}`,
            detail: blocks,
          },
        ];
      }
      const ways = unexpected.slice(0, 5).map(({ signature, selector, kind, what, count }) => `${signature ?? selector}: ${kind}, ${what} (${count})`);
      return [
        {
          severity: "warning",
          code: "traffic-differs",
          title: `${outcome.transactions - outcome.identical - outcome.expected} of ${outcome.transactions} past transactions of ${outcome.contract} come out differently on the new code`,
          detail: `${ways.join("; ")}${unexpected.length > 5 ? `; and ${unexpected.length - 5} more ways` : ""}; ${blocks}`,
        },
      ];
    });
  },
};
