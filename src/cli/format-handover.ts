import { formatGraph } from "../handover/graph/format-graph.ts";
import { leftoversOf, nameOf, type PrivilegeGraph } from "../handover/graph/privilege.ts";
import type { PlannedHandover } from "../handover/plan-handover.ts";
import { describeMove } from "../handover/plan/move.ts";
import { formatMatrix } from "../handover/proof/format-matrix.ts";
import type { HandoverProof } from "../handover/proof/judge.ts";
import type { Matrix } from "../handover/proof/matrix.ts";
import type { HandoverStatus } from "../handover/read-handover-status.ts";
import { nextIrreversible } from "../handover/record/next-irreversible.ts";
import type { StageProgress } from "../handover/record/read-progress.ts";
import type { HandoverRecord } from "../handover/record/record-schema.ts";
import { formatTurnout } from "../handover/turnout/format-turnout.ts";
import { printable } from "../protocol/printable.ts";
import { shortName } from "../proposal/short-name.ts";
import { styleFor } from "./style.ts";

const SIGNS: Readonly<Record<StageProgress["state"], string>> = { done: "done", open: "open", next: "next", later: "-", stale: "STALE", stuck: "STUCK" };

/** A plan as people read it: the graph, what moves, in which order, and what is proven. */
export function formatPlan({ record, progress, turnout, proposed, reportPath, isNew }: PlannedHandover): string {
  const { bold } = styleFor("stdout");
  const { graph } = record;
  const width = process.stdout.columns || 100;
  const before = isNew ? [bold("Every privilege"), "", ...formatGraph(graph), "", bold("Who can what now"), "", ...formatMatrix(record.before, graph), "", bold("And when all is done"), "", ...formatMatrix(record.after, graph), ""] : [];
  return [
    ...before,
    bold("What moves"),
    ...record.moves.map((move) => `  ${printable(describeMove(graph, move))}`),
    "",
    ...(turnout === undefined ? [] : [bold("Turnout"), "", ...formatTurnout(turnout, { width }), ""]),
    bold("Stages"),
    ...formatStages(record, progress),
    "",
    ...(record.remarks.length + record.unproven.length === 0 ? [] : [bold("To know"), ...record.remarks.map((remark) => `  ${printable(remark)}`), ...record.unproven.map((what) => `  No canary on chain for ${printable(what)}.`), ""]),
    bold("Proven on a fork"),
    ...formatProofs(record.proofs),
    ...(reportPath === undefined ? ["", "Dry run: nothing was written or sent"] : ["", `Full report: ${printable(reportPath)}`]),
    ...(proposed === undefined ? [] : [`Proposal of the next stage: ${printable(proposed.stored.name)}`]),
  ].join("\n");
}

export function formatHandoverStatus({ record, progress, now, proofs, isOver }: HandoverStatus): string {
  const { bold } = styleFor("stdout");
  const irreversible = nextIrreversible(record, progress);
  return [
    `Handover ${record.name}: ${printable(nameOf(record.graph, record.from))} -> ${printable(nameOf(record.graph, record.to))}`,
    "",
    ...formatStages(record, progress),
    ...(irreversible === undefined ? [] : ["", `Still to come, and not to be taken back: ${printable(irreversible)}`]),
    ...(now === undefined ? [] : ["", bold("Who can what on chain"), "", ...formatMatrix(now, record.graph)]),
    ...(proofs.length === 0 ? [] : ["", bold("Proven on chain"), ...formatProofs(proofs)]),
    ...(isOver ? ["", "The handover is over."] : []),
  ].join("\n");
}

function formatStages({ stages }: HandoverRecord, progress: readonly StageProgress[]): string[] {
  return stages.flatMap(({ title, irreversible }, index) => {
    const { state = "later", detail = "" } = progress[index] ?? {};
    return [
      `  ${String(index + 1).padStart(2)}. ${SIGNS[state].padEnd(5)}  ${printable(title)}${irreversible === null ? "" : "   [IRREVERSIBLE]"}`,
      ...(state === "later" || state === "next" ? [] : [`               ${printable(detail)}`]),
    ];
  });
}

function formatProofs(proofs: readonly HandoverProof[]): string[] {
  return proofs.map(({ what, holds, detail }) => `  ${holds ? "yes" : "NO "}  ${printable(what)}${detail === "" ? "" : `: ${printable(detail)}`}`);
}

/** What to type next. */
export function nextOfHandover(record: HandoverRecord, progress: readonly StageProgress[]): string | undefined {
  const index = progress.findIndex(({ state }) => state !== "done");
  const stage = record.stages[index];
  if (stage === undefined) return undefined;
  if (progress[index]?.state === "open" && stage.proposal !== null) return `lpctl proposal status ${shortName(stage.proposal.name)}`;
  return progress[index]?.state === "stuck" ? undefined : `lpctl handover plan ${record.planned}`;
}

/** `--json` of what both commands share. */
export function handoverResult(record: HandoverRecord, progress: readonly StageProgress[]): Record<string, unknown> {
  const { name, network, from, to, divided, stages } = record;
  return {
    name,
    network,
    from,
    to,
    divided,
    stages: stages.map(({ id, kind, title, why, actor, irreversible, proposal }, index) => ({ id, kind, title, why, actor, irreversible, proposal, state: progress[index]?.state ?? "later", detail: progress[index]?.detail ?? "" })),
    remarks: record.remarks,
    unproven: record.unproven,
  };
}

export function graphResult(graph: PrivilegeGraph): Record<string, unknown> {
  const { blockNumber, controller, top, accounts, privileges } = graph;
  return { blockNumber, controller, top, accounts, privileges, leftovers: leftoversOf(graph) };
}

export function matrixResult({ blockNumber, actors, rows }: Matrix): Record<string, unknown> {
  return { blockNumber, actors, rows: rows.map(({ contract, name, what, group, cells }) => ({ contract, name, what, group, cells })) };
}
