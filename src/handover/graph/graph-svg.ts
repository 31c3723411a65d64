import { escapeHtml } from "../../report/escape-html.ts";
import type { Address } from "../../protocol/hex.ts";
import { accountAt, describeKind, type PrivilegeGraph } from "./privilege.ts";

const BOX = { width: 210, height: 40, gapX: 90, gapY: 14, margin: 16 };
const FILL: Readonly<Record<string, string>> = { key: "#fde8c8", safe: "#d8ecd3", governor: "#d6e4f7", timelock: "#d6e4f7", "vote-governor": "#e7d9f3", "divided-owner": "#d6e4f7" };

/**
 * The graph as a picture: contracts at the left, whoever they obey to their right, people and votes at the far right. Every line
 * is a privilege, or several between the same two. Self-contained, with a text for those who cannot see it.
 */
export function renderGraphSvg(graph: PrivilegeGraph): string {
  const pairs = new Map<string, { from: Address; to: Address; words: string[] }>();
  for (const { contract, holder, power } of graph.privileges) {
    if (contract === holder) continue;
    const key = `${contract}:${holder}`;
    const pair = pairs.get(key) ?? { from: contract, to: holder, words: [] };
    if (!pair.words.includes(power)) pair.words.push(power);
    pairs.set(key, pair);
  }
  const edges = [...pairs.values()];
  const columns = columnsOf(graph, edges);
  const places = new Map<Address, { x: number; y: number }>();
  for (const [column, members] of columns.entries()) {
    for (const [row, address] of members.entries()) {
      places.set(address, { x: BOX.margin + column * (BOX.width + BOX.gapX), y: BOX.margin + row * (BOX.height + BOX.gapY) });
    }
  }
  const tallest = Math.max(1, ...columns.map((members) => members.length));
  const width = 2 * BOX.margin + columns.length * BOX.width + Math.max(0, columns.length - 1) * BOX.gapX;
  const height = 2 * BOX.margin + tallest * (BOX.height + BOX.gapY);
  const lines = edges.flatMap(({ from, to, words }) => {
    const [start, end] = [places.get(from), places.get(to)];
    if (start === undefined || end === undefined) return [];
    const [x1, y1, x2, y2] = [start.x + BOX.width, start.y + BOX.height / 2, end.x, end.y + BOX.height / 2];
    const bend = Math.max(30, (x2 - x1) / 2);
    return [`<path d="M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" fill="none" stroke="#777" marker-end="url(#tip)"><title>${escapeHtml(words.join(", "))}</title></path>`];
  });
  const boxes = [...places].map(([address, { x, y }]) => {
    const account = accountAt(graph, address);
    const title = account.name ?? `${address.slice(0, 8)}…${address.slice(-6)}`;
    return `<g><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="5" fill="${FILL[account.kind] ?? "#f1f1f1"}" stroke="#999"/><title>${escapeHtml(address)}</title><text x="${x + 10}" y="${y + 17}" font-weight="600">${escapeHtml(title)}</text><text x="${x + 10}" y="${y + 32}" fill="#555">${escapeHtml(describeKind(account).slice(0, 34))}</text></g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" role="img">`,
    `<title>Who holds which power over whom, at block ${graph.blockNumber}</title>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="#777"/></marker></defs>',
    ...lines,
    ...boxes,
    "</svg>",
    "",
  ].join("\n");
}

/** Each account as far right as the longest way to it, circles cut. */
function columnsOf(graph: PrivilegeGraph, edges: readonly { from: Address; to: Address }[]): Address[][] {
  const depth = new Map<Address, number>(graph.accounts.map(({ address }) => [address, 0]));
  for (let pass = 0; pass < Math.min(graph.accounts.length, 8); pass++) {
    let moved = false;
    for (const { from, to } of edges) {
      const next = (depth.get(from) ?? 0) + 1;
      if (next > (depth.get(to) ?? 0) && next < 8) {
        depth.set(to, next);
        moved = true;
      }
    }
    if (!moved) break;
  }
  const columns: Address[][] = [];
  for (const { address } of graph.accounts) {
    const at = depth.get(address) ?? 0;
    (columns[at] ??= []).push(address);
  }
  return [...columns].filter((members) => members !== undefined && members.length > 0);
}
