import { CHECKS } from "../checks/all-checks.ts";
import { groupFindings } from "../checks/group-findings.ts";
import { pollHeeded } from "../checks/poll-heeded.ts";
import { recordIntact } from "../checks/record-intact.ts";
import { findIntentParameter } from "../inspection/find-parameter.ts";
import type { Project } from "../inspection/project.ts";
import { readParameters } from "../inspection/read-parameters.ts";
import { canonicalHash } from "../proposal/canonical.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { decodeKnownCall } from "../protocol/decode-known.ts";
import { formatHuman, formatRaw, type ParameterValue } from "../protocol/units.ts";
import type { ChangeExpectation, ParameterCard, ReportCall, ReportData, ReportVerdict } from "../report/report-data.ts";
import type { SafeBundle } from "../safe/bundle.ts";
import { formatAllowed } from "../simulation/effects/compare-effects.ts";
import { findMovements, findPowerChanges } from "../simulation/movements.ts";
import type { SimulationResult } from "../outcome/simulation.ts";
import type { Assessment } from "./assess-proposal.ts";
import { proxiesOf } from "./create-proposal.ts";
import { readProposalEffect } from "./economics/economic-effect.ts";
import { describeIntent } from "./describe-intent.ts";
import { matchIntents } from "./match-intents.ts";
import { readRouteCards } from "./route-cards.ts";
import { readUpgradeCards } from "./upgrade-cards.ts";
import { plural } from "../protocol/plural.ts";

/** Gathers what a signer reads, in the order of reading. */
export async function buildReportData(
  project: Project,
  stored: StoredProposal,
  assessment: Assessment,
  bundle: SafeBundle | undefined,
  producedBy: string,
): Promise<ReportData> {
  const { proposal, name } = stored;
  const { simulation, findings } = assessment;
  const [upgrades, parameters, economics, route] = await Promise.all([
    readUpgradeCards(project, stored, assessment),
    parametersOf(project, stored),
    readProposalEffect(project, proposal),
    readRouteCards(project, proposal, assessment, bundle),
  ]);
  return {
    schema: 1,
    proposal: { id: proposal.id, name },
    title: proposal.title,
    network: { name: proposal.network, chainId: proposal.chainId },
    verdict: verdictOf(stored, assessment),
    compare: [
      { label: "Proposal id", value: proposal.id, where: "printed by lpctl proposal show" },
      { label: "Calls hash", value: canonicalHash(proposal.calls) },
      { label: "Effects hash", value: proposal.effectsHash ?? simulation.effectsHash, where: "part of the proposal's id; compared again after execution" },
      ...(bundle === undefined
        ? []
        : [
            { label: "Safe domain hash", value: bundle.hashes.domainHash, where: "on the device" },
            { label: "Safe message hash", value: bundle.hashes.messageHash, where: "on the device" },
            { label: "Safe transaction hash", value: bundle.hashes.safeTxHash, where: "what is signed" },
            { label: "Safe nonce", value: bundle.transaction.nonce.toString() },
          ]),
    ],
    intents: matchIntents(proposal, simulation),
    calls: callsOf(stored, assessment),
    upgrades,
    parameters,
    ...(economics === undefined ? {} : { economics }),
    route,
    findings,
    checks: groupFindings(findings).filter(({ check }) => check !== recordIntact.name).map((outcome) => ({ ...outcome, explains: CHECKS.find(({ name: check }) => check === outcome.check)?.explains })),
    simulation,
    expectation: expectationOf(stored, assessment),
    ...movedBy(simulation),
    traffic: assessment.traffic,
    aftermath: assessment.aftermath,
    assumptions: widenedBy(assessment),
    notChecked: proposal.intents.some(({ kind }) => kind === "upgrade")
      ? ["Whether the new code does what it should: lpctl shows what the upgrade does to storage and interface, not whether the logic is right."]
      : [],
    reproduce: [
      { what: "Make all of this again from the evidence beside the proposal, without a network", command: `lpctl proposal reproduce ${name}` },
      { what: "Simulate again, ask every check and write nothing", command: `lpctl proposal check ${name} --network ${proposal.network}` },
      { what: "Derive the calls again from the intents", command: `lpctl proposal show ${name} --network ${proposal.network}` },
    ],
    producedBy,
  };
}

function verdictOf({ proposal }: StoredProposal, { findings, plan, states }: Assessment): ReportVerdict {
  const refusals = findings.filter(({ severity }) => severity === "refuse");
  const warnings = findings.filter(({ severity }) => severity === "warning");
  const powerful = proposal.intents.filter(({ kind }) => ["transfer-ownership", "grant-role", "revoke-role", "register", "migrate-minter", "pause", "unpause", "change-safe", "calls"].includes(kind));
  const upgrades = proposal.intents.filter(({ kind }) => kind === "upgrade");
  // A key sends its calls one by one, and nobody signs anything before.
  const oneByOne = plan.steps.some(({ kind }) => kind === "send") && proposal.calls.length > 1;
  const what = proposal.intents.length === 1 ? "one change" : `${proposal.intents.length} changes ${oneByOne ? "sent one after the other" : "in one batch"}`;
  const toSign = plan.steps.some(({ by }, index) => by.kind === "safe" && states[index]?.state !== "done");
  const toVote = plan.steps.some(({ by }, index) => by.kind === "voters" && states[index]?.state !== "done");
  const awaitsPoll = findings.some(({ code, severity }) => severity === "info" && code !== "poll-counted" && pollHeeded.codes.includes(code));
  return {
    outcome: refusals.length > 0 ? "refused" : "ready",
    risk: refusals.length > 0 || powerful.length > 0 ? "high" : upgrades.length > 0 || warnings.length > 0 ? "medium" : "low",
    summary:
      refusals.length > 0
        ? `refused: ${refusals[0]?.title ?? ""}`
        : `ready to ${awaitsPoll || toVote ? "be voted on" : toSign ? "sign" : "execute"}: ${what}, simulated through its whole route, ${warnings.length === 0 ? "no warning" : plural(warnings.length, "warning")}`,
    reasons: [
      ...refusals.map(({ title }) => title),
      ...powerful.map(describeIntent),
      ...(upgrades.length > 0 ? ["code is replaced"] : []),
      ...warnings.map(({ title }) => title),
    ],
  };
}

function callsOf({ proposal }: StoredProposal, { book }: Assessment): ReportCall[] {
  return proposal.calls.map((call) => {
    const decoded = decodeKnownCall(call.data, book.interfaceOf(call.to));
    return {
      target: { address: call.to, name: book.nameOf(call.to) },
      valueWei: call.valueWei,
      data: call.data,
      signature: decoded?.signature,
      args: decoded?.args,
    };
  });
}

async function parametersOf(project: Project, { proposal }: StoredProposal): Promise<ParameterCard[]> {
  const intents = proposal.intents.filter((intent) => intent.kind === "set-parameter");
  if (intents.length === 0) return [];
  const { live } = await readParameters(project);
  return Promise.all(
    intents.map(async (intent): Promise<ParameterCard> => {
      const { parameter, value } = await findIntentParameter(project, live, intent, proxiesOf(proposal.intents));
      const show = (raw: ParameterValue): { human: string; raw: string } => ({
        human: formatHuman(raw, parameter.unit),
        raw: formatRaw(raw),
      });
      return {
        id: intent.parameter,
        meaning: parameter.meaning,
        before: value === undefined ? undefined : show(value),
        after: show(/^\d+$/.test(intent.value) ? BigInt(intent.value) : intent.value),
        unit: parameter.unit,
        effect: parameter.effect,
        bounds:
          parameter.bounds === null
            ? undefined
            : `${formatHuman(parameter.bounds.min, parameter.unit)} to ${formatHuman(parameter.bounds.max, parameter.unit)}`,
        hazards: [...parameter.hazards],
      };
    }),
  );
}

/** What people allow beyond the values that the simulation shows. */
function widenedBy({ allowed = [] }: Assessment): string[] {
  return allowed
    .filter(({ before, after }) => typeof before !== "string" || typeof after !== "string")
    .map(({ address, contract, path, before, after }) => `effects.json allows ${path} of ${contract ?? address} to change from ${formatAllowed(before)} to ${formatAllowed(after)}.`);
}

/** Left out where there is nothing to tell. */
function movedBy(simulation: SimulationResult): Pick<ReportData, "movements" | "powerChanges"> {
  const [movements, powerChanges] = [findMovements(simulation), findPowerChanges(simulation)];
  return { ...(movements.length === 0 ? {} : { movements }), ...(powerChanges.length === 0 ? {} : { powerChanges }) };
}

/** What the intents ask for: every named change on the targets of the calls, and of nothing else. */
function expectationOf({ proposal }: StoredProposal, { simulation }: Assessment): ChangeExpectation {
  const targets = new Set(proposal.calls.map(({ to }) => to));
  return {
    intended: simulation.changes.flatMap(({ address, slot, kind, path }) =>
      kind === "storage" && slot !== undefined && path !== undefined && targets.has(address) ? [{ address, slot }] : [],
    ),
    authorities: proposal.authorities.map(({ address }) => address),
  };
}
