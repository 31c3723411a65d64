import { Exit, LpctlError } from "../errors.ts";
import { nearestName } from "../protocol/nearest-name.ts";
import { ATTACKS } from "./attacks/all-attacks.ts";
import { attackScenario } from "./attacks/attack.ts";
import { confluenceScenario } from "./confluence.ts";
import { emergencyScenario } from "./emergency.ts";
import { failedVotesScenario } from "./failed-votes.ts";
import { forkScenario } from "./fork.ts";
import { genesisScenario } from "./genesis.ts";
import { handoverScenario } from "./handover.ts";
import { launchToCurrentScenario } from "./launch-to-current.ts";
import { migrationScenario } from "./migration.ts";
import { minterSwapScenario } from "./minter-swap.ts";
import { pollScenario } from "./poll.ts";
import type { Scenario } from "./rehearsal.ts";
import { roundLengthScenario } from "./round-length.ts";
import { upgradeScenario } from "./upgrade.ts";
import { voteScenario } from "./vote.ts";

/** Every scenario, one file each; the first is the default. */
export const SCENARIOS: readonly Scenario[] = [
  upgradeScenario,
  genesisScenario,
  launchToCurrentScenario,
  emergencyScenario,
  roundLengthScenario,
  minterSwapScenario,
  migrationScenario,
  confluenceScenario,
  forkScenario,
  pollScenario,
  voteScenario,
  handoverScenario,
  failedVotesScenario,
  ...ATTACKS.map(attackScenario),
];

/** @throws LPCTL_REHEARSAL_UNKNOWN with the nearest name */
export function findScenario(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const names = SCENARIOS.map((scenario) => scenario.name);
  throw new LpctlError({
    code: "LPCTL_REHEARSAL_UNKNOWN",
    exit: Exit.usage,
    message: `There is no scenario ${name}`,
    why: `scenarios: ${names.join(", ")}`,
    next: `lpctl rehearse ${nearestName(name, names) ?? names[0] ?? ""}`,
  });
}
