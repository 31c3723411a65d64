import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect } from "vitest";
import { z } from "zod";
import { Rpc } from "../../src/chain/rpc.ts";
import { endNode } from "./end-node.ts";
import { freePort } from "./free-port.ts";
import { cleanEnvironment, documentOf, runLpctl, type Ran } from "./run-lpctl.ts";
import { createWarmLpctl } from "./warm-lpctl.ts";

/** What a person must be told, and what scripts branch on. */
export interface Refusal {
  exit: number;
  code: string;
  /** In the message or the cause. */
  says?: string | RegExp;
}

/** A project of its own on a chain of its own that makes a block for each transaction and none besides. */
export interface LocalChain {
  folder: string;
  rpc: Rpc;
  /** The real binary, in a process of its own. */
  run(args: readonly string[], options?: { env?: Record<string, string>; cwd?: string; input?: string }): Promise<Ran>;
  /** Runs with `--json`, demands `exit`, and gives the result. */
  result<T>(args: readonly string[], exit?: number): Promise<T>;
  /**
   * Demands the refusal in both forms of output (or one, where the other was seen already): as text of the real binary
   * (or of the one process that is kept, as all that is run for its JSON). Demands too that nothing was written, nothing
   * sent, and no control byte shown. `seen` gets what was run for its JSON.
   */
  refuses(args: readonly string[], refusal: Refusal, options?: { env?: Record<string, string>; cwd?: string; input?: string; forms?: "json" | "both"; seen?: (ran: Ran) => void }): Promise<void>;
  /** As `refuses`, for several commands that must meet the same refusal; the text form is looked at once. */
  refusesAll(commands: readonly (readonly string[])[], refusal: Refusal): Promise<void>;
  /** Every file of the project by its content, without caches and the chain's own files. */
  files(): Record<string, string>;
  /** Gives the chain's state back after `change`. */
  withChainChanged(change: () => Promise<void>, then: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Whatever a terminal obeys, save line feeds and tabs. No colour is asked for off a terminal, so none is expected. */
export const CONTROL = /[^\P{Cc}\n\t]/u;

/** @param text who shows the text form of a refusal */
export async function startLocalChain(phase: "governor" | "safe" | "eoa" | "stake" = "governor", text: "binary" | "warm" = "binary"): Promise<LocalChain> {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-bad-"));
  const run: LocalChain["run"] = (args, options) => runLpctl(args, { cwd: folder, ...options });
  const warm = createWarmLpctl();
  const runWarm: LocalChain["run"] = (args, { cwd = folder, env, input } = {}) =>
    input === undefined ? warm.run({ args, cwd, env: { ...cleanEnvironment(cwd), ...env } }) : runLpctl(args, { cwd, ...(env && { env }), ...(input === undefined ? {} : { input }) });
  const result = async <T>(args: readonly string[], exit = 0): Promise<T> => {
    const ran = await runWarm([...args, "--json"]);
    expect(ran.exitCode, ran.stdout).toBe(exit);
    return documentOf(ran).result as T;
  };
  const { rpcUrl } = await result<{ rpcUrl: string }>(["node", "start", "--no-actors", "--phase", phase, ...(phase === "stake" ? ["--profile", "current"] : []), "--block-time", "0", "--port", String(await freePort())]);
  const rpc = new Rpc(rpcUrl);
  const files = (): Record<string, string> => contents(folder, folder);

  const refuses: LocalChain["refuses"] = async (args, { exit, code, says }, options) => {
    const [before, block] = [files(), await rpc.blockNumber()];
    const json = await runWarm([...args, "--json"], options);
    expect(json.exitCode, json.stdout).toBe(exit);
    expect(json.stderr).toBe("");
    expect(json.stdout).not.toMatch(CONTROL);
    const { ok, error } = documentOf(json);
    expect(ok).toBe(false);
    expect(error).toMatchObject({ code });
    expect(error?.["next"], "what to do next").toEqual(expect.stringMatching(/\S/));
    const said = `${String(error?.["message"])}\n${String(error?.["cause"])}\n${String(error?.["next"])}`;
    if (says !== undefined) expect(said).toMatch(says);

    if (options?.forms !== "json") {
      const shown = await (text === "binary" ? run : runWarm)(args, options);
      expect(shown.exitCode, shown.stderr).toBe(exit);
      expect(shown.stderr).toContain(code);
      expect(shown.stderr).toMatch(/next:/);
      expect(`${shown.stdout}${shown.stderr}`).not.toMatch(CONTROL);
      expect(shown.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    }

    expect(files()).toEqual(before);
    expect(await rpc.blockNumber()).toBe(block);
    options?.seen?.(json);
  };

  return {
    folder,
    rpc,
    run,
    result,
    refuses,
    async refusesAll(commands, refusal) {
      for (const [index, args] of commands.entries()) await refuses(args, refusal, { forms: index === 0 ? "both" : "json" });
    },
    files,
    async withChainChanged(change, then) {
      const snapshot = await rpc.request("evm_snapshot", [], z.string());
      try {
        await change();
        await then();
      } finally {
        expect(await rpc.request("evm_revert", [snapshot], z.boolean())).toBe(true);
      }
    },
    async stop() {
      await warm.stop();
      await endNode(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function contents(root: string, folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
      const path = join(folder, entry.name);
      const name = relative(root, path);
      // `.foundry` is anvil's own.
      if (entry.name === ".cache" || entry.name === ".foundry" || name === join(".lpctl", "node") || name === join(".lpctl", "tally")) return [];
      if (entry.isDirectory()) return [[`${name}/`, ""], ...Object.entries(contents(root, path))];
      return [[name, createHash("sha256").update(readFileSync(path)).digest("hex")]];
    }),
  );
}
