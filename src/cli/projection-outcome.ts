import { extname, resolve } from "node:path";
import { readEnvironment } from "../config/environment.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Projection } from "../lifecycle/economics/project-parameters.ts";
import { printable } from "../protocol/printable.ts";
import { replaceFile } from "../replace-file.ts";
import type { ReportDocument } from "../report/document.ts";
import type { Outcome } from "./base-command.ts";
import { outputMode } from "./output.ts";
import { styleFor } from "./style.ts";

export interface ProjectionForm {
  network: { name: string; chainId: bigint };
  producedBy: string;
  /** File to write; its ending says what. */
  out: string | undefined;
  chart: "inflation" | "supply" | "yield";
  full: boolean;
  ascii: boolean;
  /** A proposal says already what is projected. */
  isProposed: boolean;
}

const FORMS = [".html", ".md", ".svg", ".csv"];
const DEFAULT_COLUMNS = 80;
const CHARTS = ["inflation", "supply", "yield"];

/** A projection for stdout, and in a file where one was asked for. @throws LPCTL_PROJECTION_FORM */
export async function projectionOutcome(projection: Projection, form: ProjectionForm): Promise<Outcome> {
  const { buildProjection } = await import("../report/projection-document.ts");
  const document = buildProjection({ ...projection, network: form.network, producedBy: form.producedBy });
  const path = form.out === undefined ? null : resolve(form.out);
  if (form.out !== undefined && path !== null) await replaceFile(path, await contentOf(form.out, projection, document, form));
  const { renderTerminalDocument } = await import("../report/render-terminal.ts");
  const isPlain = outputMode().json || process.stdout.isTTY !== true;
  return {
    result: { network: form.network.name, block: projection.block, changes: projection.changes.map((change) => ({ ...change, before: change.before ?? null })), ...projection.effect, participation: projection.participation ?? null, backTest: projection.backTest ?? null, path },
    text: () =>
      path === null
        ? renderTerminalDocument(document, { style: isPlain ? undefined : styleFor("stdout"), width: isPlain ? DEFAULT_COLUMNS : process.stdout.columns || DEFAULT_COLUMNS, full: form.full, ascii: form.ascii || readEnvironment().dumbTerminal })
        : printable(path),
    next: nextAfter(projection, form),
  };
}

/** To propose what was projected; the reward cut is no parameter. */
function nextAfter({ changes }: Projection, { isProposed }: ProjectionForm): string | undefined {
  if (changes.length === 0) return "lpctl params project NAME=VALUE";
  const settings = changes.filter(({ id }) => id.includes(".")).map(({ id, after: { human } }) => `${id.slice(id.indexOf(".") + 1)} ${human.includes(" ") ? `"${human}"` : human}`);
  return isProposed || settings.length === 0 ? undefined : `lpctl params set ${settings.join(" ")}`;
}

async function contentOf(out: string, { effect }: Projection, document: ReportDocument, { chart }: ProjectionForm): Promise<string> {
  const ending = extname(out).toLowerCase();
  switch (ending) {
    case ".html":
      return (await import("../report/render-html.ts")).renderHtmlDocument(document);
    case ".md":
      return (await import("../report/render-markdown.ts")).renderMarkdownDocument(document);
  }
  if (!FORMS.includes(ending)) throw wrongForm(`${printable(out)} does not end in one of ${FORMS.join(", ")}`, "The ending of the file says what is written into it.");
  const { money } = effect;
  if (money === undefined) throw wrongForm(`There is no path of money to write into ${printable(out)}`, "What was asked about changes verification only, which is a table.");
  if (ending === ".csv") return (await import("../report/projection-csv.ts")).projectionCsv(money);
  const [{ economicCharts }, { lineChartSvg }] = await Promise.all([import("../report/economic-blocks.ts"), import("../report/line-chart-svg.ts")]);
  const wanted = economicCharts(money)[CHARTS.indexOf(chart)];
  if (wanted === undefined) throw new Error("every chart has a name");
  return `${lineChartSvg(wanted, true)}\n`;
}

function wrongForm(message: string, why: string): LpctlError {
  return new LpctlError({ code: "LPCTL_PROJECTION_FORM", exit: Exit.usage, message, why, next: "For example: --out effect.html" });
}
