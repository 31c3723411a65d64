import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageRoot } from "../../package-root.ts";

/** A migration that comes with lpctl, to start one's own from. */
export interface ShippedMigration {
  name: string;
  /** One line. */
  summary: string;
  /** Its script, which runs as it is and has no types. */
  path: string;
}

const SUMMARIES: readonly (readonly [name: string, summary: string])[] = [
  ["pause-protocol", "Stops the protocol, before a migration that nobody may move under"],
  ["unpause-protocol", "Starts it again, where such a migration was given up"],
  ["partial-unbonding", "Tributary: stake leaves in parts, and everyone who is unbonding gets a lock"],
  ["fixed-point-scale", "LIP-71: reward and fee factors of 27 digits, both in one step per transcoder"],
  ["jobs-closing", "Streamflow, first part: the JobsManager takes nothing any more"],
  ["jobs-to-tickets", "Streamflow, second part: deposits and escrow move to the TicketBroker"],
  ["minter-swap", "Another Minter: all LPT, all ether and the right to mint move in one batch"],
  ["merkle-claims", "Confluence: claims from a snapshot, staged for seven days of review, then open"],
  ["merkle-claims-cancel", "Takes a staged tree of claims back"],
  ["touch-chunks", "On a fork: delegators who wait in chunks are brought in, and the BondingManager stands alone again"],
];

/** Every migration that comes with lpctl, in the order in which they happened; what forks need comes last. */
export function listShipped(): ShippedMigration[] {
  return SUMMARIES.map(([name, summary]) => ({ name, summary, path: join(packageRoot(), "migrations", `${name}.ts`) }));
}

/** A shipped migration by its name; undefined when there is none. */
export function findShipped(name: string): ShippedMigration | undefined {
  return listShipped().find((one) => one.name === name);
}

/**
 * The text of a shipped migration with some of the constants at its top given values.
 * @param constants by name, each as it is to stand in the script: `7n`, `"0x…"`
 * @throws TypeError when the script has no such constant
 */
export async function fillShipped({ path }: ShippedMigration, constants: Readonly<Record<string, string>> = {}): Promise<string> {
  let text = await readFile(path, "utf8");
  for (const [name, value] of Object.entries(constants)) {
    const line = new RegExp(`^const ${name} = .*;$`, "m");
    if (!line.test(text)) throw new TypeError(`${path} has no constant ${name}`);
    text = text.replace(line, () => `const ${name} = ${value};`);
  }
  return text;
}
