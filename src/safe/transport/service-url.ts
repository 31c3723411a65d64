import { isIP } from "node:net";
import { Exit, LpctlError } from "../../errors.ts";
import { printable } from "../../protocol/printable.ts";

/**
 * The base of a Safe Transaction Service, as api-kit wants it: ending in `/api`. Unencrypted only on this machine, since the
 * requests carry an API key, and the answers what people are asked to sign.
 * @throws LPCTL_SERVICE_BAD_URL, LPCTL_SERVICE_INSECURE
 */
export function parseServiceUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) throw badUrl("it is no http:// or https:// address");
  // A key in the URL would end up in shell histories and logs.
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") throw badUrl("it carries more than a host and a path; an API key belongs into safeServiceKeyFile");
  url.pathname = url.pathname.replace(/\/+$/, "");
  if (!url.pathname.endsWith("/api")) throw badUrl(`${printable(url.href)} does not end in /api`);
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw new LpctlError({
      code: "LPCTL_SERVICE_INSECURE",
      exit: Exit.usage,
      message: `${printable(url.host)} would be spoken to without encryption`,
      why: "whoever is in between could read the API key and change every answer",
      next: "Use an https:// address; http:// is for this machine (127.0.0.1) only",
    });
  }
  return url;
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

function badUrl(why: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_SERVICE_BAD_URL",
    exit: Exit.usage,
    message: "The address of the Safe Transaction Service cannot be used",
    why,
    next: "Give one such as https://api.safe.global/tx-service/arb1/api in networks.<name>.safeServiceUrl, or with --with",
  });
}
