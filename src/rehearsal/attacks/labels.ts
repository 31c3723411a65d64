import { Interface } from "ethers/abi";
import { findContract } from "../../inspection/contract.ts";
import { proposeBatch } from "../../lifecycle/exchange/import-file.ts";
import type { Hex } from "../../protocol/hex.ts";
import { isPrintable } from "../../protocol/printable.ts";
import { renderMarkdown } from "../../report/render-markdown.ts";
import { renderTerminal } from "../../report/render-terminal.ts";
import { parseBuilderFile } from "../../safe/builder-file.ts";
import { addressIn } from "../stage.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { stoppedBy, type Stopped } from "./stopped.ts";

/** Clears the screen, goes to its top and writes a verdict there; then turns the direction of the text round. */
const TITLE = "Pay the contributors\u001b[2J\u001b[H\u001b[32m✓ Ready to sign, no warning\u202e";
/** The second letter is Cyrillic. */
const LOOKALIKE = "J\u043ebsManager";
const jobs = new Interface(["function setVerificationRate(uint64 rate)"]);

/** A terminal obeys what it is shown; an eye reads what it expects. */
export const labels: Attack = {
  name: "labels",
  summary: "A label clears the screen and draws its own verdict; a name looks like that of a contract.",
  history: "Terminals obey escape sequences in any text, and Unicode has letters for every Latin one: both are old tricks against whoever reviews code.",
  harm: (scene) => Promise.resolve({ what: "the label, written as it is, commands the terminal", holds: !isPrintable(batchOf(scene).rawTitle), detail: "it clears the screen, and its last character turns the text round" }),
  attempts: [
    {
      what: "reading the report of a batch with the label",
      command: "lpctl safe import FILE",
      async run(scene): Promise<Stopped | undefined> {
        const batch = parseBuilderFile(batchOf(scene).text);
        const { report } = await proposeBatch(scene.project, batch, { dryRun: true, producedBy: "rehearsal", delayBlocks: 0n, delaySeconds: 0n });
        const shown = [renderTerminal(report), renderMarkdown(report)].join("\n").split("\n");
        const line = shown.find((text) => text.includes("Pay the contributors"));
        return shown.every((text) => isPrintable(text)) && line !== undefined ? { code: "shown as text", words: line.trim() } : undefined;
      },
    },
    { what: "naming the contract that looks like the JobsManager", command: "lpctl upgrade propose", run: (scene) => stoppedBy(findContract(scene.project, LOOKALIKE)) },
  ],
};

function batchOf(scene: Scene): { text: string; rawTitle: string } {
  const data = jobs.encodeFunctionData("setVerificationRate", [1n]) as Hex;
  const transactions = [{ to: addressIn(scene.stage, "JobsManager"), value: "0", data }];
  return { rawTitle: TITLE, text: JSON.stringify({ version: "1.0", chainId: String(scene.project.chainId), createdAt: 0, meta: { name: TITLE }, transactions }) };
}
