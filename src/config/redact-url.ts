/**
 * A URL fit to print: without user, password, query, and without path parts that may be API keys
 * (providers put the key last in the path). Host and scheme stay, so that a person recognises it.
 */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return "(not a URL)";
  const url = new URL(text);
  const path = url.pathname
    .split("/")
    .map((part) => (part.length >= 16 ? "…" : part))
    .join("/");
  const query = url.search === "" ? "" : "?…";
  return `${url.protocol}//${url.host}${path === "/" ? "" : path}${query}`;
}
