import type { Stage } from "./stage.ts";

/** What is done only to see that the new way works. */
export function isTrial(stage: Stage | undefined): boolean {
  return stage?.kind === "canary" || stage?.kind === "sign-of-life";
}
