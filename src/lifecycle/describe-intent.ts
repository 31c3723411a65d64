import type { Intent } from "../proposal/intent.ts";
import { describeSafeChange } from "../proposal/safe-change.ts";
import { ZERO_ADDRESS } from "../protocol/hex.ts";
import { PARAMETERS } from "../protocol/parameters.ts";
import { splitKeys } from "../protocol/parameters.ts";
import { formatHuman } from "../protocol/units.ts";
import { plural } from "../protocol/plural.ts";

/** One sentence in the words of the people who decide. */
export function describeIntent(intent: Intent): string {
  switch (intent.kind) {
    case "upgrade":
      return `Upgrade ${intent.contract} to the code at ${intent.implementation}${intent.initializer === "0x" ? "" : ` and call it with ${intent.initializer}`}`;
    case "set-parameter":
      return `Set ${intent.parameter} to ${formatIntentValue(intent)}`;
    case "transfer-ownership":
      return `Hand the ownership of ${intent.contract} to ${intent.newOwner}`;
    case "grant-role":
      return `Give ${intent.roleName} of ${intent.contract} to ${intent.account}`;
    case "revoke-role":
      return `Take ${intent.roleName} of ${intent.contract} from ${intent.account}`;
    case "register":
      return intent.address === ZERO_ADDRESS
        ? `Take ${intent.contract} out of the registry`
        : `Register ${intent.contract} at ${intent.address}`;
    case "migrate-minter":
      return `Move all LPT, all ether and the right to mint from the Minter ${intent.minter} to ${intent.newMinter}`;
    case "pause":
      return `Pause the protocol (Controller ${intent.controller})`;
    case "unpause":
      return `Unpause the protocol (Controller ${intent.controller})`;
    case "change-safe":
      return `Change the Safe ${intent.safe}: ${describeSafeChange(intent.change)}`;
    case "calls":
      return `Make ${plural(intent.calls.length, "call")} as given`;
  }
}

/** `1 in 500 (500)` where the unit is certain; the raw integer where one name has several scales. */
function formatIntentValue(intent: Extract<Intent, { kind: "set-parameter" }>): string {
  const { name } = splitKeys(intent.parameter);
  const units = new Set(PARAMETERS.filter(({ id }) => id === name).map(({ unit }) => unit));
  const [unit, second] = units;
  if (unit === undefined || second !== undefined || !/^\d+$/.test(intent.value)) return intent.value;
  const human = formatHuman(BigInt(intent.value), unit);
  return human === intent.value ? human : `${human} (${intent.value})`;
}
