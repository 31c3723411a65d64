import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { documentOf, repository, type Ran } from "./run-lpctl.ts";

const folder = join(repository, "docs/schemas");
/** Schemas of the envelope and of parts; every other file belongs to one command. */
const shared = ["common", "error", "success"];

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
for (const name of schemaNames()) ajv.addSchema(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as object);

function schemaNames(): string[] {
  return globSync("*.json", { cwd: folder }).map((file) => file.slice(0, -".json".length));
}

/** Commands that have a schema, as the words a person types. */
export function documentedCommands(): string[] {
  const commands = Object.keys((JSON.parse(readFileSync(join(repository, "oclif.manifest.json"), "utf8")) as { commands: object }).commands);
  const fileOf = new Map(commands.map((id) => [id.replaceAll(":", "-"), id.replaceAll(":", " ")]));
  return schemaNames()
    .filter((name) => !shared.includes(name))
    .map((name) => fileOf.get(name) ?? `(no command, but a schema: ${name})`)
    .toSorted();
}

/** Every command that people can type. */
export function publicCommands(): string[] {
  const { commands } = JSON.parse(readFileSync(join(repository, "oclif.manifest.json"), "utf8")) as {
    commands: Record<string, { hidden?: boolean }>;
  };
  return Object.entries(commands)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([id]) => id.replaceAll(":", " "))
    .toSorted();
}

/**
 * stdout of a run with `--json` must be one document that fits the envelope and the command's schema, and stderr
 * must be empty. Gives the result.
 */
export function expectDocument(command: string, ran: Ran): unknown {
  expect(ran.stderr, `${command}: stderr`).toBe("");
  const document = documentOf(ran);
  const envelope = document.ok ? "success" : "error";
  expect([0, 5].includes(ran.exitCode ?? -1), `${command}: exit code ${ran.exitCode} with ok ${document.ok}\n${ran.stdout}`).toBe(document.ok);
  expectValid(envelope, document);
  if (document.result !== undefined) expectValid(command.replaceAll(" ", "-"), document.result);
  return document.result;
}

function expectValid(schema: string, value: unknown): void {
  expect(existsSync(join(folder, `${schema}.json`)), `docs/schemas/${schema}.json exists`).toBe(true);
  const validate = ajv.getSchema(`${schema}.json`) as ValidateFunction;
  if (validate(value)) return;
  const wrong = (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message ?? ""} ${JSON.stringify(params)}`);
  expect.fail(`does not fit docs/schemas/${schema}.json:\n${wrong.join("\n")}\n${JSON.stringify(value, null, 2)}`);
}
