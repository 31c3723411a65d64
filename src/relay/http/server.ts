import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Exit, LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";
import { requireAccess } from "./access.ts";
import type { AccessRules } from "./access.ts";
import { RateLimiter } from "./limits.ts";
import type { RelayLimits } from "./limits.ts";
import { detail, HttpProblem } from "./problem.ts";
import { readJsonBody } from "./request-body.ts";
import { API_PREFIX, Router } from "./router.ts";
import type { RelayResponse, Route } from "./router.ts";

export interface HttpServerOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Where clients reach the relay when a proxy stands in front: `https://safe.example.org`, without a path. */
  publicUrl: URL | undefined;
  token: string | undefined;
  limits: RelayLimits;
  routes: readonly Route[];
  /** Told of a defect, one printable line. Never what a client sent. */
  onDefect(line: string): void;
}

export interface HttpServer {
  /** Ends in `/api`, without a slash, as api-kit wants it. */
  url: string;
  /** Takes no more requests, lets those under way end, and closes. */
  close(): Promise<void>;
}

const PATIENCE_AT_CLOSE_MS = 3_000;

/** @throws LPCTL_RELAY_PORT_TAKEN, LPCTL_RELAY_NO_SUCH_HOST */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { limits } = options;
  const rules: AccessRules = { token: options.token, hosts: undefined };
  const handler = new RequestHandler(options, rules);
  const server = createServer(
    {
      headersTimeout: limits.headSeconds * 1000,
      requestTimeout: limits.requestSeconds * 1000,
      // By default node looks only every 30 s whether somebody is too slow.
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => void handler.answer(request, response),
  );
  server.maxConnections = limits.connections;
  // Whoever does not take the answer; the request itself is timed above, and told so.
  server.setTimeout((limits.requestSeconds + 5) * 1000);
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  const base = options.publicUrl?.origin ?? `http://${bracketed(options.host)}:${port}`;
  rules.hosts = knownHosts(options, port);
  handler.base = base;
  return {
    url: `${base}${API_PREFIX}`,
    close: async () => {
      handler.closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), PATIENCE_AT_CLOSE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** On every interface any name may lead here, and the token decides; everywhere else the names are known. */
function knownHosts({ host, publicUrl }: HttpServerOptions, port: number): Set<string> | undefined {
  if (!isLoopback(host) && publicUrl === undefined) return undefined;
  const names = ["127.0.0.1", "localhost", "[::1]", bracketed(host).toLowerCase()];
  return new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : []), ...(publicUrl === undefined ? [] : [publicUrl.host.toLowerCase()])]);
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

class RequestHandler {
  base = "";
  closing = false;
  readonly #options: HttpServerOptions;
  readonly #rules: AccessRules;
  readonly #router: Router;
  readonly #limiter: RateLimiter;

  constructor(options: HttpServerOptions, rules: AccessRules) {
    this.#options = options;
    this.#rules = rules;
    this.#router = new Router(options.routes);
    this.#limiter = new RateLimiter(options.limits);
  }

  /** Never rejects: whatever happens becomes an answer. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, body } = await this.#handle(request, response);
      this.#send(response, status, body);
    } catch (error) {
      const problem = error instanceof HttpProblem ? error : this.#defect(error);
      // Half of a body that nobody wants is not read to its end.
      const unread = !request.complete;
      this.#send(response, problem.status, problem.body, { ...problem.headers, ...(unread ? { connection: "close" } : {}) });
      if (unread) response.once("finish", () => request.destroy());
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<RelayResponse> {
    this.#limiter.take(request.socket.remoteAddress ?? "");
    requireAccess(request, this.#rules);
    const [path = "", ...rest] = (request.url ?? "").split("?");
    const search = rest.join("?");
    const found = this.#router.find(request.method ?? "", path);
    if ("redirect" in found) {
      response.setHeader("location", `${found.redirect}${search === "" ? "" : `?${search}`}`);
      return { status: 301 };
    }
    const body = found.route.method === "GET" ? undefined : await readJsonBody(request, this.#options.limits.bodyBytes);
    return found.route.handle({ params: found.params, query: new URLSearchParams(search), body, url: `${this.base}${path}` });
  }

  #send(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    if (response.headersSent || response.destroyed) return;
    const text = body === undefined ? "" : JSON.stringify(body);
    response.statusCode = status;
    response.setHeader("content-length", Buffer.byteLength(text));
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");
    if (body !== undefined) response.setHeader("content-type", "application/json");
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (this.closing) response.setHeader("connection", "close");
    response.end(text);
  }

  #defect(error: unknown): HttpProblem {
    const what = error instanceof LpctlError ? `${error.code} ${error.message}` : error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#options.onDefect(printable(what));
    return detail(500, "The relay could not do this. Its own output says why.");
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(notListening(error, host, port)));
    server.listen(port, host, () => resolve());
  });
}

function notListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return new LpctlError({
      code: "LPCTL_RELAY_PORT_TAKEN",
      exit: Exit.usage,
      message: `Port ${port} on ${host} is taken`,
      why: "another program listens there, perhaps a relay that runs already",
      next: "Choose another with --port, or --port 0 for a free one",
    });
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND" || error.code === "EAI_AGAIN") {
    return new LpctlError({
      code: "LPCTL_RELAY_NO_SUCH_HOST",
      exit: Exit.usage,
      message: `This machine has no address ${printable(host)}`,
      next: "Give one of its own addresses with --host, or 0.0.0.0 for all of them",
      cause: error,
    });
  }
  return error;
}
