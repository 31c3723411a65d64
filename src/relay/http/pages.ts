import type { RelayRequest, RelayResponse } from "./router.ts";

export interface PageRequest {
  limit: number;
  offset: number;
}

const DEFAULT_LIMIT = 100;
const MOST_PER_PAGE = 200;

/** Nonsense counts as absent, as in the service. */
export function parsePage(query: URLSearchParams): PageRequest {
  const limit = parseCount(query.get("limit"));
  return { limit: Math.min(limit === undefined || limit === 0 ? DEFAULT_LIMIT : limit, MOST_PER_PAGE), offset: parseCount(query.get("offset")) ?? 0 };
}

/** One page with the addresses of its neighbours, which keep every other part of the query. */
export function pageResponse(request: RelayRequest, page: PageRequest, count: number, results: readonly unknown[], more: Record<string, unknown> = {}): RelayResponse {
  const at = (offset: number): string => {
    const query = new URLSearchParams(request.query);
    query.set("limit", String(page.limit));
    if (offset > 0) query.set("offset", String(offset));
    else query.delete("offset");
    return `${request.url}?${query.toString()}`;
  };
  return {
    status: 200,
    body: {
      count,
      next: page.offset + page.limit < count ? at(page.offset + page.limit) : null,
      previous: page.offset > 0 ? at(Math.max(0, page.offset - page.limit)) : null,
      results,
      ...more,
    },
  };
}

function parseCount(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
