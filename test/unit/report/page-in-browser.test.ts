/** The page in a real browser: what hostile text can do, and whether it fits a phone. Skipped where there is no Chromium. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReportData } from "../../../src/report/report-data.ts";
import { renderHtml } from "../../../src/report/render-html.ts";
import { exampleReport } from "./example-report.ts";

const CHROMIUM = [process.env["CHROMIUM_PATH"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"].find(
  (path) => path !== undefined && existsSync(path),
);

const HOSTILE: readonly string[] = [
  `<script>window.owned=1</script>`,
  `"><img src=x onerror=window.owned=1><svg onload=window.owned=1>`,
  `' onmouseover='window.owned=1' x='`,
  `</title></style></pre></details><style>*{display:none}</style><iframe src="https://evil.example"></iframe>`,
  `javascript:window.owned=1`,
  `&lt;script&gt;window.owned=1&lt;/script&gt;&#60;img src=x&#62;`,
  `[click](javascript:window.owned=1) ![x](https://evil.example/x.png)`,
  "\u001b[2J\u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007",
  "abc\u202egnp.exe\u2066\u200b\u200d\ufeff\u00ad",
  "nul\u0000byte\u0008\r\n\u2028\u2029",
  "<meta http-equiv=refresh content='0;url=https://evil.example'><base href=https://evil.example>",
  "W".repeat(100_000),
  "\u0301".repeat(300),
];

/** Every text of the report replaced by a hostile one, in turn; what is no free text stays. */
function hostileReport(): ReportData {
  let next = 0;
  const KEPT = new Set(["outcome", "risk", "severity", "kind", "match", "verdict", "state", "change", "is", "proof", "breaks"]);
  const replace = (value: unknown, key: string): unknown => {
    if (typeof value === "string") {
      if (KEPT.has(key) || /^0x[0-9a-fA-F]*$/.test(value) || (key === "slot" && /^\d+$/.test(value)) || key === "addressUrlPrefix") return value;
      if (["CALL", "DELEGATECALL"].includes(value)) return value;
      next += 1;
      return `${HOSTILE[next % HOSTILE.length] ?? ""} ${key}`;
    }
    if (Array.isArray(value)) return value.map((item) => replace(item, key));
    if (value !== null && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replace(member, name)]));
    return value;
  };
  // The shape is that of the example: only texts are others.
  return replace(exampleReport(), "") as ReportData;
}

/** What a look at the page gives; as text, because it runs in the page and not here. */
const LOOK = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  for (const one of all("details")) one.open = true;
  const channel = (value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const found = parse(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || (found[3] ?? 0) > 0.99) return found;
    }
    return [255, 255, 255];
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? "").trim() !== "");
  const contrast = (element) => {
    const [ink, ground] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    return (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  };
  return {
    owned: "owned" in window,
    foreign: all("script, img, iframe, object, embed, link, base, form, input, video, audio").length,
    styles: all("style, [style]").length,
    handlers: all("*").filter((one) => one.getAttributeNames().some((attribute) => attribute.startsWith("on"))).length,
    links: all("a").map((link) => link.href).filter((href) => !/^https:\\/\\/scan\\.example\\/|^file:.*#s\\d+$/.test(href)),
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    hidden: getComputedStyle(document.body).display === "none",
    clipped: all("p, dd, li, h1, h2, h3, .verdict, .note").filter((one) => one.scrollWidth > one.clientWidth + 1 && one.closest(".scroll, .diff, .slot") === null && getComputedStyle(one).display !== "inline").length,
    faint: all("main *").filter((one) => one.closest("svg") === null && hasText(one) && contrast(one) < 4.5).map((one) => one.className + " " + one.textContent.slice(0, 30)),
  };
})()`;
/** Nothing runs, nothing is added, nothing scrolls sideways but what is meant to, and everything can be read. */
const HARMLESS = { owned: false, foreign: 0, styles: 1, handlers: 0, links: [], sideways: 0, hidden: false, clipped: 0, faint: [] };

describe.skipIf(CHROMIUM === undefined)("the page in a browser (set CHROMIUM_PATH where none is found)", { concurrent: false }, () => {
  const folder = mkdtempSync(join(tmpdir(), "lpctl-page-"));
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }), args: ["--no-sandbox"] });
    writeFileSync(join(folder, "example.html"), renderHtml(exampleReport()));
    writeFileSync(join(folder, "hostile.html"), renderHtml(hostileReport()));
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [colorScheme, width] of [["light", 360], ["dark", 360], ["light", 1200]] as const) {
    for (const name of ["example", "hostile"]) {
      test(`${name}, ${colorScheme}, ${width} pixels: nothing runs, nothing is asked for, everything can be read without scrolling sideways`, async () => {
        const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
        try {
          const page = await context.newPage();
          const [requests, dialogs]: [string[], string[]] = [[], []];
          page.on("request", (request) => void requests.push(request.url()));
          page.on("dialog", (dialog) => {
            dialogs.push(dialog.message());
            void dialog.dismiss();
          });
          const url = `file://${join(folder, `${name}.html`)}`;
          await page.goto(url);
          expect(await page.evaluate<unknown>(LOOK)).toEqual(HARMLESS);
          expect(requests).toEqual([url]);
          expect(dialogs).toEqual([]);
        } finally {
          await context.close();
        }
      });
    }
  }
});
