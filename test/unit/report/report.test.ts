import { describe, expect, test } from "vitest";
import { groupChanges } from "../../../src/report/group-changes.ts";
import type { ReportData } from "../../../src/report/report-data.ts";
import { renderHtml } from "../../../src/report/render-html.ts";
import { renderMarkdown } from "../../../src/report/render-markdown.ts";
import { formatReportFile, parseReportFile } from "../../../src/report/report-file.ts";
import { renderValidation } from "../../../src/report/build-validation.ts";
import { renderTerminal } from "../../../src/report/render-terminal.ts";
import { widthOf } from "../../../src/report/terminal-text.ts";
import { simulationSchema } from "../../../src/simulation/result-file.ts";
import type { StateChange } from "../../../src/outcome/simulation.ts";
import { CONTROLLER, GOVERNOR, NEW_CODE, OLD_CODE, PROXY, SAFE, address, exampleReport, hash } from "./example-report.ts";

const RENDERERS: Record<string, (data: ReportData) => string> = {
  terminal: (data) => renderTerminal(data, { full: true }),
  markdown: renderMarkdown,
  html: renderHtml,
};

/** A small report, for looking at the whole of a rendering. */
function smallReport(): ReportData {
  return {
    ...exampleReport(),
    title: "Challenge one in 500 segments",
    verdict: { outcome: "refused", risk: "high", summary: "1 check refuses", reasons: ["The simulation reverts."] },
    compare: [{ label: "Proposal id", value: hash("1d") }],
    intents: [{ text: "Set JobsManager.verificationRate to 1 in 500.", effects: [] }],
    calls: [{ target: { address: PROXY, name: "JobsManager" }, valueWei: 10n ** 17n, data: "0x15fa168a", signature: "setVerificationRate(uint64)", args: [{ name: "rate", type: "uint64", value: "500" }] }],
    upgrades: [],
    parameters: [],
    checks: undefined,
    aftermath: undefined,
    traffic: undefined,
    findings: [{ severity: "refuse", code: "simulation-reverts", title: "Step 1 reverts.", detail: "caller must be Controller owner" }],
    simulation: undefined,
    expectation: undefined,
    assumptions: [],
    notChecked: [],
  };
}

describe("every rendering", () => {
  for (const [name, render] of Object.entries(RENDERERS)) {
    test(`${name}: the same data gives the same bytes`, () => {
      expect(render(exampleReport())).toBe(render(exampleReport()));
    });

    test(`${name}: every address and hash is there in full, in the order in which a signer needs it`, () => {
      const text = render(exampleReport());
      for (const whole of [SAFE, GOVERNOR, CONTROLLER, PROXY, OLD_CODE, NEW_CODE, hash("5a"), hash("d0"), hash("3e"), hash("1d"), hash("ef"), hash("b1")]) expect(text).toContain(whole);
      const order = ["Compare before you sign", "Asked for, and done", "Calls", "How it runs", "Upgrade", "Parameters", "What changes", "Checks", "Afterwards", "Past transactions again", "Who acts, and when", "Taken for granted", "Check it yourself"];
      const places = order.map((title) => text.search(new RegExp(`^(?:## |<h2 id="s\\d+">)?${title}(?:</h2>)?$`, "m")));
      expect(places.every((place) => place > 0)).toBe(true);
      expect([...places].sort((a, b) => a - b)).toEqual(places);
    });

    test(`${name}: hostile text from a chain stays text`, () => {
      const hostile = "\u001b[2J\u001b]0;x\u0007<script>alert(1)</script>\"'><img src=x onerror=y>|`*[click](http://evil.example) @team www.evil.example \u202egnp\u200b\r\n# owned";
      const data = exampleReport();
      data.title = hostile;
      data.verdict.summary = hostile;
      data.intents = [{ text: hostile, effects: [0, 1] }];
      data.findings = [{ severity: "refuse", code: "x", title: hostile, detail: hostile }];
      const [call] = data.calls;
      if (call === undefined) throw new Error("no call");
      call.target.name = hostile;
      call.args = [{ name: hostile, type: "string", value: hostile }];
      const [change] = data.simulation?.changes ?? [];
      if (change === undefined) throw new Error("no change");
      change.path = hostile;
      change.afterText = hostile;
      data.route = [{ title: hostile, by: { who: hostile }, waits: hostile }, { title: "b", by: { who: "anyone" }, waits: hostile }];
      const text = render(data);
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      if (name === "html") {
        expect(text).not.toMatch(/<script|<img|onerror=y>/);
        // The only quote-delimited attributes are our own.
        expect(text).not.toContain("\"'><");
      }
      if (name === "markdown") {
        const outsideCode = text.replace(/(?<![\\`])(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, "");
        expect(outsideCode).not.toMatch(/(?<!\\)<(?:script|img)|(?<!\\)\[click/);
        expect(outsideCode).not.toMatch(/http:\/\/evil|www\.evil|@team/);
        expect(text).not.toMatch(/^# owned/m);
      }
    });
  }
});

describe("terminal", () => {
  test("a refused report says so first, in words and symbols", () => {
    expect(renderTerminal(smallReport())).toMatchInlineSnapshot(`
      "Challenge one in 500 segments
      local, chain 31337, proposal 001-upgrade-jobsmanager

      ✗ Refused: 1 check refuses
        Risk: high
        The simulation reverts.

      ────────────────────────────────────────────────────────────────────────
      Compare before you sign

        Proposal id  0x1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d

      ────────────────────────────────────────────────────────────────────────
      Asked for, and done

        •  Set JobsManager.verificationRate to 1 in 500.
        ! not simulated  Nobody has run this on a fork: its effects are not known.

      ────────────────────────────────────────────────────────────────────────
      Calls

        1. JobsManager.setVerificationRate(uint64)
          Target  JobsManager 0x10b510b510B510B510b510B510b510b510b510b5
          Value   0.1 ETH

          Argument  Type    Value
          rate      uint64  500

          ▸ Calldata, 4 bytes: in the full report

      ────────────────────────────────────────────────────────────────────────
      Checks

        ✗ refused  Step 1 reverts. simulation-reverts
          caller must be Controller owner

      ────────────────────────────────────────────────────────────────────────
      Who acts, and when

        1. Sign and execute the Safe transaction that stages the update  [ready]
        │  by the Safe's owners 0x5afe5afE5afE5afE5afE5aFe5aFe5Afe5Afe5AfE
        │  ! 1 of 2  1 more signature is needed, from any of these owners:
        │  ✓ signed  Alice 0xA1A1a1a1A1A1A1A1A1a1a1a1a1a1A1A1a1A1a1a1
        │  · not signed  0xb2b2b2b2b2B2b2B2B2b2b2B2B2b2B2B2b2b2b2b2
        │  · not signed  0xc3c3c3c3c3c3c3c3c3C3C3c3C3C3C3c3C3C3c3c3
        │  wait: 100 blocks after staging, about 20 minutes
        2. Execute the update  [waiting: for step 1]
           by anyone
           earliest: block 220, about 2018-05-01 00:20:00 UTC

      ────────────────────────────────────────────────────────────────────────
      Check it yourself

        Run the simulation again
        lpctl proposal simulate 001 --network local

      Made by lpctl 0.1.0. The same proposal on the same block gives this report byte for byte. Report
      hash 0xce9d01ec6bbc09935fd850d6d8b61b1ec18eac97999371a0948d515e7f309ee6.

      ✗ Refused: 1 check refuses
      "
    `);
  });

  test("the headline names the outcome once", () => {
    const data = smallReport();
    data.verdict = { outcome: "ready", risk: "low", summary: "ready to sign: one change", reasons: [] };
    expect(renderTerminal(data)).toContain("Ready to sign: one change");
  });

  test("where a key sends and no Safe signs, nobody is told to sign", () => {
    const data = smallReport();
    data.route = data.route.map(({ approvals: _approvals, ...step }) => step);
    data.verdict = { outcome: "ready", risk: "low", summary: "ready to execute: one change", reasons: [] };
    expect(renderTerminal(data)).toContain("Compare before you send");
    const validation = renderValidation(data);
    expect(validation).toContain("Before you send");
    expect(`${renderTerminal(data)}${validation}`).not.toMatch(/you sign|Sign, or|not sign|ready to sign/i);
  });

  test("colour repeats what the words say, and nothing else differs", () => {
    const tag = (name: string) => (text: string): string => `<${name}>${text}</${name}>`;
    const styled = renderTerminal(smallReport(), { style: { bold: tag("b"), dim: tag("d"), red: tag("r"), green: tag("g"), yellow: tag("y") } });
    expect(styled).toContain("<r><b>✗ Refused: 1 check refuses</b></r>");
    const [plainText, withoutTags] = [renderTerminal(smallReport()), styled.replace(/<\/?[bdrgy]>/g, "")];
    expect(withoutTags.split("\n").map((line) => line.trimEnd()).join("\n")).toBe(plainText);
  });

  test("a table that is too wide becomes a list instead of cutting an address", () => {
    const narrow = renderTerminal(exampleReport(), { width: 60 });
    expect(narrow).toMatch(new RegExp(`Before {2}${OLD_CODE}\n +After {3}${NEW_CODE}`));
  });
});

describe("page", () => {
  test("it is one file that runs and fetches nothing", () => {
    const page = renderHtml(exampleReport());
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<iframe|@import|url\(|src=/);
    expect([...page.matchAll(/href="([^"]*)"/g)].every((link) => /^(?:https:\/\/scan\.example\/|#s\d+$)/.test(link[1] ?? ""))).toBe(true);
  });

  test("every element that is opened is closed", () => {
    const stack: string[] = [];
    const VOID = new Set(["meta", "wbr", "circle", "line"]);
    for (const match of renderHtml(exampleReport()).matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      const [, close, tag = ""] = match;
      if (VOID.has(tag)) continue;
      if (close === "/") expect(stack.pop()).toBe(tag);
      else stack.push(tag);
    }
    expect(stack).toEqual([]);
  });

  test("it is readable in light and dark, and small", () => {
    const page = renderHtml(exampleReport());
    expect(page).toContain("prefers-color-scheme:dark");
    expect(page.length).toBeLessThan(60_000);
  });

  test("the route is drawn with one stop per step and a dashed stretch where time passes", () => {
    const page = renderHtml(exampleReport());
    expect(page.match(/<circle/g)).toHaveLength(2);
    expect(page.match(/class="way waits"/g)).toHaveLength(1);
  });

  test("a link that is not https is no link", () => {
    const data = exampleReport();
    data.network.explorer = { name: "bad", addressUrlPrefix: "javascript:alert(1)//" };
    expect(renderHtml(data)).not.toContain("javascript:");
    expect(renderMarkdown(data)).not.toContain("javascript:");
  });
});

describe("markdown", () => {
  test("a refused report", () => {
    expect(renderMarkdown(smallReport())).toMatchInlineSnapshot(`
      "# Challenge one in 500 segments

      local, chain 31337, proposal 001-upgrade-jobsmanager

      > ❌ **Refused: 1 check refuses**
      >
      > Risk: high
      >
      > The simulation reverts.

      ## Compare before you sign

      |  |  |
      | --- | --- |
      | Proposal id | **\`0x1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d\`** |

      ## Asked for, and done

      - Set JobsManager.verificationRate to 1 in 500.
      - ⚠ **not simulated** Nobody has run this on a fork: its effects are not known.

      ## Calls

      ### 1\\. **\`JobsManager.setVerificationRate(uint64)\`**

      |  |  |
      | --- | --- |
      | Target | **JobsManager** [\`0x10b510b510B510B510b510B510b510b510b510b5\`](<https://scan.example/address/0x10b510b510B510B510b510B510b510b510b510b5>) |
      | Value | 0.1 ETH |

      | Argument | Type | Value |
      | --- | --- | --- |
      | rate | \`uint64\` | \`500\` |

      <details><summary>Calldata, 4 bytes</summary>

      \`\`\`text
      0x15fa168a
      \`\`\`

      </details>

      ## Checks

      - ❌ **refused** Step 1 reverts. \`simulation-reverts\`<br>caller must be Controller owner

      ## Who acts, and when

      1. **Sign and execute the Safe transaction that stages the update** (ready)
         - by the Safe's owners [\`0x5afe5afE5afE5afE5afE5aFe5aFe5Afe5Afe5AfE\`](<https://scan.example/address/0x5afe5afE5afE5afE5afE5aFe5aFe5Afe5Afe5AfE>)
         - ⚠ **1 of 2** 1 more signature is needed, from any of these owners:
         - ✅ **signed** **Alice** [\`0xA1A1a1a1A1A1A1A1A1a1a1a1a1a1A1A1a1A1a1a1\`](<https://scan.example/address/0xA1A1a1a1A1A1A1A1A1a1a1a1a1a1A1A1a1A1a1a1>)
         - ▫ **not signed** [\`0xb2b2b2b2b2B2b2B2B2b2b2B2B2b2B2B2b2b2b2b2\`](<https://scan.example/address/0xb2b2b2b2b2B2b2B2B2b2b2B2B2b2B2B2b2b2b2b2>)
         - ▫ **not signed** [\`0xc3c3c3c3c3c3c3c3c3C3C3c3C3C3C3c3C3C3c3c3\`](<https://scan.example/address/0xc3c3c3c3c3c3c3c3c3C3C3c3C3C3C3c3C3C3c3c3>)
      2. **Execute the update** (waiting: for step 1)
         - by anyone
         - first wait: 100 blocks after staging, about 20 minutes
         - earliest: block 220, about 2018-05-01 00:20:00 UTC

      ## Check it yourself

      Run the simulation again

      \`\`\`text
      lpctl proposal simulate 001 --network local
      \`\`\`

      ---

      Made by lpctl 0.1.0. The same proposal on the same block gives this report byte for byte. Report hash 0xce9d01ec6bbc09935fd850d6d8b61b1ec18eac97999371a0948d515e7f309ee6.
      "
    `);
  });

  test("no cell can break its table", () => {
    const data = exampleReport();
    const [call] = data.calls;
    if (call === undefined) throw new Error("no call");
    call.args = [{ name: "a|b", type: "string", value: "x\\|`|``y" }];
    const row = renderMarkdown(data).split("\n").find((line) => line.includes("a\\|b"));
    // A cell ends at every bar which is not escaped.
    expect(row?.match(/(?<!\\)(?:\\\\)*\|/g)).toHaveLength(4);
  });
});

describe("changes", () => {
  const change = (parts: Partial<StateChange>): StateChange => ({ address: PROXY, kind: "storage", slot: hash("02"), path: "x", before: "0x00", after: "0x01", ...parts });

  test("are sorted into what was asked for, what follows, bookkeeping and what nobody can explain", () => {
    const changes = [
      change({}),
      change({ slot: hash("03"), path: "y" }),
      change({ address: SAFE, path: "nonce" }),
      change({ kind: "nonce", slot: undefined, path: undefined, address: address("a1") }),
      change({ slot: hash("04"), path: undefined }),
      change({ address: SAFE, slot: hash("09"), path: undefined }),
    ];
    const groups = groupChanges(changes, { intended: [{ address: PROXY.toLowerCase() as typeof PROXY, slot: hash("02") }], authorities: [SAFE] });
    expect(Object.fromEntries(Object.entries(groups).map(([group, list]) => [group, list.length]))).toEqual({ intended: 1, "side-effect": 1, bookkeeping: 2, accrual: 0, unexplained: 2 });
  });

  test("that were not simulated are said to be unknown", () => {
    expect(renderTerminal(smallReport())).toContain("its effects are not known");
  });
});

describe("a report of 10,000 slots and 500 calls", () => {
  /** Its trees are deep and wide. */
  function largeReport(): ReportData {
    const data = exampleReport();
    const { simulation } = data;
    const [change] = simulation?.changes.slice(1) ?? [];
    const [call] = data.calls;
    const step = simulation?.steps[0];
    if (simulation === undefined || change === undefined || call === undefined || step === undefined) throw new Error("the example has everything");
    simulation.changes = Array.from({ length: 10_000 }, (_, index) => ({ ...change, path: `stakes[${index}].bondedAmount`, class: index % 100 === 0 ? "unexplained" : "intended" }));
    data.intents = [{ text: "Everything", effects: simulation.changes.flatMap((one, index) => (one.class === "intended" ? [index] : [])) }];
    data.calls = Array.from({ length: 500 }, () => call);
    let deep = step.calls;
    for (let depth = 0; depth < 200; depth += 1) deep = { ...step.calls, children: [deep] };
    step.calls = { ...step.calls, children: [deep, ...Array.from({ length: 2_000 }, () => ({ ...step.calls, children: [] }))] };
    return data;
  }

  test("stays short where people read it, says how much it leaves out, and is whole in the page and in the JSON", () => {
    const data = largeReport();
    const [terminal, markdown, page, json] = [renderTerminal(data, { width: 80 }), renderMarkdown(data), renderHtml(data), formatReportFile(data)];
    expect(terminal.split("\n").length).toBeLessThan(1_000);
    expect(terminal).toContain("100 effects outside what is asked");
    expect(terminal).toMatch(/9875 more in report\.html/);
    expect(markdown.length).toBeLessThanOrEqual(60_000);
    expect(markdown).toMatch(/more rows in report\.html/);
    for (const whole of [page, json]) expect(whole.match(/stakes\[\d+\]\.(?:<wbr>)?bondedAmount/g)?.length).toBeGreaterThanOrEqual(10_000);
    expect(parseReportFile(json, "report.json", simulationSchema).calls).toHaveLength(500);
    // Browsers and parsers give up on deep nesting.
    expect(page.match(/<ul>/g)?.length).toBeGreaterThan(20);
    let [depth, deepest] = [0, 0];
    for (const [tag] of page.matchAll(/<\/?(?:ul|li|details|div)\b/g)) {
      depth += tag.startsWith("</") ? -1 : 1;
      deepest = Math.max(deepest, depth);
    }
    expect(deepest).toBeLessThan(120);
  });

  test.each([80, 60, 40, 24])("no line is wider than a terminal of %i columns", (width) => {
    for (const data of [exampleReport(), smallReport()]) {
      expect(renderTerminal(data, { width, full: true }).split("\n").filter((line) => widthOf(line) > width)).toEqual([]);
    }
  });
});
