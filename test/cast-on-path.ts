import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

/**
 * What is signed is hashed by `cast` too, with six calls for each: npm's launcher of it is another Node process, which takes
 * longer than all of them. So its program itself comes first on the PATH.
 */
export function putCastOnPath(): void {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  try {
    const umbrella = createRequire(import.meta.url).resolve("@foundry-rs/cast/package.json");
    const program = createRequire(umbrella).resolve(`@foundry-rs/cast-${process.platform}-${architecture}/package.json`);
    process.env["PATH"] = [join(dirname(program), "bin"), process.env["PATH"]].join(delimiter);
  } catch {
    // There is none for this platform: then the launcher, if any.
  }
}
