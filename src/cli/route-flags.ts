import * as Flags from "@oclif/core/flags";
import type { Effect } from "../simulation/effects/effects.ts";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";

/** For commands that simulate a proposal. */
export const aftermathFlags = {
  aftermath: Flags.boolean({
    allowNo: true,
    default: true,
    summary: "After the proposal, live some rounds on the fork and go back to the old code. --no-aftermath: faster on a distant RPC.",
  }),
};

/** Flags of every command that makes a proposal. */
export const draftFlags = {
  effects: Flags.string({ helpValue: "FILE", summary: "What the proposal may change: an edited effects.json." }),
  "dry-run": Flags.boolean({ summary: "Do everything but write and send." }),
};

/** The same where the route may have delays, and the protocol is lived in afterwards. */
export const proposeFlags = {
  ...aftermathFlags,
  delay: Flags.string({ helpValue: "BLOCKS", summary: "Blocks a Governor waits between staging and executing." }),
  "delay-seconds": Flags.string({ helpValue: "SECONDS", summary: "Seconds a timelock waits, if longer than its minimum." }),
  ...draftFlags,
};

/** What people allow a proposal to change, where they named a file. @throws LPCTL_EFFECTS_UNREADABLE, _INVALID */
export async function readEffects(path: string | undefined): Promise<Effect[] | undefined> {
  if (path === undefined) return undefined;
  const { loadEffects } = await import("../simulation/effects/effects-file.ts");
  return loadEffects(path);
}

/** A whole number from a flag. @throws LPCTL_USAGE_NOT_A_NUMBER */
export function parseCount(text: string | undefined, flag: string, fallback: bigint, least = 0n): bigint {
  if (text === undefined) return fallback;
  if (/^[0-9]{1,18}$/.test(text) && BigInt(text) >= least) return BigInt(text);
  throw new LpctlError({
    code: "LPCTL_USAGE_NOT_A_NUMBER",
    exit: Exit.usage,
    message: `${flag} takes a whole number${least === 0n ? "" : ` from ${least} on`}, not "${printable(text)}"`,
    next: `For example: ${flag} 10`,
  });
}

/** `verificationRate=500` from a flag, or where a command takes it. @throws LPCTL_USAGE_PAIRS */
export function parseSetting(text: string, where = "--set"): { name: string; value: string } {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return { name: name.trim(), value: value.trim() };
  throw new LpctlError({
    code: "LPCTL_USAGE_PAIRS",
    exit: Exit.usage,
    message: `${where} takes NAME=VALUE, not "${printable(text)}"`,
    next: `For example: ${where === "--set" ? "--set " : ""}"verificationRate=1 in 500"`,
  });
}
