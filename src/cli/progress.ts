import { printable } from "../protocol/printable.ts";
import { writeNote } from "./output.ts";
import { styleFor, symbols } from "./style.ts";

/** One line for the person watching: what the command is doing now. */
export function writeProgress(what: string): void {
  writeNote(styleFor("stderr").dim(`${symbols.running} ${printable(what)}`));
}
