import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { detail } from "./problem.ts";

export interface AccessRules {
  /** What clients send as `Authorization: Bearer …`; undefined lets everyone in who reaches the port. */
  token: string | undefined;
  /** The only values of the Host header that are answered, lower case; undefined where the token alone decides. */
  hosts: ReadonlySet<string> | undefined;
}

/**
 * Lets a request in or not. The Host header is looked at because a web page may have its own name resolve to 127.0.0.1
 * (DNS rebinding) and then speak to the relay from within a browser; such pages also send an Origin.
 * @throws HttpProblem 401, 403, 421
 */
export function requireAccess(request: IncomingMessage, rules: AccessRules): void {
  const host = request.headers.host?.toLowerCase() ?? "";
  if (rules.hosts !== undefined && !rules.hosts.has(host)) throw detail(421, "This relay does not answer to that name.");
  if (request.headers.origin !== undefined) throw detail(403, "This relay does not answer to web pages.");
  if (rules.token === undefined) return;
  const given = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (given === undefined) throw detail(401, "Authentication credentials were not provided.", { "www-authenticate": "Bearer" });
  if (!sameText(given, rules.token)) throw detail(401, "The token is not the one of this relay.", { "www-authenticate": "Bearer" });
}

/** In a time that tells nothing about where two texts differ, nor about the length of the secret. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
