import * as Flags from "@oclif/core/flags";
import { Exit, LpctlError } from "../errors.ts";

/** Flags of commands that make a proposal. */
export const proposeFlags = {
  delay: Flags.string({ helpValue: "BLOCKS", summary: "Blocks a Governor waits between staging and executing." }),
  "delay-seconds": Flags.string({ helpValue: "SECONDS", summary: "Seconds a timelock waits, if longer than its minimum." }),
  "dry-run": Flags.boolean({ summary: "Do everything but write and send." }),
};

/** A whole number from a flag. @throws LPCTL_USAGE_NOT_A_NUMBER */
export function parseCount(text: string | undefined, flag: string, fallback: bigint): bigint {
  if (text === undefined) return fallback;
  if (/^[0-9]{1,18}$/.test(text)) return BigInt(text);
  throw new LpctlError({
    code: "LPCTL_USAGE_NOT_A_NUMBER",
    exit: Exit.usage,
    message: `${flag} takes a whole number, not "${text}"`,
    next: `For example: ${flag} 10`,
  });
}

/** `verificationRate=500` from a flag. @throws LPCTL_USAGE_PAIRS */
export function parseSetting(text: string): { name: string; value: string } {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return { name: name.trim(), value: value.trim() };
  throw new LpctlError({
    code: "LPCTL_USAGE_PAIRS",
    exit: Exit.usage,
    message: `--set takes NAME=VALUE, not "${text}"`,
    next: 'For example: --set "verificationRate=1 in 500"',
  });
}
