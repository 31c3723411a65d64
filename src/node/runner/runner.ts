import { z } from "zod";
import { formatTag, type BlockHeader, type Rpc } from "../../chain/rpc.ts";
import { Exit, LpctlError } from "../../errors.ts";
import type { Actor, Move, Turn } from "../actors/actor.ts";
import { NotRegistered } from "../actors/actor.ts";
import type { LocalProtocol } from "../deploy-suite.ts";
import { deriveCast, type Cast, type CastOptions } from "./cast.ts";
import { ChainReader } from "./chain-reader.ts";
import { Chronicle } from "./chronicle.ts";
import { enterCast, unlock } from "./enter.ts";
import { makeActors } from "./make-actors.ts";
import { readFigures } from "./read-figures.ts";
import type { Health, RunnerEvent, RunnerStatus } from "./runner-status.ts";
import { describeFailure, foreseeFailure, isNetworkError, submit, type Submission } from "./submit.ts";

export interface RunnerOptions {
  rpc: Rpc;
  protocol: Pick<LocalProtocol, "controller">;
  cast: CastOptions;
  /** Told once, in order. */
  onEvent?: (event: RunnerEvent) => void;
}

/** What came of a turn. */
export interface Tick {
  /** Newest block when it began. */
  block: bigint;
  round: bigint;
  /** Transactions sent; they were mined in the next block. */
  calls: number;
  /** The next block in which somebody has something to do, if anybody knows one. */
  dueBlock: bigint | undefined;
  /** False when the chain did not answer; then nothing else is known. */
  reachable: boolean;
}

export interface Runner {
  readonly cast: Cast;
  /** Funds, bonds and registers the actors; those that are in already are left as they are. @throws as `enterCast` */
  enter(): Promise<void>;
  /**
   * Every actor acts once on the newest block, in a fixed order; what they send is mined in one block after it. Failures of the
   * chain and of single actors are told in the status, never thrown.
   */
  tick(): Promise<Tick>;
  /** One turn; when nobody had anything to do, blocks are mined up to the next one in which somebody has. */
  advance(): Promise<Tick>;
  /** Goes on until `count` more rounds have begun. @throws LPCTL_RUNNER_STUCK */
  playRounds(count: number): Promise<void>;
  /** Goes on until something holds. @throws LPCTL_RUNNER_STUCK after `turns` turns (default 2,000) */
  playUntil(holds: () => boolean | Promise<boolean>, what: string, turns?: number): Promise<void>;
  /** Mines blocks without a turn. */
  mine(blocks: bigint): Promise<void>;
  /** Events so far, the last two hundred of them. */
  events(): readonly RunnerEvent[];
  /** As the chain tells it now; what it told last when it does not answer. @throws when it never answered */
  status(): Promise<RunnerStatus>;
}

const RATE_WINDOW_MS = 10_000;
/** Nothing longer is mined at once: events would be found late. */
const LONGEST_LEAP_BLOCKS = 5_000n;
/** A chain that stands still for everybody is not made to move faster. */
const IDLE_MS = 20;

/** Prepares the actors of a protocol on a local chain. Nothing is sent before `enter` or `tick`. @throws LPCTL_RUNNER_BAD_CAST */
export async function createRunner(options: RunnerOptions): Promise<Runner> {
  return new LocalRunner(options, deriveCast(options.cast));
}

class LocalRunner implements Runner {
  readonly cast: Cast;
  readonly #options: RunnerOptions;
  readonly #reader: ChainReader;
  readonly #chronicle: Chronicle;
  readonly #health = new Map<string, Health>();
  #actors: Actor[] = [];
  #last: { turn: Turn; header: BlockHeader } | undefined;
  #lastStatus: RunnerStatus | undefined;
  #lost: string | undefined;
  /** The chain does not know the accounts: it was started anew between two turns. */
  #locked = false;
  #begins: number[] = [];

  constructor(options: RunnerOptions, cast: Cast) {
    this.#options = options;
    this.cast = cast;
    this.#reader = new ChainReader(options.rpc, options.protocol.controller);
    this.#chronicle = new Chronicle(cast, (event) => {
      if (event.kind === "round") this.#begins.push(performance.now());
      options.onEvent?.(event);
    });
  }

  async enter(): Promise<void> {
    const { rpc, protocol, cast: options } = this.#options;
    await enterCast({ rpc, reader: this.#reader, controller: protocol.controller, options, cast: this.cast });
  }

  async tick(): Promise<Tick> {
    try {
      return await this.#takeTurn();
    } catch (error) {
      return this.#endTurn(error);
    }
  }

  async advance(): Promise<Tick> {
    const tick = await this.tick();
    if (tick.calls > 0) return tick;
    const leap = tick.dueBlock === undefined || !tick.reachable ? 0n : tick.dueBlock - tick.block - 1n;
    if (leap > 0n) await this.mine(leap < LONGEST_LEAP_BLOCKS ? leap : LONGEST_LEAP_BLOCKS);
    else await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    return tick;
  }

  async playRounds(count: number): Promise<void> {
    const goal = this.#chronicle.counts.rounds + BigInt(count);
    await this.playUntil(() => this.#chronicle.counts.rounds >= goal, `${count} rounds`, 200 * (count + 1));
  }

  async playUntil(holds: () => boolean | Promise<boolean>, what: string, turns = 2_000): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      if (await holds()) return;
      await this.advance();
    }
    if (await holds()) return;
    const [name, health] = [...this.#health].find(([, { state }]) => state !== "ok") ?? [];
    throw new LpctlError({
      code: "LPCTL_RUNNER_STUCK",
      exit: Exit.failed,
      message: `${turns} turns of the actors did not bring ${what}.`,
      why: health === undefined || health.state === "ok" ? this.#lost : `${name}: ${health.reason}`,
    });
  }

  async mine(blocks: bigint): Promise<void> {
    try {
      await this.#options.rpc.request("anvil_mine", [formatTag(blocks)], z.unknown());
    } catch (error) {
      this.#endTurn(error);
    }
  }

  events(): readonly RunnerEvent[] {
    return this.#chronicle.events;
  }

  async status(): Promise<RunnerStatus> {
    try {
      return (this.#lastStatus = await this.#readStatus());
    } catch (error) {
      if (this.#lastStatus === undefined) throw error;
      this.#endTurn(error);
      return { ...this.#lastStatus, ...this.#tellOwn() };
    }
  }

  async #takeTurn(): Promise<Tick> {
    const { rpc } = this.#options;
    const { turn, fresh, header, done } = await this.#reader.next();
    if (fresh || this.#locked || this.#lost !== undefined) await this.#begin(turn, fresh);
    await this.#chronicle.take(turn, fresh);
    this.#last = { turn, header };

    const moves = await Promise.all(this.#actors.map((actor) => this.#ask(actor, turn)));
    const submissions: Submission[] = [];
    const senders: Actor[] = [];
    for (const [at, actor] of this.#actors.entries()) {
      for (const call of moves[at]?.calls ?? []) {
        submissions.push({ from: actor.address, call });
        senders.push(actor);
      }
    }
    const outcomes = await submit(rpc, header, submissions);
    done();
    this.#locked = outcomes.some(({ failure }) => /no signer/i.test(failure ?? ""));
    for (const [at, actor] of this.#actors.entries()) this.#judge(turn, actor, moves[at], outcomes.filter((_, which) => senders[which] === actor).map(({ failure }) => failure));
    const due = moves.map((move) => move?.dueBlock).filter((block) => block !== undefined);
    return {
      block: turn.block,
      round: turn.round.number,
      calls: submissions.length,
      dueBlock: due.length === 0 ? undefined : due.reduce((a, b) => (a < b ? a : b)),
      reachable: true,
    };
  }

  /** A chain that was away may have been started anew, and then knows nothing of unlocked accounts. */
  async #begin(turn: Turn, fresh: boolean): Promise<void> {
    this.#reader.forgetHashes();
    await unlock(this.#options.rpc, this.cast);
    if (fresh) this.#actors = makeActors(this.#options.cast, this.cast);
    if (this.#lost !== undefined) this.#chronicle.tell(turn, "chain", null, "the chain answers again");
    this.#lost = undefined;
  }

  /** What an actor wants to do; undefined when it could not decide, with its health saying why. */
  async #ask(actor: Actor, turn: Turn): Promise<Move | undefined> {
    try {
      const move = await actor.act(turn);
      const [first] = move.calls;
      if (first === undefined || this.#health.get(actor.name)?.state !== "failing") return move;
      // What failed a moment ago is tried in thought first.
      const failure = await foreseeFailure(this.#options.rpc, { from: actor.address, call: first });
      if (failure === undefined) return move;
      this.#setHealth(turn, actor.name, { state: "failing", reason: `${first.what}: ${failure}` });
      return undefined;
    } catch (error) {
      if (error instanceof NotRegistered) {
        this.#setHealth(turn, actor.name, { state: "waiting", reason: error.message });
      } else {
        this.#setHealth(turn, actor.name, { state: "failing", reason: describeFailure(error) });
      }
      return undefined;
    }
  }

  #judge(turn: Turn, actor: Actor, move: Move | undefined, failures: readonly (string | undefined)[]): void {
    if (move === undefined) return;
    const at = failures.findIndex((failure) => failure !== undefined);
    if (at >= 0) this.#setHealth(turn, actor.name, { state: "failing", reason: `${move.calls[at]?.what ?? "a call"}: ${failures[at] ?? ""}` });
    else if (move.waiting !== undefined) this.#setHealth(turn, actor.name, { state: "waiting", reason: move.waiting });
    else this.#setHealth(turn, actor.name, { state: "ok" });
  }

  /** Told when somebody begins to fail or no longer does; waiting is seen in the status. */
  #setHealth(turn: Pick<Turn, "block" | "round">, name: string, health: Health): void {
    const before = this.#health.get(name);
    this.#health.set(name, health);
    if (health.state === "failing" && (before?.state !== "failing" || before.reason !== health.reason)) {
      this.#chronicle.tell(turn, "health", name, `${name} fails: ${health.reason}`);
    } else if (health.state === "ok" && before?.state === "failing") {
      this.#chronicle.tell(turn, "health", name, `${name} is well again`);
    }
  }

  /** A turn that could not be taken: the chain is away, or the contracts every turn reads do not answer. */
  #endTurn(error: unknown): Tick {
    const block = this.#last?.turn.block ?? 0n;
    const round = this.#last?.turn.round.number ?? 0n;
    const last = this.#last?.turn;
    if (isNetworkError(error)) {
      const reason = error.message;
      if (this.#lost === undefined && last !== undefined) this.#chronicle.tell(last, "chain", null, `the chain does not answer: ${reason}`);
      this.#lost = reason;
      for (const { name } of this.cast.members) this.#health.set(name, { state: "waiting", reason: "the chain does not answer" });
      return { block, round, calls: 0, dueBlock: undefined, reachable: false };
    }
    const reason = describeFailure(error);
    for (const { name } of this.cast.members) this.#health.set(name, { state: "failing", reason });
    return { block, round, calls: 0, dueBlock: undefined, reachable: true };
  }

  #tellOwn(): Pick<RunnerStatus, "work" | "actors" | "events" | "chain" | "roundsPerSecond"> {
    const now = performance.now();
    this.#begins = this.#begins.filter((at) => now - at < RATE_WINDOW_MS);
    const span = now - (this.#begins[0] ?? now);
    return {
      work: { ...this.#chronicle.counts },
      actors: this.cast.members.map(({ name, role, address, misbehaviour }) => ({ name, role, address, misbehaviour: misbehaviour ?? null, health: this.#health.get(name) ?? { state: "ok" } })),
      events: [...this.#chronicle.events],
      chain: this.#lost === undefined ? { reachable: true } : { reachable: false, reason: this.#lost },
      roundsPerSecond: span < 100 ? 0 : Math.round(((this.#begins.length - 1) / span) * 100_000) / 100,
    };
  }

  async #readStatus(): Promise<RunnerStatus> {
    const { cast } = this.#options;
    // Not `done`: the events are for the next turn.
    const { turn, header } = await this.#reader.next();
    const { number, startBlock, endBlock, initialized, lockedFromBlock } = turn.round;
    return {
      profile: cast.profile,
      seed: cast.seed,
      block: turn.block,
      blockTimestampSeconds: header.timestampSeconds,
      paused: turn.paused,
      round: { number, startBlock, endBlock, initialized, locked: turn.nextBlock >= lockedFromBlock },
      ...(await readFigures(turn, (address) => this.#chronicle.memberName(address))),
      ...this.#tellOwn(),
    };
  }
}
