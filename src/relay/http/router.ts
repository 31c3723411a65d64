import { detail } from "./problem.ts";

export interface RelayRequest {
  /** What stands for each `:name` of the path, decoded. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  /** Parsed JSON; undefined without a body. */
  body: unknown;
  /** Address of this very resource without its query, for links to other pages. */
  url: string;
}

/** `body` undefined: none at all. */
export interface RelayResponse {
  status: number;
  body?: unknown;
}

export interface Route {
  method: "GET" | "POST" | "DELETE";
  /** Below `/api`, ends in a slash: `/v1/safes/:address/`. */
  path: string;
  handle(request: RelayRequest): RelayResponse | Promise<RelayResponse>;
}

/** Where a request goes: a route, or (301) the same path with the slash that belongs there. */
export type Found = { route: Route; params: Record<string, string> } | { redirect: string };

/** Every path of the API begins so; api-kit is given the address with it. */
export const API_PREFIX = "/api";

export class Router {
  readonly #routes: { pattern: RegExp; names: string[]; route: Route }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => {
      const names = [...route.path.matchAll(/:([a-zA-Z]+)/g)].map((match) => match[1] ?? "");
      return { route, names, pattern: new RegExp(`^${API_PREFIX}${route.path.replaceAll(/:[a-zA-Z]+/g, "([^/]+)")}$`) };
    });
  }

  /** @throws HttpProblem 404 for an unknown path, 405 with `Allow` for another method, 400 for a path that cannot be decoded */
  find(method: string, path: string): Found {
    const matching = this.#matching(path);
    if (matching.length === 0) {
      // What a Django service does; api-kit leaves the slash out in places and follows.
      if (!path.endsWith("/") && this.#matching(`${path}/`).length > 0) return { redirect: `${path}/` };
      throw detail(404, "Not found.");
    }
    const found = matching.find(({ route }) => route.method === method);
    if (found === undefined) {
      const allowed = [...new Set(matching.map(({ route }) => route.method))].join(", ");
      throw detail(405, `Method "${/^[A-Z]{1,10}$/.test(method) ? method : "?"}" not allowed.`, { allow: allowed });
    }
    const values = found.pattern.exec(path)?.slice(1) ?? [];
    return { route: found.route, params: Object.fromEntries(found.names.map((name, index) => [name, decode(values[index] ?? "")])) };
  }

  #matching(path: string): { pattern: RegExp; names: string[]; route: Route }[] {
    return this.#routes.filter(({ pattern }) => pattern.test(path));
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw detail(400, "The path cannot be decoded.");
  }
}
