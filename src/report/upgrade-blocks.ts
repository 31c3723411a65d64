import { addressLine } from "./address-line.ts";
import { mono, plain } from "./document.ts";
import type { Block, Fact, Line, ListItem, Tone } from "./document.ts";
import type { CodeIdentity, InterfaceChange, ReportData, SourceDiff, SourceFileDiff, UpgradeCard } from "./report-data.ts";
import { isSlotChanged, slotPictures } from "./slot-pictures.ts";

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
const INTERFACE_TONES: Record<InterfaceChange["change"], Tone> = { added: "good", removed: "warn", changed: "bad" };
/** Layouts with more slots show first what differs. */
const MOST_OPEN_SLOTS = 40;
const MOST_OPEN_DIFF_LINES = 80;
const MOST_OPEN_ADDITIONS = 12;

/** One card per upgraded contract: old and new code, proof of what it is, storage, interface and source, old beside new. */
export function upgradeBlocks(data: ReportData): Block[] {
  return data.upgrades.map((card) => upgradeCard(data, card));
}

function upgradeCard(data: ReportData, card: UpgradeCard): Block {
  const storage = STORAGE[card.storage.verdict];
  const bytecode = BYTECODE[card.bytecode.match];
  const facts: Fact[] = [
    { label: "Proxy", value: addressLine(data, card.proxy, card.contract) },
    { label: "Bytecode", value: [{ text: bytecode.text, tone: bytecode.tone }] },
    ...Object.entries(card.bytecode.immutables ?? {}).map(([name, value]): Fact => ({ label: `Immutable ${name}`, value: mono(value) })),
    ...Object.entries(card.bytecode.libraries ?? {}).map(([name, address]): Fact => ({ label: `Library ${name}`, value: addressLine(data, address) })),
    { label: "Storage", value: [{ text: storage.text, tone: storage.tone }] },
  ];
  const tone: Tone = storage.tone === "bad" || bytecode.tone === "bad" ? "bad" : storage.tone === "warn" || bytecode.tone === "warn" ? "warn" : "good";
  return {
    kind: "card",
    tone,
    title: [{ text: card.contract, strong: true }, { text: " gets new code" }],
    blocks: [
      { kind: "table", columns: ["Code", "Now", "Then"], rows: codeRows(data, card.oldImplementation, card.newImplementation) },
      { kind: "facts", facts },
      ...storageBlocks(card),
      ...interfaceBlocks(card.interface ?? []),
      ...sourceBlocks(card.sourceDiff),
    ],
  };
}

function codeRows(data: ReportData, old: CodeIdentity, now: CodeIdentity): Line[][] {
  const row = (label: string, before: Line | undefined, after: Line | undefined): Line[][] =>
    before === undefined && after === undefined ? [] : [[plain(label), before ?? [{ text: "not known", tone: "muted" }], after ?? [{ text: "not known", tone: "muted" }]]];
  const text = (value: string | undefined): Line | undefined => (value === undefined ? undefined : mono(value));
  return [
    ...row("Address", addressLine(data, old.address), addressLine(data, now.address)),
    ...row("Source", text(old.source), text(now.source)),
    ...row("Git commit", text(old.gitCommit), text(now.gitCommit)),
    ...row("Compiler", text(old.compiler), text(now.compiler)),
    ...row("Code hash", text(old.codeHash), text(now.codeHash)),
  ];
}

function storageBlocks({ storage }: UpgradeCard): Block[] {
  const pictures = slotPictures(storage);
  if (pictures.length === 0) return [];
  if (pictures.length <= MOST_OPEN_SLOTS) return [{ kind: "slots", rows: pictures }];
  const changed = pictures.filter(isSlotChanged);
  return [
    ...(changed.length === 0 ? [] : [{ kind: "slots" as const, rows: changed }]),
    { kind: "fold", long: true, title: `All ${pictures.length} slots, ${pictures.length - changed.length} of them as they were`, blocks: [{ kind: "slots", rows: pictures }] },
  ];
}

function interfaceBlocks(changes: readonly InterfaceChange[]): Block[] {
  if (changes.length === 0) return [];
  const items = (wanted: readonly InterfaceChange[]): Block[] => (wanted.length === 0 ? [] : [{ kind: "list", items: wanted.map(interfaceItem) }]);
  // What is new breaks nobody: a long list of it is folded.
  const added = changes.filter(({ change }) => change === "added");
  const others = changes.filter(({ change }) => change !== "added");
  const blocks = added.length <= MOST_OPEN_ADDITIONS ? items([...others, ...added]) : [...items(others), { kind: "fold" as const, title: `${added.length} additions`, blocks: items(added) }];
  return [{ kind: "card", tone: "plain", title: [{ text: "Interface" }], blocks }];
}

function interfaceItem({ kind, change, before, after }: InterfaceChange): ListItem {
  const line: Line =
    change === "changed"
      ? [{ text: `${kind} ` }, { text: before ?? "", mono: true }, { text: " becomes " }, { text: after ?? "", mono: true }]
      : [{ text: `${kind} ` }, { text: after ?? before ?? "", mono: true }];
  return { tone: INTERFACE_TONES[change], word: change, line };
}

function sourceBlocks(diff: SourceDiff | undefined): Block[] {
  if (diff === undefined) return [];
  const { files, unchangedFiles } = diff;
  const same = `${unchangedFiles} file${unchangedFiles === 1 ? "" : "s"} of the import closure ${unchangedFiles === 1 ? "is" : "are"} the same`;
  return [
    {
      kind: "card",
      tone: "plain",
      title: [{ text: "Source" }],
      blocks: [
        { kind: "facts", facts: [{ label: "Old text", value: mono(diff.from) }, { label: "New text", value: mono(diff.to) }] },
        { kind: "text", line: plain(files.length === 0 ? `No file differs; ${same}.` : `${files.length} file${files.length === 1 ? "" : "s"} differ${files.length === 1 ? "s" : ""}; ${same}.`) },
        ...files.map(fileBlock),
      ],
    },
  ];
}

function fileBlock(file: SourceFileDiff): Block {
  const lines = file.addedLines + file.removedLines;
  const was = file.oldPath === undefined ? "" : `, was ${file.oldPath}`;
  return {
    kind: "fold",
    long: lines > MOST_OPEN_DIFF_LINES,
    title: `${file.path}${was}: ${file.change}, +${file.addedLines} -${file.removedLines}`,
    blocks: [{ kind: "diff", text: file.hunks }],
  };
}
