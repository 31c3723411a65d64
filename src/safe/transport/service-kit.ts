import type SafeApiKitModule from "@safe-global/api-kit";
import type { ServiceFetch } from "./service-fetch.ts";

export type SafeApiKit = InstanceType<typeof SafeApiKitModule>;

/** A call of api-kit that travels through our own `fetch`. Only for methods that send their one request at once. */
export type CallKit = <T>(call: (kit: SafeApiKit) => Promise<T>) => Promise<T>;

/**
 * api-kit knows the paths, queries and bodies of the service. Its own way of sending has no deadline, follows redirects anywhere and
 * repeats nothing; it uses another one only where it believes to be in a browser, which it finds out in the very turn in which a
 * method is called. So there is a `window` with our `fetch` for that turn, in which no other code runs.
 * @throws TypeError when api-kit sent something without it, so that a new version of it cannot go around this unnoticed
 */
export async function openKit(parts: { chainId: bigint; base: URL; apiKey: string | undefined; fetch: ServiceFetch }): Promise<CallKit> {
  const { default: ApiKit } = await import("@safe-global/api-kit");
  const kit = new ApiKit({ chainId: parts.chainId, txServiceUrl: parts.base.href, ...(parts.apiKey === undefined ? {} : { apiKey: parts.apiKey }) });
  return async (call) => {
    let asked = false;
    const fetch: ServiceFetch = (url, request) => {
      asked = true;
      return parts.fetch(url, request);
    };
    const scope = globalThis as { window?: unknown };
    const before = Object.getOwnPropertyDescriptor(scope, "window");
    scope.window = { fetch };
    let answer;
    try {
      answer = call(kit);
    } finally {
      if (before === undefined) delete scope.window;
      else Object.defineProperty(scope, "window", before);
    }
    const result = await answer;
    if (!asked) throw new TypeError("api-kit did not use the fetch it was given");
    return result;
  };
}
