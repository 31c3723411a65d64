import { expect, test } from "vitest";
import { orOffline } from "../../../src/cli/or-offline.ts";
import { Exit, LpctlError } from "../../../src/errors.ts";

const failing = (code: LpctlError["code"]): Promise<never> => Promise.reject(new LpctlError({ code, exit: Exit.usage, message: "no", next: "lpctl node start" })).catch(orOffline("lpctl safe verify a.json --offline"));

test("where no network is configured the way without one is named, and nothing else is touched", async () => {
  await expect(failing("LPCTL_CONFIG_MISSING")).rejects.toMatchObject({ code: "LPCTL_CONFIG_MISSING", exit: Exit.usage, next: "Without a network: lpctl safe verify a.json --offline" });
  await expect(failing("LPCTL_CONFIG_MALFORMED")).rejects.toMatchObject({ next: "lpctl node start" });
});
