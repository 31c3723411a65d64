import { TypedDataEncoder } from "ethers/hash";
import type { TypedDataDomain, TypedDataField } from "ethers/hash";
import type { Address } from "../protocol/hex.ts";
import { printable } from "../protocol/printable.ts";
import { BROWSER_SCRIPT } from "./browser-script.ts";
import { BROWSER_STYLE } from "./browser-style.ts";
import { groupDigits } from "./group-digits.ts";
import { typedDataJson } from "./typed-data-json.ts";

/** What the page asks the wallet for: a signature, or only which addresses it has. */
export type BrowserRequest =
  | { kind: "addresses"; address: Address }
  | { kind: "signature"; address: Address; domain: TypedDataDomain; types: Record<string, TypedDataField[]>; message: Record<string, unknown> };

/**
 * The page as HTML, complete: it loads nothing.
 * @param nonce that its script and style carry, and the Content-Security-Policy names
 */
export function browserPage(request: BrowserRequest, nonce: string): string {
  const isSignature = request.kind === "signature";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${isSignature ? "Sign for lpctl" : "Show lpctl an address"}</title>
<style nonce="${nonce}">${BROWSER_STYLE}</style>
</head>
<body>
<main>
<h1>${isSignature ? "Sign what lpctl shows" : "Which addresses does this wallet have?"}</h1>
<p>${isSignature ? "Compare this page with the terminal, and the wallet with both." : "Nothing is signed here."} Expected account:</p>
<p class="account"><code>${request.address}</code></p>
${isSignature ? signatureSections(request) : ""}
<section class="act">
<label id="wallets" hidden>Wallet <select id="wallet"></select></label>
<div class="buttons">
<button id="go" class="go">${isSignature ? "Sign with the wallet" : "Ask the wallet"}</button>
<button id="refuse">${isSignature ? "Refuse" : "Cancel"}</button>
</div>
<p id="status" role="status" aria-live="polite"></p>
</section>
</main>
<script type="application/json" id="request">${scriptData(request)}</script>
<script nonce="${nonce}">${BROWSER_SCRIPT}</script>
</body>
</html>
`;
}

function signatureSections({ domain, types, message }: Extract<BrowserRequest, { kind: "signature" }>): string {
  const primaryType = TypedDataEncoder.getPrimaryType(types);
  const isSafe = primaryType === "SafeTx";
  const hashes: [string, string][] = [
    ["Domain hash", TypedDataEncoder.hashDomain(domain)],
    ["Message hash", TypedDataEncoder.from(types).hash(message)],
    [isSafe ? "safeTxHash" : "Hash that is signed", TypedDataEncoder.hash(domain, types, message)],
  ];
  const about: [string, unknown][] = [
    ["Chain", domain.chainId],
    [isSafe ? "Safe" : "Contract", domain.verifyingContract],
    ["Name", domain.name],
    ["Version", domain.version],
  ];
  const fields = (types[primaryType] ?? []).map(({ name }): [string, unknown] => isSafe ? readableField(name, message[name]) : [name, message[name]]);
  const operation = isSafe && String(message["operation"]) !== "0" ? `<p class="warning"><strong>operation ${escapeHtml(String(message["operation"]))}: a delegatecall.</strong> The code at <code>to</code> runs with all the power of the Safe.</p>` : "";
  return `${operation}
<section>
<h2>Hashes to compare</h2>
<dl class="hashes">${hashes.map(([name, hash]) => `<dt>${name}</dt><dd>${hashLines(hash)}</dd>`).join("")}</dl>
</section>
<section>
<h2>${escapeHtml(primaryType)}</h2>
<dl>${[...about.filter(([, value]) => value !== undefined && value !== null), ...fields].map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd><code>${escapeHtml(formatValue(value))}</code></dd>`).join("")}</dl>
</section>`;
}

/** In groups of four and lines of four groups: what an eye can keep between two screens. */
function hashLines(hash: string): string {
  const groups = groupDigits(hash).slice(3).split(" ");
  return [0, 4, 8, 12].map((at) => `<code class="line">${groups.slice(at, at + 4).join(" ")}</code>`).join("");
}

/** The fields of a Safe transaction with their units and meanings. */
function readableField(name: string, value: unknown): [string, unknown] {
  if (name === "value") return ["value, wei", value];
  if (name === "operation") return [name, String(value) === "0" ? "0 (call)" : `${String(value)} (delegatecall)`];
  if (name === "data" && typeof value === "string") return [`data, ${(value.length - 2) / 2} bytes`, value];
  return [name, value];
}

function formatValue(value: unknown): string {
  if (typeof value === "object" && value !== null) return JSON.stringify(value, (_key, each: unknown) => (typeof each === "bigint" ? each.toString() : each));
  return String(value);
}

function scriptData(request: BrowserRequest): string {
  const { kind, address } = request;
  const chainId = kind === "signature" ? request.domain.chainId : undefined;
  const data = {
    kind,
    address,
    chainId: chainId === undefined || chainId === null ? null : BigInt(chainId).toString(),
    typedData: kind === "signature" ? typedDataJson(request.domain, request.types, request.message) : null,
  };
  // `</script>` inside of a string would end the element.
  return JSON.stringify(data).replaceAll("<", String.raw`\u003c`);
}

function escapeHtml(text: string): string {
  return printable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
