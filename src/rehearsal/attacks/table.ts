import { seeHarm, tryOut, type Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";

/** What became of an attack, without what differs from run to run. */
export interface JudgedAttack {
  attack: Attack;
  /** Undefined when it did no harm, and so shows nothing. */
  harm: string | undefined;
  attempts: { what: string; command: string; code: string | undefined; leftBehind: string | undefined }[];
}

export async function judgeAttack(attack: Attack, scene: Scene): Promise<JudgedAttack> {
  const { holds, what } = await seeHarm(attack, scene);
  const attempts: JudgedAttack["attempts"] = [];
  // One after the other: they share a chain.
  for (const attempt of attack.attempts) {
    const { stopped, leftBehind } = await tryOut(attempt, scene);
    attempts.push({ what: attempt.what, command: attempt.command, code: stopped?.code, leftBehind });
  }
  return { attack, harm: holds ? what : undefined, attempts };
}

/** The table of all attacks, in Markdown. */
export function attackTable(judged: readonly JudgedAttack[]): string {
  return judged
    .map(({ attack, harm, attempts }) =>
      [
        `### ${attack.name}`,
        "",
        attack.summary,
        "",
        attack.history,
        "",
        `Without protection: ${harm ?? "no harm was seen"}.`,
        "",
        "| tried on | with | stopped by |",
        "|---|---|---|",
        ...attempts.map(({ what, command, code, leftBehind }) => `| ${what} | \`${command}\` | ${code === undefined ? "**nothing**" : code.includes(" ") ? code : `\`${code}\``}${leftBehind === undefined ? "" : `, but ${leftBehind}`} |`),
      ].join("\n"),
    )
    .join("\n\n");
}
