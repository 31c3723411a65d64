import { extname, resolve } from "node:path";
import { readEnvironment } from "../config/environment.ts";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import { replaceFile } from "../replace-file.ts";
import type { Holdings } from "../snapshot/view/holdings.ts";
import type { Totals } from "../snapshot/view/totals.ts";
import type { Outcome } from "./base-command.ts";
import { outputMode } from "./output.ts";
import { producedBy } from "./produced-by.ts";
import { styleFor } from "./style.ts";

export interface SnapshotShown {
  folder: string;
  id: string;
  totals: Totals;
  holdings: Holdings | undefined;
}

const FORMS = [".html", ".md", ".svg"];
const DEFAULT_COLUMNS = 80;

/** What a snapshot shows, for stdout, and in a file where one was asked for. @throws LPCTL_SNAPSHOT_FORM */
export async function snapshotOutcome({ folder, id, totals, holdings }: SnapshotShown, { out, ascii }: { out: string | undefined; ascii: boolean }): Promise<Outcome> {
  const { buildSnapshotDocument, distributionChart } = await import("../snapshot/view/snapshot-document.ts");
  const document = buildSnapshotDocument({ id, totals, holdings, producedBy: producedBy() });
  const path = out === undefined ? null : resolve(out);
  if (out !== undefined && path !== null) {
    switch (extname(out).toLowerCase()) {
      case ".html":
        await replaceFile(path, (await import("../report/render-html.ts")).renderHtmlDocument(document));
        break;
      case ".md":
        await replaceFile(path, (await import("../report/render-markdown.ts")).renderMarkdownDocument(document));
        break;
      case ".svg":
        await replaceFile(path, `${(await import("../report/line-chart-svg.ts")).lineChartSvg(distributionChart(totals), true)}\n`);
        break;
      default:
        throw new LpctlError({ code: "LPCTL_SNAPSHOT_FORM", exit: Exit.usage, message: `${printable(out)} does not end in one of ${FORMS.join(", ")}`, why: "The ending of the file says what is written into it.", next: "For example: --out snapshot.html" });
    }
  }
  const { renderTerminalDocument } = await import("../report/render-terminal.ts");
  const isPlain = outputMode().json || process.stdout.isTTY !== true;
  const { top, distribution, ...rest } = totals;
  return {
    result: { folder: printable(folder), id, totals: { ...rest, minting: { ...rest.minting, percentScale: rest.minting.percentScale ?? null }, token: { ...rest.token, treasuryWei: rest.token.treasuryWei ?? null } }, top, distribution, account: holdings === undefined ? null : accountResult(holdings), path },
    text: () =>
      path === null
        ? renderTerminalDocument(document, { style: isPlain ? undefined : styleFor("stdout"), width: isPlain ? DEFAULT_COLUMNS : process.stdout.columns || DEFAULT_COLUMNS, full: true, ascii: ascii || readEnvironment().dumbTerminal })
        : printable(path),
    next: `lpctl snapshot verify ${printable(folder)}`,
  };
}

function accountResult(holdings: Holdings): unknown {
  const { contract, delegate, pendingStakeWei, pendingFeesWei, transcoder, votes, payer } = holdings;
  return {
    ...holdings,
    contract: contract ?? null,
    delegate: delegate ?? null,
    pendingStakeWei: pendingStakeWei ?? null,
    pendingFeesWei: pendingFeesWei ?? null,
    transcoder: transcoder === undefined ? null : { ...transcoder, rank: transcoder.rank ?? null },
    votes: votes === undefined ? null : { ...votes, nextRoundWei: votes.nextRoundWei ?? null },
    payer: payer ?? null,
  };
}
