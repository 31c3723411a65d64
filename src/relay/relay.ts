import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import { ChainReader } from "./chain-reader.ts";
import type { RelayContext } from "./context.ts";
import { DEFAULT_LIMITS } from "./http/limits.ts";
import type { RelayLimits } from "./http/limits.ts";
import { isLoopback, startHttpServer } from "./http/server.ts";
import { aboutRoutes } from "./resources/about.ts";
import { confirmationRoutes } from "./resources/confirmations.ts";
import { dataDecoderRoutes } from "./resources/data-decoder.ts";
import { delegateRoutes } from "./resources/delegates.ts";
import { estimationRoutes } from "./resources/estimations.ts";
import { messageRoutes } from "./resources/messages.ts";
import { multisigTransactionRoutes } from "./resources/multisig-transactions.ts";
import { safeRoutes } from "./resources/safes.ts";
import { ChainStore } from "./store/chain-store.ts";
import { openDatabase } from "./store/database.ts";
import { DelegateStore } from "./store/delegate-store.ts";
import { MessageStore } from "./store/message-store.ts";
import { loadSqlite } from "./store/sqlite.ts";
import { TransactionStore } from "./store/transaction-store.ts";
import { Watcher } from "./watcher.ts";

export interface RelayOptions {
  rpc: Rpc;
  /** The RPC must be of this chain. */
  chainId: bigint;
  /** Made when it is not there. */
  databasePath: string;
  /** Default 127.0.0.1. Any address that others can reach needs a token. */
  host?: string | undefined;
  /** Default 0: a free one. */
  port?: number | undefined;
  /** Clients send it as `Authorization: Bearer …`; api-kit does when it is given as `apiKey`. */
  token?: string | undefined;
  /** Where clients reach the relay through a proxy. Needs a token, too. */
  publicUrl?: URL | undefined;
  limits?: Partial<RelayLimits> | undefined;
  officialDelegatecallsOnly?: boolean | undefined;
  /** How often the chain is looked at when nobody asks. */
  pollMs?: number | undefined;
  /** Of lpctl, for `about`. */
  version?: string | undefined;
  /** Told what was stored, one printable line each. */
  onEvent?: ((line: string) => void) | undefined;
  /** Told what went wrong within the relay or between it and the chain, one printable line each. */
  onProblem?: ((line: string) => void) | undefined;
}

export interface Relay {
  /** For api-kit's `txServiceUrl`: ends in `/api`, without a slash. */
  url: string;
  /** Lets requests under way end, stores what is acknowledged, and closes. Safe to call twice. */
  close(): Promise<void>;
}

const DEFAULT_POLL_MS = 2_000;
/** Shorter ones can be guessed. */
const SHORTEST_TOKEN = 16;

/**
 * A service with the API of the Safe Transaction Service, as api-kit uses it, for one chain. It believes nobody: hashes are
 * computed again, signers recovered, owners read on chain, executions taken from the chain's events.
 * @throws LPCTL_RELAY_TOKEN_NEEDED, _TOKEN_WEAK, _WRONG_CHAIN, _PORT_TAKEN, _NO_SUCH_HOST, _NODE_TOO_OLD, _DATABASE_*; LPCTL_RPC_*
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const host = options.host ?? "127.0.0.1";
  requireToken(options, host);
  loadSqlite();
  await requireChain(options.rpc, options.chainId);
  const database = openDatabase(options.databasePath, options.chainId);
  try {
    const onProblem = options.onProblem ?? (() => {});
    const onEvent = options.onEvent ?? (() => {});
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const chain = new ChainReader(options.rpc);
    const chainStore = new ChainStore(database);
    const watcher = new Watcher({
      database,
      store: chainStore,
      chain,
      pollMs: options.pollMs ?? DEFAULT_POLL_MS,
      onExecuted: ({ safe, safeTxHash, succeeded, transactionHash }) => onEvent(`${succeeded ? "executed" : "failed on chain"} ${safeTxHash} of ${safe} in ${transactionHash}`),
      onFailure: tellOnce(onProblem),
    });
    const context: RelayContext = {
      chainId: options.chainId,
      chain,
      database,
      transactions: new TransactionStore(database),
      delegates: new DelegateStore(database),
      messages: new MessageStore(database),
      chainStore,
      watcher,
      limits,
      officialDelegatecallsOnly: options.officialDelegatecallsOnly === true,
      version: options.version ?? "",
      nowMs: () => Date.now(),
      onEvent,
    };
    const server = await startHttpServer({ host, port: options.port ?? 0, publicUrl: options.publicUrl, token: options.token, limits, routes: routesOf(context), onDefect: onProblem });
    watcher.start();
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await server.close();
      await watcher.stop();
      database.close();
    };
    return { url: server.url, close: () => (closing ??= close()) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function routesOf(context: RelayContext): Parameters<typeof startHttpServer>[0]["routes"] {
  return [
    ...aboutRoutes(context),
    ...safeRoutes(context),
    ...multisigTransactionRoutes(context),
    ...confirmationRoutes(context),
    ...delegateRoutes(context),
    ...messageRoutes(context),
    ...dataDecoderRoutes(),
    ...estimationRoutes(context),
  ];
}

function requireToken({ token, publicUrl }: RelayOptions, host: string): void {
  if (token === undefined && isLoopback(host) && publicUrl === undefined) return;
  if (token === undefined) {
    throw new LpctlError({
      code: "LPCTL_RELAY_TOKEN_NEEDED",
      exit: Exit.usage,
      message: "A relay that others can reach needs a token",
      why: publicUrl === undefined ? `${printable(host)} is not an address of this machine alone` : "a proxy leads others to it",
      next: "(umask 077; openssl rand -hex 32 > relay.token), then add --token-file relay.token",
    });
  }
  if (token.length >= SHORTEST_TOKEN && /^[\x21-\x7e]+$/.test(token)) return;
  throw new LpctlError({
    code: "LPCTL_RELAY_TOKEN_WEAK",
    exit: Exit.usage,
    message: "The relay's token is no good",
    why: `It has ${token.length} characters; a token has at least ${SHORTEST_TOKEN}, all of them printable and none a space`,
    next: "(umask 077; openssl rand -hex 32 > relay.token)",
  });
}

async function requireChain(rpc: Rpc, chainId: bigint): Promise<void> {
  const actual = await rpc.chainId();
  if (actual === chainId) return;
  throw new LpctlError({
    code: "LPCTL_RELAY_WRONG_CHAIN",
    exit: Exit.usage,
    message: `The relay is for chain ${chainId}, and ${rpc.origin} serves chain ${actual}`,
    next: "Correct `rpcUrl` or `chainId` of the network in lpctl.yaml",
  });
}

/** A chain that is away for an hour is one line, not two thousand. */
function tellOnce(tell: (line: string) => void): (error: unknown) => void {
  let last = "";
  return (error) => {
    const line = error instanceof LpctlError ? `${error.code} ${error.message}` : error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    if (line !== last) tell(printable(line));
    last = line;
  };
}
