import { setTimeout as sleep } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { pollUntil } from "../chain/poll.ts";
import { LpctlError } from "../errors.ts";
import type { Project } from "../inspection/project.ts";
import { shortReference } from "../voting/short-reference.ts";
import { showVote, type ShowVoteOptions, type VoteView } from "../lifecycle/votes/show-vote.ts";
import { onExit } from "../on-exit.ts";
import { printable } from "../protocol/printable.ts";
import type { VoteSources } from "../voting/find/vote-sources.ts";
import { isOpen } from "../voting/vote.ts";
import { amountsOf, formatTimeLeft, formatVote } from "./format-vote.ts";
import { canRedraw } from "./can-redraw.ts";
import { foldTo } from "./fold.ts";
import { CTRL_C, ESCAPE, listenForKeys } from "./listen-for-keys.ts";
import { showScreen, writeResult } from "./output.ts";
import { styleFor } from "./style.ts";

const REDRAW_MS = 500;
const LONGEST_WATCH_MS = 31 * 24 * 60 * 60 * 1000;
/** So many failed looks in a row are no hiccup of the endpoint any more. */
const MOST_TROUBLES = 5;

/**
 * Shows a vote again as blocks come, until it takes no more votes or the person leaves: a screen that redraws itself on a terminal,
 * a line for each change off one.
 * @returns the last look
 */
export async function watchVote(first: VoteView, project: Project, sources: VoteSources, options: ShowVoteOptions): Promise<VoteView> {
  const looks = new Looks(first, project, sources, options);
  await (canRedraw() ? watchOnScreen(looks) : watchAsLines(looks));
  return looks.view;
}

class Looks {
  view: VoteView;
  /** Why the last looks failed; the next may succeed. One alone is not worth a word: blocks came faster than it could look. */
  trouble: string | undefined;
  readonly #look: () => Promise<VoteView>;
  readonly #project: Project;
  #block: bigint | undefined;
  #troubles = 0;

  constructor(first: VoteView, project: Project, sources: VoteSources, options: ShowVoteOptions) {
    this.view = first;
    this.#project = project;
    // By its whole name: what a short one stands for may change when others are created.
    const name = first.vote.kind === "poll" ? first.vote.address : `${first.vote.governor}:${first.vote.voteId}`;
    this.#look = () => showVote(project, sources, name, options);
  }

  /** Looks again where there is a new block. @returns whether there is something to say */
  async again(): Promise<boolean> {
    try {
      const block = await this.#project.rpc.blockNumber();
      if (block === this.#block) return false;
      this.view = await this.#look();
      this.#block = block;
      this.trouble = undefined;
      this.#troubles = 0;
      return true;
    } catch (error) {
      this.#troubles += 1;
      if (!(error instanceof LpctlError) || this.#troubles >= MOST_TROUBLES) throw error;
      if (this.#troubles > 1) this.trouble = error.message;
      return this.trouble !== undefined;
    }
  }
}

async function watchOnScreen(looks: Looks): Promise<void> {
  const leaving = new AbortController();
  const screen = showScreen();
  const restore = onExit(() => screen.close());
  const letGo = listenForKeys((key) => {
    if (key === "q" || key === CTRL_C || key === ESCAPE) leaving.abort();
  });
  try {
    while (!leaving.signal.aborted) {
      const { view, trouble } = looks;
      const foot = [...(trouble === undefined ? [] : [styleFor("stdout").red(`this look failed: ${printable(trouble)}`)]), styleFor("stdout").dim("q leaves this view")];
      screen.draw(fit(formatVote(view).split("\n"), foot, { columns: process.stdout.columns ?? 80, rows: screen.rows() }));
      if (!isOpen(view.vote)) break;
      await sleep(REDRAW_MS, undefined, { signal: leaving.signal }).catch(() => {});
      if (!leaving.signal.aborted) await looks.again();
    }
  } finally {
    letGo();
    restore();
    screen.close();
  }
}

/** As many lines as there is room for, each within the terminal, with the last ones always there. */
function fit(lines: readonly string[], foot: readonly string[], { columns, rows }: { columns: number; rows: number }): string[] {
  const broken = lines.flatMap((line) => (widthOf(line) <= columns ? [line] : foldTo(line, 0, columns).split("\n").flatMap((part) => cut(part, columns))));
  const room = Math.max(1, rows - foot.length - 1);
  const shown = broken.length <= room ? broken : [...broken.slice(0, room - 1), "…"];
  return [...shown, "", ...foot];
}

/** A word that no line has room for is broken all the same: the screen would break it anywhere. */
function cut(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const plain = stripVTControlCharacters(line);
  return Array.from({ length: Math.ceil(plain.length / columns) }, (_, index) => plain.slice(index * columns, (index + 1) * columns));
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}

async function watchAsLines(looks: Looks): Promise<void> {
  let said = "";
  const say = (line: string): void => {
    if (line !== said) writeResult(line);
    said = line;
  };
  say(lineOf(looks.view));
  if (!isOpen(looks.view.vote)) return;
  await pollUntil(
    async () => {
      if (await looks.again()) say(looks.trouble === undefined ? lineOf(looks.view) : `this look failed: ${printable(looks.trouble)}`);
      return isOpen(looks.view.vote) ? undefined : true;
    },
    { deadlineMs: LONGEST_WATCH_MS, intervalMs: REDRAW_MS, longestIntervalMs: 4_000, what: "the end of the vote" },
  );
  writeResult("");
}

/** What may change from block to block, on a line; not the blocks themselves, which always do. */
function lineOf({ vote, standing, timeLeft }: VoteView): string {
  const amount = amountsOf(vote);
  const counted = standing?.counted === true ? standing : undefined;
  const [yes, no] = vote.kind === "poll" ? ["yes", "no"] : ["for", "against"];
  return [
    shortReference(vote),
    vote.state,
    ...(counted === undefined
      ? []
      : [`${amount(counted.forWei)} ${yes}, ${amount(counted.againstWei)} ${no}${vote.kind === "poll" ? "" : `, ${amount(counted.abstainWei)} abstain`}`, `quorum ${counted.participationWei >= counted.quorumWei ? "reached" : "missed so far"}`]),
    ...(timeLeft?.unit === "rounds" ? [formatTimeLeft({ ...timeLeft, blocks: undefined, seconds: undefined })] : []),
  ].join("  ");
}
