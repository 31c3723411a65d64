import type { Finding } from "../finding.ts";
import type { ParsedGenesis } from "./parse-genesis-file.ts";

/** What a check of a genesis found, and where in the file. */
export interface GenesisFinding extends Finding {
  line?: number | undefined;
  column?: number | undefined;
}

/** Collects what the checks of one file find; the place of each stands in its detail, for people, and beside it. */
export class GenesisFindings {
  readonly found: GenesisFinding[] = [];
  readonly #parsed: ParsedGenesis;

  constructor(parsed: ParsedGenesis) {
    this.#parsed = parsed;
  }

  /** @param keyPath what in the file it is about; empty for what the file says nothing of */
  add(severity: Finding["severity"], code: string, keyPath: readonly PropertyKey[], title: string, detail?: string): void {
    if (keyPath.length === 0) {
      this.found.push({ severity, code, title, ...(detail === undefined ? {} : { detail }) });
      return;
    }
    const { line, column } = this.#parsed.placeOf(keyPath);
    const place = `${this.#parsed.path}:${line}:${column}`;
    this.found.push({ severity, code, title, detail: detail === undefined ? place : `${place}: ${detail}`, line, column });
  }
}
