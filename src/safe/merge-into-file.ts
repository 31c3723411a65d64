import { existsSync } from "node:fs";
import { errnoOf } from "../errno-of.ts";
import { Exit, LpctlError } from "../errors.ts";
import { mergeBundles, type SafeBundle } from "./bundle.ts";
import { loadBundle, writeBundle } from "./bundle-file.ts";
import { asOnlyWriter } from "./one-writer.ts";

/**
 * Puts the signatures of a bundle into its file, beside those that are there now: a person reads for minutes before signing, and
 * another may have signed into the same file meanwhile.
 * @returns what the file holds then
 * @throws LPCTL_BUNDLE_DIFFERENT when the file is by now one of another transaction, which stays as it is; what `loadBundle` finds
 * wrong with it; LPCTL_FILE_NOT_WRITTEN, LPCTL_DISK_FULL
 */
export async function mergeIntoFile(path: string, bundle: SafeBundle): Promise<SafeBundle> {
  const merge = async (): Promise<SafeBundle> => {
    const merged = existsSync(path) ? mergeBundles(bundle, await loadBundle(path)) : bundle;
    await writeBundle(path, merged);
    return merged;
  };
  return asOnlyWriter(path, merge, (cause, why = errnoOf(cause)) => {
    return new LpctlError({ code: "LPCTL_FILE_NOT_WRITTEN", exit: Exit.failed, message: `${path} could not be written`, why, next: "Check the folder and its permissions; nothing was changed", cause });
  });
}
