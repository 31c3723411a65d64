import { addressLine } from "./address-line.ts";
import { mono, plain } from "./document.ts";
import type { Block, Fact, Line, Tone } from "./document.ts";
import type { CodeIdentity, ReportData, SlotRow, UpgradeCard } from "./report-data.ts";

const BYTECODE: Record<UpgradeCard["bytecode"]["match"], { tone: Tone; text: string }> = {
  exact: { tone: "good", text: "exact: the code on chain is this source, byte for byte" },
  "modulo-metadata": { tone: "warn", text: "equal but for the metadata hash at the end of the code" },
  none: { tone: "bad", text: "different: the code on chain is not this source" },
  "not-compared": { tone: "warn", text: "not compared: there is no source" },
};
const STORAGE: Record<UpgradeCard["storage"]["verdict"], { tone: Tone; text: string }> = {
  compatible: { tone: "good", text: "compatible: every variable stays where it is" },
  broken: { tone: "bad", text: "broken: the new code would misread what the old code wrote" },
  "not-compared": { tone: "warn", text: "not compared: one of the layouts is unknown" },
};
const SLOT_TONES: Record<SlotRow["state"], Tone> = { kept: "muted", new: "good", renamed: "warn", deprecated: "muted", changed: "bad" };

/** One card per upgraded contract: old and new code, proof of what it is, and the storage slot by slot. */
export function upgradeBlocks(data: ReportData): Block[] {
  return data.upgrades.map((card) => upgradeCard(data, card));
}

function upgradeCard(data: ReportData, card: UpgradeCard): Block {
  const storage = STORAGE[card.storage.verdict];
  const bytecode = BYTECODE[card.bytecode.match];
  const facts: Fact[] = [
    { label: "Proxy", value: addressLine(data, card.proxy, card.contract) },
    ...codeFacts(data, "Old code", card.oldImplementation),
    ...codeFacts(data, "New code", card.newImplementation),
    { label: "Bytecode", value: [{ text: bytecode.text, tone: bytecode.tone }] },
    { label: "Storage", value: [{ text: storage.text, tone: storage.tone }] },
    ...Object.entries(card.bytecode.immutables ?? {}).map(([name, value]): Fact => ({ label: `Immutable ${name}`, value: mono(value) })),
    ...Object.entries(card.bytecode.libraries ?? {}).map(([name, address]): Fact => ({ label: `Library ${name}`, value: addressLine(data, address) })),
    ...functionFacts("Functions added", card.addedFunctions),
    ...functionFacts("Functions removed", card.removedFunctions),
  ];
  const blocks: Block[] = [{ kind: "facts", facts }];
  if (card.storage.slots.length > 0) blocks.push(slotTable(card.storage.slots));
  const tone: Tone = storage.tone === "bad" || bytecode.tone === "bad" ? "bad" : storage.tone === "warn" || bytecode.tone === "warn" ? "warn" : "good";
  return { kind: "card", tone, title: [{ text: card.contract, strong: true }, { text: " gets new code" }], blocks };
}

function codeFacts(data: ReportData, label: string, code: CodeIdentity): Fact[] {
  const facts: Fact[] = [{ label, value: addressLine(data, code.address) }];
  if (code.source !== undefined) facts.push({ label: `${label}, source`, value: mono(code.source) });
  if (code.gitCommit !== undefined) facts.push({ label: `${label}, git commit`, value: mono(code.gitCommit) });
  if (code.codeHash !== undefined) facts.push({ label: `${label}, code hash`, value: mono(code.codeHash) });
  if (code.compiler !== undefined) facts.push({ label: `${label}, compiler`, value: mono(code.compiler) });
  return facts;
}

function functionFacts(label: string, signatures: readonly string[] | undefined): Fact[] {
  return signatures === undefined || signatures.length === 0 ? [] : [{ label, value: mono(signatures.join(", ")) }];
}

function slotTable(slots: readonly SlotRow[]): Block {
  return {
    kind: "table",
    columns: ["Slot", "Variable", "Type", "State"],
    rows: slots.map((row): Line[] => [
      mono(`${row.slot}${row.offsetBytes === 0 ? "" : ` +${row.offsetBytes}`}`, "muted"),
      mono(row.label),
      mono(row.type),
      stateLine(row),
    ]),
  };
}

function stateLine(row: SlotRow): Line {
  const before = row.before === undefined ? "" : row.state === "changed" ? `: was ${row.before.label}, ${row.before.type}` : `: was ${row.before.label}`;
  return row.state === "kept" ? plain("kept") : [{ text: `${row.state}${before}`, tone: SLOT_TONES[row.state], strong: row.state === "changed" }];
}
