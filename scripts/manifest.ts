/**
 * Writes `oclif.manifest.json`, the list of commands the launcher and oclif answer from.
 * Same input, same bytes: it is committed, and a test compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Plugin } from "@oclif/core";
import { settings } from "@oclif/core/settings";

const root = join(import.meta.dirname, "..");

/** The manifest as text, from the TypeScript of `commands/`. */
export async function generateManifest(): Promise<string> {
  settings.enableAutoTranspile = false;
  const pjson: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { oclif, ...rest } = pjson as { oclif: Record<string, unknown> };
  const options = {
    root,
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
    pjson: { ...rest, oclif: { ...oclif, commands: "./commands" } },
  };
  const plugin = new Plugin(options as unknown as ConstructorParameters<typeof Plugin>[0]);
  await plugin.load();
  const { commands, version } = plugin.manifest;
  const entries = Object.entries(commands)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, command]) => [id, compiledForm(command as unknown as Record<string, unknown>)]);
  return `${JSON.stringify(sortKeys({ commands: Object.fromEntries(entries), version }), null, 2)}\n`;
}

/** The manifest is read beside `dist/`, which mirrors the tree. */
function compiledForm(command: Record<string, unknown>): Record<string, unknown> {
  const source = command["relativePath"];
  if (!Array.isArray(source)) throw new Error(`${String(command["id"])}: oclif did not say which file it is in`);
  const relativePath = ["dist", ...source.map((part) => String(part).replace(/\.ts$/, ".js"))];
  return { ...command, isESM: true, relativePath };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  // Flags and arguments keep the order they were written in: arguments are positional.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === "flags" || key === "args" ? item : sortKeys(item)]),
  );
}

if (import.meta.main) writeFileSync(join(root, "oclif.manifest.json"), await generateManifest());
