import { join, resolve } from "node:path";
import * as Flags from "@oclif/core/flags";
import type { Outcome } from "../../src/cli/base-command.ts";
import { writeNote, writeProblem } from "../../src/cli/output.ts";
import { producedBy } from "../../src/cli/produced-by.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import { untilSignal } from "../../src/cli/signals.ts";
import { styleFor } from "../../src/cli/style.ts";
import { Exit, LpctlError } from "../../src/errors.ts";
import { onExit } from "../../src/on-exit.ts";

export default class SafeServe extends ProjectCommand<typeof SafeServe> {
  static override summary = "Serve a relay where owners collect signatures, with the API of the Safe Transaction Service.";
  static override description =
    "For api-kit and whatever is built on it: give it the address that is shown. Hashes are computed again, signers recovered, owners and executions read on chain; " +
    "what is acknowledged is on the disk. Runs until Ctrl-C or SIGTERM. Nobody but this machine reaches it unless --host or --public-url is given, " +
    "and then clients need the token.";
  static override flags = {
    port: Flags.integer({ min: 0, max: 65_535, default: 8000, helpValue: "N", summary: "Port; 0 takes a free one." }),
    host: Flags.string({ default: "127.0.0.1", helpValue: "ADDRESS", summary: "Address to listen on." }),
    "public-url": Flags.string({ helpValue: "URL", summary: "Where clients reach it through a proxy, e.g. https://safe.example.org." }),
    "token-file": Flags.string({ helpValue: "PATH", summary: "File with the token that clients send as Authorization: Bearer." }),
    database: Flags.string({ helpValue: "PATH", summary: "SQLite file. Default: .lpctl/relay/<chain id>.sqlite in the project." }),
    rate: Flags.integer({ min: 1, max: 100_000, default: 100, helpValue: "N", summary: "Requests per second that one client address may make." }),
    "official-delegatecalls-only": Flags.boolean({ summary: "Refuse proposals that run other code within the Safe than the libraries Safe released." }),
  };
  static override examples = [
    "<%= config.bin %> safe serve",
    "<%= config.bin %> safe serve --port 0 --json",
    "<%= config.bin %> safe serve --public-url https://safe.example.org --token-file relay.token",
  ];

  protected override async execute(): Promise<Outcome> {
    const { flags } = this;
    const publicUrl = parsePublicUrl(flags["public-url"]);
    const { startRelay } = await import("../../src/relay/relay.ts");
    const { loadToken } = await import("../../src/relay/load-token.ts");
    const token = flags["token-file"] === undefined ? undefined : await loadToken(flags["token-file"]);
    const project = await this.openProject("read");
    const database = flags.database === undefined ? join(project.folder, ".lpctl", "relay", `${project.chainId}.sqlite`) : resolve(flags.database);
    const relay = await startRelay({
      rpc: project.rpc,
      chainId: project.chainId,
      databasePath: database,
      host: flags.host,
      port: flags.port,
      publicUrl,
      token,
      // Some of them at once, as a page that opens makes them.
      limits: { requestsPerSecond: flags.rate, requestBurst: flags.rate * 3 },
      officialDelegatecallsOnly: flags["official-delegatecalls-only"],
      version: producedBy().replace(/^lpctl /, ""),
      onEvent: (line) => writeNote(`${new Date().toISOString()}  ${line}`),
      onProblem: (line) => writeProblem(`${new Date().toISOString()}  ${line}`),
    });
    const stopped = untilSignal();
    const forget = onExit(() => relay.close());
    const result = { url: relay.url, network: project.network, chainId: project.chainId, database, token: token !== undefined, pid: process.pid };
    return {
      result,
      text: [
        `Relay for ${project.network} (chain ${project.chainId}) at ${styleFor("stdout").bold(relay.url)}`,
        `  data   ${database}`,
        `  token  ${token === undefined ? "none: whoever reaches this machine's port may read and propose" : "needed by every client"}`,
      ].join("\n"),
      next: `set networks.${project.network}.safeServiceUrl to ${relay.url}; Ctrl-C stops the relay`,
      serving: stopped.then(() => relay.close()).finally(forget),
    };
  }
}

function parsePublicUrl(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "" && url.username === "") return url;
  throw new LpctlError({
    code: "LPCTL_RELAY_BAD_URL",
    exit: Exit.usage,
    message: "--public-url takes scheme and host, such as https://safe.example.org",
    why: "the API begins at /api below it, and nothing may stand before or after",
    next: "lpctl safe serve --help",
  });
}
