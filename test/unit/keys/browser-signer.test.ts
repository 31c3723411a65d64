import { existsSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { guardedSigner, type Incident } from "../../../src/keys/guarded-signer.ts";
import { openKey } from "../../../src/keys/open-key.ts";
import type { ExternalSigner } from "../../../src/keys/signer.ts";
import { typedDataJson } from "../../../src/keys/typed-data-json.ts";
import { pollUntil } from "../../../src/chain/poll.ts";
import { safeTransactionMessage } from "../../../src/safe/transaction.ts";
import { refusalOf } from "../safe/local-safe.ts";
import { ADDRESS, GOOD, HASHES, REQUEST, signed, TX, withHighS } from "./typed-note.ts";

const CHROMIUM = "/usr/bin/chromium";

interface Opened {
  signer: ExternalSigner;
  /** The address of the page, once it is served. */
  url(): Promise<string>;
  shown: string[];
}

async function open(timeoutSeconds = 30): Promise<Opened> {
  const said: string[] = [];
  const shown: string[] = [];
  const signer = await openKey({ browser: true, address: ADDRESS, folder: ".", timeoutSeconds }, { say: (line) => said.push(line), openBrowser: (url) => shown.push(url) });
  const url = (): Promise<string> => pollUntil(() => Promise.resolve(/http:\/\/\S+/.exec(said.join("\n"))?.[0]), { deadlineMs: 5_000, intervalMs: 5, what: "the page" });
  return { signer, url, shown };
}

describe("the page's server", () => {
  interface Asked {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
  }
  function ask(url: string, { method = "GET", path, headers = {}, body }: Asked = {}): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
    const { host, hostname, port, pathname } = new URL(url);
    return new Promise((resolve, reject) => {
      const request = httpRequest({ hostname, port, method, path: path ?? pathname, headers: { host, ...headers }, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part)).on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      request.on("error", reject);
      request.end(body);
    });
  }
  const json = (url: string): Record<string, string> => ({ origin: new URL(url).origin, "content-type": "application/json" });
  const good = JSON.stringify({ outcome: "signed", signature: GOOD });

  test("gives the page to nobody who does not have its whole address", async () => {
    const { signer, url, shown } = await open();
    const answer = signer.signTypedData(...REQUEST);
    const page = await url();
    expect(page).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}$/);
    expect(shown).toEqual([page]);
    const { host, port } = new URL(page);
    const tries: [Asked, number][] = [
      [{ path: "/" }, 404],
      [{ path: `${new URL(page).pathname}x` }, 404],
      [{ path: "/favicon.ico" }, 404],
      [{ headers: { host: `localhost:${port}` } }, 403],
      [{ headers: { host: "attacker.example.org" } }, 403],
      [{ method: "PUT", headers: json(page), body: good }, 405],
      [{ method: "OPTIONS", headers: { origin: "https://attacker.example.org" } }, 405],
      [{ method: "POST", headers: { "content-type": "application/json" }, body: good }, 403],
      [{ method: "POST", headers: { ...json(page), origin: "https://attacker.example.org" }, body: good }, 403],
      [{ method: "POST", headers: { ...json(page), origin: "null" }, body: good }, 403],
      [{ method: "POST", headers: { ...json(page), "sec-fetch-site": "cross-site" }, body: good }, 403],
      [{ method: "POST", headers: { ...json(page), "content-type": "text/plain" }, body: good }, 403],
      [{ method: "POST", headers: json(page), body: "{" }, 400],
      [{ method: "POST", headers: json(page), body: JSON.stringify({ outcome: "signed" }) }, 400],
      [{ method: "POST", headers: json(page), body: JSON.stringify({ outcome: "signed", signature: GOOD, more: 1 }) }, 400],
      [{ method: "POST", headers: json(page), body: " ".repeat(70_000) }, 413],
    ];
    for (const [asked, status] of tries) {
      const got = await ask(page, asked);
      expect([asked, got.status]).toEqual([asked, status]);
      expect(got.headers).not.toHaveProperty("access-control-allow-origin");
    }
    const shownPage = await ask(page);
    expect(shownPage.headers).toMatchObject({ "cache-control": "no-store", "referrer-policy": "no-referrer", "x-frame-options": "DENY", "content-security-policy": expect.stringMatching(/^default-src 'none'; script-src 'nonce-[^']+'; style-src 'nonce-[^']+'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/) as string });
    expect(shownPage.headers).not.toHaveProperty("access-control-allow-origin");
    expect(shownPage.text).not.toMatch(/(src|href)=/);
    expect((await ask(page, { method: "POST", headers: { ...json(page), host }, body: good })).status).toBe(204);
    expect(await answer).toBe(GOOD);
    await expect(ask(page)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("takes nothing from the transaction into the page as code", async () => {
    const { signer, url } = await open();
    const types = { Note: [{ name: "text</script><script>", type: "string" }] };
    const answer = refusalOf(() => signer.signTypedData({ name: "<img src=x onerror=alert(1)>" }, types, { "text</script><script>": "</script><script>alert(1)</script>\u202e" }));
    const page = await url();
    const { text } = await ask(page);
    expect(text.match(/<script/g)).toHaveLength(2);
    expect(text).not.toContain("<img");
    expect(text).toContain(String.raw`\u{202e}`);
    await ask(page, { method: "POST", headers: json(page), body: JSON.stringify({ outcome: "refused", words: "" }) });
    expect(await answer).toBe("LPCTL_KEYS_REFUSED");
  });

  test("closes when nobody answers in time", async () => {
    const { signer, url } = await open(1);
    const answer = refusalOf(() => signer.signTypedData(...REQUEST));
    const page = await url();
    expect(await answer).toBe("LPCTL_KEYS_BROWSER_TIMEOUT");
    await expect(ask(page)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("sends nothing by itself", async () => {
    const { signer } = await open();
    expect(signer.canSend).toBe(false);
    expect(await refusalOf(() => signer.signTransaction({ chainId: 1n, nonce: 0n, to: null, data: "0x", valueWei: 0n, gasLimit: 1n, maxFeePerGasWei: 1n, maxPriorityFeePerGasWei: 1n }))).toBe("LPCTL_KEYS_CANNOT_SEND");
  });
});

/** Why this part did not run is told by its name. */
describe.skipIf(!existsSync(CHROMIUM))(`in a real browser (needs ${CHROMIUM})`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
  });
  afterAll(() => browser?.close());

  interface Wallet {
    accounts?: string[];
    chainId?: string;
    /** The answer to wallet_switchEthereumChain: takes it, or an error's code. */
    switching?: true | number;
    /** What it gives for a signature; a number is the code of an error. */
    gives?: string | number;
    /** Announced by EIP-6963 under these names, instead of window.ethereum. */
    announced?: string[];
  }
  const asked: { method: string; params: unknown }[] = [];

  /** A tab with a wallet in it that the test answers for. */
  async function tab(url: string, wallet: Wallet | undefined): Promise<{ page: Page; status: () => Promise<string>; press: (button: string) => Promise<void>; problems: string[] }> {
    asked.length = 0;
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("console", (message) => problems.push(message.text()));
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== new URL(url).origin) problems.push(`loaded ${request.url()}`);
    });
    if (wallet !== undefined) {
      let chainId = wallet.chainId ?? "0x7a69";
      await page.exposeFunction("askTestWallet", (method: string, params: { chainId?: string }[] | undefined) => {
        asked.push({ method, params });
        if (method === "eth_requestAccounts") return { result: wallet.accounts ?? [ADDRESS.toLowerCase()] };
        if (method === "eth_chainId") return { result: chainId };
        if (method === "wallet_switchEthereumChain") {
          if (wallet.switching !== true) return { code: wallet.switching ?? 4001 };
          chainId = params?.[0]?.chainId ?? chainId;
          return { result: null };
        }
        if (typeof wallet.gives === "number") return { code: wallet.gives };
        return { result: wallet.gives ?? GOOD };
      });
      await page.addInitScript(`{
        const provider = { request: async ({ method, params }) => {
          const { result, code } = await window.askTestWallet(method, params);
          if (code !== undefined) throw Object.assign(new Error("code " + code), { code });
          return result;
        } };
        const announced = ${JSON.stringify(wallet.announced ?? null)};
        if (announced === null) window.ethereum = provider;
        else window.addEventListener("eip6963:requestProvider", () => announced.forEach((name, index) => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail: { info: { uuid: "id-" + index, name }, provider } }))));
      }`);
    }
    await page.goto(url);
    return { page, problems, status: () => page.locator("#status").innerText(), press: (button) => page.getByRole("button", { name: button }).click() };
  }
  const SIGN = "Sign with the wallet";
  const methods = (): string[] => asked.map(({ method }) => method);
  const sees = (page: Page, text: string | RegExp): Promise<void> => page.locator("#status").filter({ hasText: text }).waitFor({ timeout: 10_000 });

  test("a wallet signs what the page and the terminal show, and nothing foreign is loaded", async () => {
    const { signer, url } = await open();
    const answer = guardedSigner(signer, () => expect.unreachable()).signTypedData(...REQUEST);
    const { page, press, problems } = await tab(await url(), { gives: withHighS(GOOD) });
    const text = (await page.locator("main").innerText()).replaceAll(/\s/g, "");
    for (const shown of [HASHES.domainHash.slice(2), HASHES.messageHash.slice(2), HASHES.safeTxHash.slice(2), ADDRESS, TX.to, TX.data, "31337"]) expect(text).toContain(shown);
    await press(SIGN);
    expect(await answer).toBe(GOOD);
    await sees(page, "Handed to lpctl");
    expect(methods()).toEqual(["eth_requestAccounts", "eth_chainId", "eth_signTypedData_v4"]);
    expect(asked.at(-1)?.params).toEqual([ADDRESS.toLowerCase(), typedDataJson(...REQUEST)]);
    expect(problems).toEqual([]);
  });

  test("with another account or another chain nothing is signed, and the person may put it right", async () => {
    const { signer, url } = await open();
    const answer = signer.signTypedData(...REQUEST);
    const wallet: Wallet = { accounts: [TX.to], chainId: "0x1", switching: 4902 };
    const { page, press } = await tab(await url(), wallet);
    await press(SIGN);
    await sees(page, `Choose ${ADDRESS} in it`);
    wallet.accounts = [TX.to, ADDRESS];
    await press(SIGN);
    await sees(page, "did not change to chain 31337");
    expect(methods()).not.toContain("eth_signTypedData_v4");
    wallet.switching = true;
    await press(SIGN);
    expect(await answer).toBe(GOOD);
  });

  test.each<[what: string, gives: string | number, code: string]>([
    ["refuses", 4001, "LPCTL_KEYS_REFUSED"],
    ["fails", -32603, "LPCTL_KEYS_BROWSER_FAILED"],
    ["signs another transaction", signed({ operation: 1 }), "LPCTL_KEYS_WRONG_SIGNATURE"],
  ])("a wallet that %s is asked once", async (_what, gives, code) => {
    const { signer, url } = await open();
    const incidents: Incident[] = [];
    const answer = refusalOf(() => guardedSigner(signer, (each) => void incidents.push(each)).signTypedData(...REQUEST));
    const { page, press } = await tab(await url(), { gives });
    await press(SIGN);
    expect(await answer).toBe(code);
    await sees(page, "You can close this tab");
    expect(await page.getByRole("button", { name: SIGN }).isDisabled()).toBe(true);
    expect(methods().filter((method) => method === "eth_signTypedData_v4")).toHaveLength(1);
    expect(incidents).toHaveLength(code === "LPCTL_KEYS_WRONG_SIGNATURE" ? 1 : 0);
  });

  test("of several tabs one answers: a closed one is no answer, and one that comes too late does not trouble its wallet", async () => {
    const { signer, url } = await open();
    const answer = signer.signTypedData(...REQUEST);
    const [closed, first, second] = [await tab(await url(), {}), await tab(await url(), {}), await tab(await url(), {})];
    await closed.page.close();
    await first.press(SIGN);
    expect(await answer).toBe(GOOD);
    asked.length = 0;
    await second.press(SIGN);
    await sees(second.page, "does not wait for an answer any more");
    expect(methods()).toEqual([]);
  });

  test("without a wallet the page says where to go, with several it asks which", async () => {
    const { signer, url } = await open();
    const answer = signer.readAddresses();
    const without = await tab(await url(), undefined);
    await without.press("Ask the wallet");
    await sees(without.page, "There is no wallet in this browser");
    const several = await tab(await url(), { announced: ["First", "Second <b>"], accounts: [ADDRESS.toLowerCase(), TX.to] });
    expect(await several.page.getByLabel("Wallet").locator("option").allInnerTexts()).toEqual(["First", "Second <b>"]);
    await several.press("Ask the wallet");
    expect(await answer).toEqual([ADDRESS, TX.to]);
  });

  test("at no width anything is cut off, a delegatecall is named, and the person can refuse on the page", async () => {
    const { signer, url } = await open();
    const answer = refusalOf(() => signer.signTypedData(REQUEST[0], REQUEST[1], safeTransactionMessage({ ...TX, operation: 1, data: `0x${"ab".repeat(3_000)}` })));
    const { page, press } = await tab(await url(), {});
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")).toBe(true);
    }
    expect(await page.locator(".warning").innerText()).toContain("a delegatecall");
    await press("Refuse");
    expect(await answer).toBe("LPCTL_KEYS_REFUSED");
    expect(methods()).toEqual([]);
  });
});
