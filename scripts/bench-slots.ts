/**
 * Measures how fast the slots of a contract are listed: 100,000 addresses in all its mappings, processor time, no chain.
 * `node scripts/bench-slots.ts [--addresses N]`
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Address, Hex } from "../src/protocol/hex.ts";
import { SUITE } from "../src/protocol/suite.ts";
import { enumerateSlots } from "../src/snapshot/keys/enumerate-slots.ts";
import type { WordSource } from "../src/snapshot/state.ts";
import { compileUnits } from "../src/solidity/compile.ts";
import { layoutOfUnit } from "../src/solidity/layout-of-unit.ts";

const { values } = parseArgs({ options: { addresses: { type: "string", default: "100000" } } });
const root = join(import.meta.dirname, "..");
const digits = (text: string): string => createHash("sha256").update(text).digest("hex");
const addresses = Array.from({ length: Number(values.addresses) }, (_, index): Address => `0x${digits(`address ${index}`).slice(0, 40)}`);
const ids = Array.from({ length: 1_000 }, (_, index): Hex => `0x${digits(`id ${index}`)}`);
const rounds = [100, 1_100].map((round): Hex => `0x${round.toString(16).padStart(64, "0")}`);
const preimages = { addresses: addresses.sort(), words: [...ids, ...rounds].sort() };
const nothing: WordSource = { readWords: (_, slots) => Promise.resolve(new Uint8Array(slots.length)) };

const units = await compileUnits({ root, targets: SUITE.map(({ name, source }) => ({ source, contract: name })), cacheFolders: [join(root, "dist/solc-cache"), join(root, "node_modules/.cache/lpctl-solc")] });
const measured: Record<string, unknown>[] = [];
for (const name of ["BondingManager", "TicketBroker", "BondingVotes", "LivepeerToken", "JobsManager", "ServiceRegistry"]) {
  const unit = units.find(({ artifact }) => artifact.name === name);
  if (unit === undefined) throw new Error(`no ${name}`);
  const before = process.cpuUsage();
  const slots = await enumerateSlots(nothing, { address: "0x00000000000000000000000000000000000C0DE1", name, layoutOf: undefined, layout: layoutOfUnit(unit), code: "0x" }, preimages);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  measured.push({ name, slots: slots.length / 32, processorSeconds: Number(seconds.toFixed(2)), slotsPerSecond: Math.round(slots.length / 32 / seconds), residentMegabytes: Math.round(process.memoryUsage().rss / 1e6) });
}
process.stdout.write(`${JSON.stringify({ addresses: addresses.length, measured }, undefined, 2)}\n`);
