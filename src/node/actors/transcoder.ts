import { callTo, earliest, obstacle, type Actor, type Move, type Turn } from "./actor.ts";
import { addressOf, uintOf } from "./values.ts";
import type { Misbehaviour } from "./misbehaviour.ts";
import type { Address } from "../../protocol/hex.ts";

export interface TranscoderOptions {
  name: string;
  address: Address;
  terms: Terms;
  misbehaviour: Misbehaviour | undefined;
  /** What it does for jobs, where the protocol has any. */
  work: Work | undefined;
}

export interface Terms {
  rewardCutPpm: bigint;
  feeSharePpm: bigint;
  /** Per segment and profile; only asked for where there are jobs. */
  priceWei: bigint | undefined;
}

/** A part of a transcoder with a memory of its own. */
export interface Work {
  act(turn: Turn, isActive: boolean): Promise<Move>;
}

interface Standing {
  round: bigint;
  active: boolean;
  /** In the pool, so active from some round on and not yet out. */
  inPool: boolean;
  registered: boolean;
  lastRewardRound: bigint;
}

const NEVER = 2n ** 256n - 1n;

/** Calls reward in every round in which it is active, does its jobs, and joins the pool again when it was thrown out. */
export function transcoder({ name, address, terms, misbehaviour, work }: TranscoderOptions): Actor {
  let known: Standing | undefined;

  const readStanding = async (turn: Turn): Promise<Standing> => {
    const bondingManager = turn.contract("BondingManager");
    const [own, registered] = await Promise.all([
      turn.read(bondingManager, GET_TRANSCODER, [address]),
      turn.read(bondingManager, "function isRegisteredTranscoder(address) view returns (bool)", [address]),
    ]);
    const [activation, deactivation] = [uintOf(own, "activationRound"), uintOf(own, "deactivationRound")];
    const round = turn.round.number;
    return {
      round,
      active: activation <= round && round < deactivation,
      inPool: deactivation === NEVER,
      registered: registered[0] === true,
      lastRewardRound: uintOf(own, "lastRewardRound"),
    };
  };

  const reward = (turn: Turn, standing: Standing): Move => {
    if (!standing.active || standing.lastRewardRound >= turn.round.number) return { calls: [] };
    if (misbehaviour === "late-reward") {
      if (turn.round.number % 2n === 1n) return { calls: [] };
      if (turn.nextBlock < turn.round.lockedFromBlock) return { calls: [], dueBlock: turn.round.lockedFromBlock };
    }
    return { calls: [callTo(turn.contract("BondingManager"), "function reward()", [], `calls reward for round ${turn.round.number}`)] };
  };

  const joinPool = (turn: Turn, standing: Standing): Move => {
    if (standing.inPool || !standing.registered) return { calls: [] };
    // An active one would have to call reward first, and is still being paid out of the pool it left.
    if (standing.active || turn.nextBlock >= turn.round.lockedFromBlock) return { calls: [] };
    return { calls: [setTerms(turn, terms)] };
  };

  return {
    name,
    role: "transcoder",
    address,
    act: async (turn): Promise<Move> => {
      if (known === undefined || known.round !== turn.round.number || turn.events.some((event) => concerns(event.args, address))) known = undefined;
      if (misbehaviour === "offline") return { calls: [] };
      const blocked = obstacle(turn);
      if (blocked !== undefined) return blocked;
      known ??= await readStanding(turn);
      if (!known.registered) return { calls: [], waiting: "it has no stake bonded to itself" };
      const moves = [reward(turn, known), joinPool(turn, known)];
      try {
        if (work !== undefined) moves.push(await work.act(turn, known.active));
      } catch (error) {
        // Jobs that cannot be done are no reason to miss a reward; what is wrong is told when there is nothing else to do.
        if (moves.every(({ calls }) => calls.length === 0)) throw error;
      }
      // Whatever was decided on, it may fail: look again next time.
      if (moves.some(({ calls }) => calls.length > 0)) known = undefined;
      return { calls: moves.flatMap(({ calls }) => calls), ...earliest(...moves.map(({ dueBlock }) => dueBlock)) };
    },
  };
}

export const GET_TRANSCODER =
  "function getTranscoder(address transcoder) view returns (uint256 lastRewardRound, uint256 rewardCut, uint256 feeShare, uint256 lastActiveStakeUpdateRound, uint256 activationRound, uint256 deactivationRound, uint256 activeCumulativeRewards, uint256 cumulativeRewards, uint256 cumulativeFees, uint256 lastFeeRound)";

/** Sets a transcoder's terms, and joins the pool when it is not in it. */
export function setTerms(turn: Pick<Turn, "contract">, { rewardCutPpm, feeSharePpm, priceWei }: Terms): ReturnType<typeof callTo> {
  const bondingManager = turn.contract("BondingManager");
  const what = "sets its terms";
  if (priceWei === undefined) return callTo(bondingManager, "function transcoder(uint256 rewardCut, uint256 feeShare)", [rewardCutPpm, feeSharePpm], what);
  return callTo(bondingManager, "function transcoder(uint256 rewardCut, uint256 feeShare, uint256 pricePerSegment)", [rewardCutPpm, feeSharePpm, priceWei], what);
}

function concerns(args: Turn["events"][number]["args"], address: Address): boolean {
  return args.toObject()["transcoder"] !== undefined && addressOf(args, "transcoder") === address;
}
