import { join } from "node:path";
import { readEnvironment } from "./environment.ts";

/** The list of everything this user's keys have signed for Safes, on any chain and for any project. */
export function signatureLedgerPath(): string {
  return join(readEnvironment().dataFolder, "signatures.ndjson");
}
