import type { BrowserKey } from "../config/key-schema.ts";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import { browserPage, type BrowserRequest } from "./browser-page.ts";
import { serveOnce, type BrowserAnswer } from "./browser-server.ts";
import { cannotSend } from "./cannot-send.ts";
import type { KeyContext } from "./key-context.ts";
import type { ExternalSigner } from "./signer.ts";

/** Signs with a wallet in the person's browser, on a page that this process serves once, to this machine only. */
export function browserSigner({ address }: BrowserKey, { say, openBrowser, timeoutSeconds }: KeyContext): ExternalSigner {
  const ask = async (request: BrowserRequest): Promise<BrowserAnswer> => {
    const server = await serveOnce((nonce) => browserPage(request, nonce));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(timedOut(timeoutSeconds)), timeoutSeconds * 1_000);
    });
    try {
      say(`Open this page in the browser that has the wallet of ${address} (within ${timeoutSeconds} seconds; it answers once):`);
      say(`  ${server.url}`);
      openBrowser?.(server.url);
      const answer = await Promise.race([server.answer, late]);
      if (answer.outcome === "refused") throw refused();
      if (answer.outcome === "failed") throw failed(answer.words);
      return answer;
    } finally {
      clearTimeout(timer);
      server.close();
    }
  };
  return {
    kind: "browser",
    address,
    canSend: false,
    async readAddresses() {
      const answer = await ask({ kind: "addresses", address });
      if (answer.outcome !== "addresses") throw failed("It answered another question.");
      return answer.addresses;
    },
    async signTypedData(domain, types, message) {
      const answer = await ask({ kind: "signature", address, domain, types, message });
      // What is no signature is judged by the guard.
      return answer.outcome === "signed" ? answer.signature : "";
    },
    signTransaction: () => Promise.reject(cannotSend("browser")),
  };
}

function refused(): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_REFUSED",
    exit: Exit.refused,
    message: "The signature was refused in the browser.",
    next: "If you refused because the wallet showed something else than the terminal, treat it as an incident: do not sign on this machine, and tell the other owners.",
  });
}

function failed(words: string): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_BROWSER_FAILED",
    exit: Exit.failed,
    message: "The browser wallet gave no signature.",
    why: `It says: ${printable(words.slice(0, 300))}`,
    next: "Find out why before you ask again; if it showed something else than the terminal, treat it as an incident.",
  });
}

function timedOut(timeoutSeconds: number): LpctlError {
  return new LpctlError({
    code: "LPCTL_KEYS_BROWSER_TIMEOUT",
    exit: Exit.failed,
    message: `The browser gave no answer within ${timeoutSeconds} seconds; the page is closed.`,
    why: "The page was never opened, or its tab was closed before the wallet had answered.",
    next: "Refuse what still stands in the wallet, then run the command again, with a larger timeoutSeconds at the key if need be.",
  });
}
