import { preparedCheck } from "./prepared-check.ts";

/** What in the new logic collides with the proxy in front of it. */
export const proxyCollision = preparedCheck({
  name: "proxy-collision",
  codes: [
    "proxy-admin-function-shadowed",
    "proxy-function-overridden",
    "proxy-functions-shadowed",
    "proxy-selector-clash",
    "proxy-slot-overlapped",
    "upgrade-function-missing",
  ],
  explains:
    "A proxy keeps a little state and answers a few functions itself. Logic with a variable in the same slot " +
    "overwrites where the proxy looks its code up, and logic with a function of the same selector is never reached. " +
    "In July 2022 Audius lost 6 million dollars of tokens to governance: the proxy's admin lay where the logic kept " +
    "its initialised flag.",
});
