/** Runs command lines one after the other as `bin/run.js` would each in a process of its own; spoken to over the IPC of warm-lpctl.ts. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { WarmAnswer, WarmRun } from "./warm-lpctl.ts";

const root = join(import.meta.dirname, "../..");
const launcher = process.argv[2] === "source" ? await runsSource() : await runsBuild();

const leave = process.exit.bind(process);
const LEFT = new Error("the command line is over");
process.exit = () => {
  throw LEFT;
};
// Each command line listens for signals again.
process.setMaxListeners(0);
process.on("disconnect", () => leave(0));
process.on("message", (run: WarmRun) => void answer(run));
process.send?.("ready");

async function runsBuild(): Promise<(args: readonly string[]) => Promise<void>> {
  const { main } = (await import(pathToFileURL(join(root, "dist/src/cli/main.js")).href)) as { main(argv: readonly string[], options: { root: string }): Promise<void> };
  return (args) => main(args, { root });
}

/** `bin/dev.js` itself each time, with what it imports loaded once. */
async function runsSource(): Promise<(args: readonly string[]) => Promise<void>> {
  const path = join(root, "bin/dev.js");
  await import("../../src/cli/main.ts");
  let times = 0;
  return async (args) => {
    process.argv = [process.execPath, path, ...args];
    await import(`${pathToFileURL(path).href}?${++times}`);
  };
}

async function answer({ args, cwd, env }: WarmRun): Promise<void> {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = undefined;
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  let failure: string | undefined;
  try {
    await launcher(args);
  } catch (error) {
    if (error !== LEFT) failure = String(error);
  }
  const ran: WarmAnswer = { stdout: stdout(), stderr: stderr(), exitCode: Number(process.exitCode ?? 0), failure };
  process.exitCode = undefined;
  process.send?.(ran);
}

/** Keeps what is written to a stream; what it returns gives that and lets the stream go. */
function capture(stream: NodeJS.WriteStream): () => string {
  const { write } = stream;
  let text = "";
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    const done = rest.findLast((one) => typeof one === "function") as (() => void) | undefined;
    if (done !== undefined) setImmediate(done);
    return true;
  };
  return () => {
    stream.write = write;
    return text;
  };
}
