import { ready } from "../ready.ts";
import type { Proof, Rehearsal, RehearsalOptions, Scenario } from "../rehearsal.ts";
import { openScene, type Scene } from "./scene.ts";
import type { Stopped } from "./stopped.ts";

/** Something that is done to people who sign for a Safe, and what keeps them from harm. */
export interface Attack {
  /** `bybit`: rehearsed as `attack/bybit`. */
  name: string;
  /** One line. */
  summary: string;
  /** Where it happened, or why it is feared. */
  history: string;
  /** With everything that protects out of the way: what it would have cost, seen on the chain. Taken back afterwards. */
  harm(scene: Scene): Promise<Proof>;
  /** The same against the ordinary ways of working. */
  attempts: readonly Attempt[];
}

/** One way in. */
export interface Attempt {
  /** What the victim does, as a half sentence: `signing the file that came by mail`. */
  what: string;
  /** The command that does this. */
  command: string;
  run(scene: Scene): Promise<Stopped | undefined>;
}

/** An attack as a rehearsal: a Safe with an honest proposal, the harm, the attempts, and whether anything was left behind. */
export function attackScenario(attack: Attack): Scenario {
  return { name: `attack/${attack.name}`, summary: attack.summary, prepare: (options) => prepareAttack(attack, options) };
}

function prepareAttack(attack: Attack, options: RehearsalOptions): Rehearsal {
  let scene: Scene | undefined;
  const proofs: Proof[] = [];
  return {
    steps: [
      {
        title: "A Safe of three owners governs the protocol; one has signed a proposal",
        async run(update) {
          scene = await openScene(options, update);
          return `${scene.stored.name}, Safe ${scene.safe}`;
        },
      },
      {
        title: "The attack, with everything that protects out of the way",
        async run() {
          const harm = await seeHarm(attack, ready(scene));
          proofs.push({ ...harm, what: `the attack is real: ${harm.what}` });
          return harm.detail;
        },
      },
      ...attack.attempts.map((attempt) => ({
        title: `Tried on ${attempt.what}`,
        run: async (): Promise<string> => {
          const { stopped, leftBehind } = await tryOut(attempt, ready(scene));
          proofs.push({
            what: `${attempt.what} is stopped, and nothing is signed or sent`,
            holds: stopped !== undefined && leftBehind === undefined,
            detail: stopped === undefined ? `${attempt.command} went through` : `${attempt.command}: ${stopped.code}: ${stopped.words}${leftBehind === undefined ? "" : `; but ${leftBehind}`}`,
          });
          return stopped?.code ?? "not stopped";
        },
      })),
    ],
    result: () => ({ scenario: `attack/${attack.name}`, folder: options.folder, controller: ready(scene).stage.protocol.controller, proposals: [], proofs }),
    stop: async () => scene?.stop(),
  };
}

/** What the attack does where nothing stops it; the chain is as before afterwards. */
export function seeHarm(attack: Attack, scene: Scene): Promise<Proof> {
  return scene.onCopy(() => attack.harm(scene));
}

/** One attempt, with what it left behind: nothing, if all is well. The chain is as before afterwards. */
export async function tryOut(attempt: Attempt, scene: Scene): Promise<{ stopped: Stopped | undefined; leftBehind: string | undefined }> {
  return scene.onCopy(async () => {
    const before = await scene.footprint();
    const stopped = await attempt.run(scene);
    return { stopped, leftBehind: await scene.differenceTo(before) };
  });
}
