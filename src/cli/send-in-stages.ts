import type { OperationResult, SendProgress } from "../chain/operation.ts";
import { plural } from "../protocol/plural.ts";
import { runTasks } from "./tasks.ts";

/** A plan whose transactions belong to stages that follow one another. */
export interface StagedPlan {
  /** What each stage is called, in order. */
  titles: ReadonlyMap<string, string>;
  /** The stage of each transaction, in the order of the plan. */
  stages: readonly string[];
  send: (onProgress: (progress: SendProgress) => void) => Promise<OperationResult[]>;
}

interface Stage {
  title: string;
  /** Transactions up to its end. */
  end: number;
  total: number;
  update: (doing: string) => void;
  finish: () => void;
  finished: Promise<void>;
}

/** Sends a plan and shows it stage by stage. */
export async function sendInStages({ titles, stages, send }: StagedPlan): Promise<OperationResult[]> {
  let end = 0;
  const shown = [...titles].flatMap(([stage, title]): Stage[] => {
    const total = stages.filter((each) => each === stage).length;
    if (total === 0) return [];
    end += total;
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    return [{ title, end, total, update: () => {}, finish, finished }];
  });
  const report = ({ kind, operation, index, total }: SendProgress): void => {
    // What an earlier run confirmed is not reported again: a stage is over when something after it is.
    const isDone = kind === "confirmed" || kind === "skipped";
    for (const stage of shown) if (stage.end <= index + (isDone ? 1 : 0)) stage.finish();
    shown.find((stage) => index < stage.end)?.update(`${kind} ${index + 1} of ${total}: ${operation.title}`);
  };
  let sending: Promise<OperationResult[]> | undefined;
  await runTasks(
    shown.map((stage) => ({
      title: stage.title,
      run: async (_: undefined, update: (doing: string) => void): Promise<string> => {
        stage.update = update;
        sending ??= send(report);
        await Promise.race([stage.finished, sending]);
        return plural(stage.total, "transaction");
      },
    })),
    undefined,
  );
  return sending ?? send(report);
}
