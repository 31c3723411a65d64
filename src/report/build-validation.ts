/**
 * `VALIDATION.md`: what a signer does before signing, step by step. It says nothing of the block it was made at, so that
 * it stays the same, byte for byte, as long as the proposal would do the same.
 */
import { shownValue } from "../outcome/place.ts";
import type { StateChange } from "../outcome/simulation.ts";
import { changedPlace } from "./change-line.ts";
import { mono, plain } from "./document.ts";
import type { Block, Line, ListItem, ReportDocument, Section } from "./document.ts";
import { changeSorter } from "./group-changes.ts";
import { renderMarkdownDocument } from "./render-markdown.ts";
import { isSigned, type ReportData } from "./report-data.ts";
import { shortName } from "../proposal/short-name.ts";

/** What a signer compares with a device moves with the Safe's nonce and is taken from there, never from this file alone. */
export function renderValidation(data: ReportData): string {
  return renderMarkdownDocument(buildValidation(data));
}

function buildValidation(data: ReportData): ReportDocument {
  const act = isSigned(data) ? "sign" : "send";
  const sections: Section[] = [
    { title: "1. Make it again on your own machine", blocks: commandBlocks(data) },
    { title: "2. Compare what it prints", blocks: [{ kind: "facts", facts: data.compare.map((item) => ({ label: item.label, value: mono(item.value), note: item.where })) }] },
    { title: "3. Compare what is asked with what happens", blocks: effectBlocks(data) },
    { title: "4. Compare the calls", blocks: [callTable(data)] },
    { title: `5. ${act === "sign" ? "Sign" : "Send"}, or do not`, blocks: signBlocks(data) },
    { title: "What no command tells you", blocks: unknownBlocks(data) },
  ];
  return {
    title: `Before you ${act}: ${data.title}`,
    subtitle: `${data.network.name}, chain ${data.network.chainId}, proposal ${data.proposal.name}`,
    footer: "Generated from report.json beside this file. lpctl proposal check makes it again and refuses the proposal when this text was changed by hand.",
    sections: sections.filter(({ blocks }) => blocks.length > 0),
  };
}

function commandBlocks(data: ReportData): Block[] {
  const { proposal, network, reproduce } = data;
  const check = `lpctl proposal check ${shortName(proposal.name)} --network ${network.name}`;
  return [
    { kind: "text", line: plain("Believe no file that somebody sent you, this one included. These commands derive the calls from the intents, compile the sources, run the whole route on a fork of the chain and ask every check:") },
    { kind: "code", text: check },
    ...reproduce.filter(({ command }) => !command.startsWith("lpctl proposal check ")).map((item): Block => ({ kind: "code", caption: item.what, text: item.command })),
    { kind: "text", line: plain(`Exit code 0 means that no check refuses. Any other exit code: do not ${isSigned(data) ? "sign" : "send"}, and ask.`) },
  ];
}

function effectBlocks(data: ReportData): Block[] {
  const changes = data.simulation?.changes ?? [];
  const groupOf = changeSorter(data.expectation);
  const rows = (wanted: readonly string[]): Line[][] => changes.filter((change) => wanted.includes(groupOf(change))).map(changeRow);
  const expected = rows(["intended", "side-effect"]);
  const bad = rows(["unexplained"]);
  const quiet = changes.filter((change) => ["bookkeeping", "accrual"].includes(groupOf(change)));
  const columns = ["Contract", "What", "Before", "After"];
  return [
    { kind: "list", items: data.intents.map(({ text }): ListItem => ({ tone: "plain", line: plain(text) })) },
    { kind: "text", line: plain(expected.length === 0 ? "Expect no change of any contract besides bookkeeping." : `Expect ${expected.length === 1 ? "this change" : `these ${expected.length} changes`}, and no other:`) },
    ...(expected.length === 0 ? [] : [{ kind: "table" as const, columns, rows: expected }]),
    ...(bad.length === 0 ? [] : [{ kind: "text" as const, line: [{ text: `Nobody could explain these changes. Do not ${isSigned(data) ? "sign" : "send"} while they are here:`, tone: "bad" as const }] }, { kind: "table" as const, columns, rows: bad }]),
    ...(quiet.length === 0 ? [] : [{ kind: "text" as const, line: plain(`Besides: bookkeeping of ${[...new Set(quiet.map((change) => change.contract ?? change.address))].toSorted().join(", ")}, and what the passing of time changes by itself.`) }]),
  ];
}

function changeRow(change: StateChange): Line[] {
  return [change.contract === undefined ? mono(change.address) : plain(change.contract), changedPlace(change), mono(shownValue(change, "before")), mono(shownValue(change, "after"))];
}

function callTable({ calls }: ReportData): Block {
  return {
    kind: "table",
    columns: ["Target", "Asks", "Calldata"],
    rows: calls.map((call): Line[] => [
      [...(call.target.name === undefined ? [] : [{ text: `${call.target.name} ` }]), { text: call.target.address, mono: true }],
      call.signature === undefined ? [{ text: "undecoded", tone: "warn" }] : mono(`${call.signature.slice(0, call.signature.indexOf("("))}(${(call.args ?? []).map(({ name, value }) => `${name}: ${value}`).join(", ")})`),
      mono(call.data),
    ]),
  };
}

function signBlocks({ proposal, route, compare }: ReportData): Block[] {
  const name = shortName(proposal.name);
  const safe = route.find(({ approvals }) => approvals !== undefined);
  const onDevice = compare.filter(({ where }) => where === "on the device").map(({ label }) => label.toLowerCase());
  const items: ListItem[] = [
    ...(safe === undefined ? [{ tone: "plain" as const, line: plain(`Nothing is signed here: whoever may act sends it with lpctl proposal execute ${name} --key NAME.`) }] : [{ tone: "plain" as const, line: plain(`Sign with: lpctl proposal sign ${name} --key NAME. It shows the report again and asks for the first bytes of the hash.`) }]),
    ...(onDevice.length === 0 ? [] : [{ tone: "plain" as const, line: plain(`On the device, compare ${onDevice.join(" and ")} with step 2, every character. If one differs, reject.`) }]),
    ...route.map((step): ListItem => ({ tone: "plain", line: plain(`${step.title}, by ${step.by.who}${step.waits === undefined ? "" : `, after ${step.waits}`}.`) })),
    { tone: "plain", line: plain(`When every step is done, lpctl proposal execute ${name} compares what the chain did with what was simulated.`) },
  ];
  return [{ kind: "list", items }];
}

function unknownBlocks({ notChecked, assumptions, simulation }: ReportData): Block[] {
  const items: ListItem[] = [
    ...notChecked.map((text): ListItem => ({ tone: "warn", word: "not checked", line: plain(text) })),
    ...[...(simulation?.assumptions ?? []), ...assumptions].map((text): ListItem => ({ tone: "plain", word: "assumed", line: plain(text) })),
  ];
  return items.length === 0 ? [] : [{ kind: "list", items }];
}
