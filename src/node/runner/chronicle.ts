import type { Address } from "../../protocol/hex.ts";
import type { ProtocolEvent, Turn } from "../actors/actor.ts";
import { GET_TRANSCODER } from "../actors/transcoder.ts";
import { tryReading } from "../actors/try-reading.ts";
import { addressOf, uintOf } from "../actors/values.ts";
import type { Cast } from "./cast.ts";
import { describeEvent, isMove } from "./describe-event.ts";
import type { EventKind, RunnerEvent, WorkCounts } from "./runner-status.ts";

const MOST_EVENTS = 200;

/** What has happened, in words and in numbers. */
export class Chronicle {
  readonly counts: WorkCounts = { rounds: 0n, rewards: 0n, missedRewards: 0n, jobs: 0n, claims: 0n, verifications: 0n, slashes: 0n, feesWei: 0n, tickets: 0n, votes: 0n, movedWei: 0n };
  readonly events: RunnerEvent[] = [];
  readonly #names: Map<Address, string>;
  readonly #transcoders: { name: string; address: Address }[];
  readonly #onEvent: (event: RunnerEvent) => void;
  #rewarded = new Set<Address>();
  #told = 0;

  constructor({ members }: Cast, onEvent: (event: RunnerEvent) => void) {
    this.#names = new Map(members.map(({ name, address }) => [address, name]));
    this.#transcoders = members.filter(({ role }) => role === "transcoder");
    this.#onEvent = onEvent;
  }

  nameOf(address: Address): string {
    return this.#names.get(address) ?? (BigInt(address) === 0n ? "nobody" : `${address.slice(0, 8)}…`);
  }

  /** The cast's name of an account, null for others. */
  memberName(address: Address): string | null {
    return this.#names.get(address) ?? null;
  }

  tell(turn: Pick<Turn, "block" | "round">, kind: EventKind, actor: string | null, text: string, block = turn.block): void {
    const event = { sequence: ++this.#told, block, round: turn.round.number, kind, actor, text };
    this.events.push(event);
    if (this.events.length > MOST_EVENTS) this.events.shift();
    this.#onEvent(event);
  }

  /** Takes in the events of a turn. Those from before the runner began are only remembered where they matter now. */
  async take(turn: Turn, isHistory: boolean): Promise<void> {
    for (const event of turn.events) {
      if (event.name === "NewRound") {
        if (!isHistory) await this.#tellMissed(turn, uintOf(event.args, "round"));
        this.#rewarded = new Set();
      }
      if (event.name === "Reward") this.#rewarded.add(addressOf(event.args, "transcoder"));
      if (isHistory) continue;
      this.#count(event);
      const told = describeEvent(event, (address) => this.nameOf(address));
      if (told !== undefined) this.tell(turn, told.kind, told.about === undefined ? null : this.memberName(told.about), told.text, event.block);
    }
  }

  #count({ name, args }: ProtocolEvent): void {
    const { counts } = this;
    if (name === "NewRound") counts.rounds += 1n;
    else if (name === "Reward") counts.rewards += 1n;
    else if (name === "NewJob") counts.jobs += 1n;
    else if (name === "NewClaim") counts.claims += 1n;
    else if (name === "PassedVerification") counts.verifications += 1n;
    else if (name === "TranscoderSlashed") counts.slashes += 1n;
    else if (name === "WinningTicketRedeemed") counts.tickets += 1n;
    else if (name === "VoteCast" || name === "VoteCastWithParams" || name === "Vote") counts.votes += 1n;
    else if (name === "Bond" && isMove(args)) counts.movedWei += uintOf(args, "bondedAmount");
    else if (name === "DistributeFees") counts.feesWei += uintOf(args, "fees");
  }

  /** Which of the cast were active in the round before, and did not call reward in it. */
  async #tellMissed(turn: Turn, round: bigint): Promise<void> {
    const before = round - 1n;
    const bondingManager = turn.contract("BondingManager");
    const missed = await Promise.all(
      this.#transcoders.map(async ({ name, address }) => {
        if (this.#rewarded.has(address)) return undefined;
        const own = await tryReading(turn.read(bondingManager, GET_TRANSCODER, [address]));
        if (own === undefined || uintOf(own, "lastRewardRound") >= before) return undefined;
        const active = uintOf(own, "activationRound") <= before && before < uintOf(own, "deactivationRound");
        return active ? name : undefined;
      }),
    );
    for (const name of missed.filter((each) => each !== undefined)) {
      this.counts.missedRewards += 1n;
      this.tell(turn, "missed-reward", name, `${name} did not call reward in round ${before}`);
    }
  }
}
