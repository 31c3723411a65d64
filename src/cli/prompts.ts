import { readFile } from "node:fs/promises";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";
import { outputMode } from "./output.ts";

/**
 * Questions to the person at the terminal, on stderr. Each names the flag that answers it, and is refused
 * when nobody can answer: piped input must never choose a network or confirm a signature.
 */

/**
 * The severe confirmation, before anything that signs or sends: type a name or the first bytes of a hash.
 * @param given what `--confirm` said; it answers without a terminal and must match exactly.
 */
export async function confirmTyped(question: {
  /** What is about to happen, one sentence: `Sign Safe transaction 0x12ab… on mainnet`. */
  what: string;
  expected: string;
  given: string | undefined;
  /** Default `--confirm`. */
  flag?: string;
}): Promise<void> {
  const { what, expected, given, flag = "--confirm" } = question;
  if (given !== undefined) {
    if (given === expected) return;
    throw new LpctlError({
      code: "LPCTL_PROMPT_CONFIRM_MISMATCH",
      exit: Exit.usage,
      message: `${flag} ${printable(given)} does not confirm this: ${what}.`,
      why: `The text to confirm with is ${expected}.`,
      next: `Check that this is what you mean, then add ${flag} ${expected}`,
    });
  }
  refuseWithoutPerson(what, `${flag} ${expected}`);
  await ask({
    type: "input",
    message: `${printable(what)}. Type ${expected} to go on:`,
    validate: (typed: string) => typed.trim() === expected || `Type ${expected} exactly, or press Ctrl-C to cancel`,
  });
}

/**
 * A confirmation by something that is not shown here: the person has it from elsewhere.
 * @param given what a flag said; it answers without a terminal
 * @returns false when a flag's answer is wrong; a person is asked until it is right, or gives up
 */
export async function confirmUnseen(question: { what: string; given: string | undefined; flag: string; isRight: (typed: string) => boolean; hint: string }): Promise<boolean> {
  const { what, given, flag, isRight, hint } = question;
  if (given !== undefined) return isRight(given);
  refuseWithoutPerson(what, flag);
  await ask({ type: "input", message: `${printable(what)}:`, validate: (typed: string) => isRight(typed) || hint });
  return true;
}

/**
 * A password: from the file given with `flag` (`-` reads stdin), or typed unseen.
 * Never from a flag's value or the environment, where other processes could read it.
 */
export async function askPassword(question: {
  message: string;
  file: string | undefined;
  /** Default `--password-file`. */
  flag?: string;
  /** Ask twice, for a password that is being chosen. */
  repeat?: boolean;
}): Promise<string> {
  const { message, file, flag = "--password-file", repeat = false } = question;
  if (file !== undefined) return readPasswordFile(file);
  refuseWithoutPerson(message, `${flag} PATH`);
  const password = await ask({ type: "password", mask: "*", message: printable(message) });
  if (repeat) {
    await ask({
      type: "password",
      mask: "*",
      message: "The same again:",
      validate: (typed: string) => typed === password || "The two are not the same",
    });
  }
  return password;
}

/** One of several; `value` comes back. */
export async function select(question: {
  message: string;
  flag: string;
  choices: readonly { name: string; value: string; description?: string }[];
}): Promise<string> {
  refuseWithoutPerson(question.message, question.flag);
  const choices = question.choices.map((choice) => ({ ...choice, name: printable(choice.name) }));
  return ask({ type: "select", message: printable(question.message), choices });
}

/** A line of text. `validate` gives `true` or the sentence to show. */
export async function input(question: {
  message: string;
  flag: string;
  default?: string;
  validate?: (typed: string) => true | string;
}): Promise<string> {
  refuseWithoutPerson(question.message, question.flag);
  return ask({
    type: "input",
    message: printable(question.message),
    ...(question.default === undefined ? {} : { default: question.default }),
    ...(question.validate === undefined ? {} : { validate: question.validate }),
  });
}

/** True when a question could be answered: a terminal on both ends, and nobody forbade asking. */
export function canPrompt(): boolean {
  return whyNot() === undefined;
}

function whyNot(): string | undefined {
  if (outputMode().json) return "--json never prompts.";
  if (outputMode().noInput) return "Prompts are off (--no-input or LPCTL_NO_INPUT).";
  if (process.stdin.isTTY !== true) return "Standard input is not a terminal.";
  if (process.stderr.isTTY !== true) return "Standard error, where the question would appear, is not a terminal.";
  return undefined;
}

function refuseWithoutPerson(what: string, flag: string): void {
  const why = whyNot();
  if (why === undefined) return;
  throw new LpctlError({
    code: "LPCTL_PROMPT_REFUSED",
    exit: Exit.usage,
    message: `This needs an answer: ${what.replace(/[:.?]$/, "")}.`,
    why,
    next: `Answer it on the command line: ${flag}`,
  });
}

async function ask(question: Record<string, unknown>): Promise<string> {
  const { createPromptModule } = await import("inquirer");
  const prompt = createPromptModule({ input: process.stdin, output: process.stderr });
  const answers: Record<string, unknown> = await prompt([{ ...question, name: "answer" }] as never);
  return String(answers["answer"]);
}

async function readPasswordFile(path: string): Promise<string> {
  const text = path === "-" ? await readStandardInput() : await readFile(path, "utf8");
  const password = text.replace(/\r?\n$/, "");
  if (password === "") {
    throw new LpctlError({
      code: "LPCTL_KEYS_PASSWORD_EMPTY",
      exit: Exit.usage,
      message: path === "-" ? "There was no password on standard input." : `The password file ${path} is empty.`,
      next: "Put the password in the file, on one line.",
    });
  }
  return password;
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("utf8");
}
