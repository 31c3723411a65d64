/** Who holds what, and who may do what, before and after: said even where nothing of it changes. */
import type { Movement, PowerChange } from "../outcome/movement.ts";
import type { StateChange } from "../outcome/simulation.ts";
import { addressLine, etherText } from "./address-line.ts";
import { changeLine } from "./change-line.ts";
import { plain } from "./document.ts";
import type { Block, ListItem } from "./document.ts";
import type { ReportData } from "./report-data.ts";

/** Variables that say who may do what, by their own names: `_owner`, `erc1967.admin`, `openzeppelin.AccessControl._roles[…]`. */
const POWER = /(?:^|\.)_?(?:owner|admin|pendingOwner|paused|threshold|ownerCount|guard|moduleGuard|fallbackHandler|singleton|implementation|beacon|minter|controller)$/;
const POWER_MAPPING = /(?:^|\.)_?(?:owners|modules|roles)\[/;
const TOKENS = /^_?(?:balances|allowances|allowed)\[|^_?totalSupply$/;

export function powerBlocks(data: ReportData): Block[] {
  const { simulation } = data;
  if (simulation === undefined) return [];
  const { changes } = simulation;
  const money = changes.filter((change) => change.kind === "balance" || (change.kind === "storage" && TOKENS.test(change.path ?? "")));
  const power = changes.filter((change) => change.kind === "code" || (change.kind === "storage" && (POWER.test(change.path ?? "") || POWER_MAPPING.test(change.path ?? ""))));
  const moved = (data.movements ?? []).map((movement) => movementItem(data, movement));
  const gained = (data.powerChanges ?? []).map((change) => powerItem(data, change));
  return [
    ...listOf(moved.length > 0 ? moved : itemsOf(money, "balance"), "balances", "No ether and no known token changes hands."),
    ...listOf(gained.length > 0 ? [...gained, ...itemsOf(changes.filter(({ kind }) => kind === "code"), "code")] : itemsOf(power, "power"), "power", "No owner, role, threshold, module, guard or pause changes, and no account gets or loses code."),
  ];
}

function listOf(items: readonly ListItem[], word: string, nothing: string): Block[] {
  return [{ kind: "list", items: items.length > 0 ? items : [{ tone: "good", word, line: plain(nothing) }] }];
}

function movementItem(data: ReportData, { asset, assetName, from, to, amount }: Movement): ListItem {
  const what = asset === "ETH" ? etherText(amount) : `${amount} of the smallest unit of ${assetName ?? "the token"} `;
  return {
    tone: "warn",
    word: "moves",
    line: [{ text: what, strong: true }, ...(asset === "ETH" ? [] : addressLine(data, asset)), { text: " from " }, ...addressLine(data, from), { text: " to " }, ...addressLine(data, to)],
  };
}

function powerItem(data: ReportData, { address, contract, what, before, after }: PowerChange): ListItem {
  return { tone: "warn", word: "power", line: [...addressLine(data, address, contract), { text: " " }, { text: what, mono: true }, { text: ": " }, { text: before, mono: true }, { text: " becomes " }, { text: after, mono: true, strong: true }] };
}

function itemsOf(changes: readonly StateChange[], word: string): ListItem[] {
  return changes.map((change) => ({ tone: "warn", word, line: changeLine(change), detail: change.why }));
}
