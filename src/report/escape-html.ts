import { legible } from "./legible.ts";


const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text as HTML that shows it and nothing else, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return legible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
