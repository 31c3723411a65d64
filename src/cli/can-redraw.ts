import { readEnvironment } from "../config/environment.ts";
import { outputMode } from "./output.ts";

/** Whether the result goes to a terminal that a screen can be drawn on again and again. */
export function canRedraw(): boolean {
  const { json, quiet } = outputMode();
  return process.stdout.isTTY === true && (process.stdout.columns ?? 0) > 0 && !json && !quiet && !readEnvironment().dumbTerminal;
}
