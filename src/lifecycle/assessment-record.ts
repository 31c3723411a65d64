import { recordRpc } from "../chain/record-rpc.ts";
import type { RecordedAnswer } from "../chain/recorded-answer.ts";
import type { BlockHeader } from "../chain/rpc.ts";
import { rpcAddressSchema } from "../chain/rpc-schemas.ts";
import { hexSchema, type Address, type Hex } from "../protocol/hex.ts";
import type { CompiledSource, LocalFacts, Project } from "../inspection/project.ts";
import { useFastKeccak } from "../protocol/fast-keccak.ts";
import { isOfState, unconfirmedAnswers } from "../simulation/evidence/confirm-answers.ts";
import type { Fork } from "../simulation/fork.ts";
import { joinAhead, type Ahead } from "../simulation/witness/ahead.ts";
import { readBy } from "../simulation/witness/warm-rpc.ts";
import type { Witness } from "../simulation/witness/witness.ts";

/** What an assessment rests on, noted while it is made. */
export interface AssessmentRecord {
  /** The project as it stood at one block: what is read through it is noted, and the same is never asked twice. */
  project: Project;
  block: BlockHeader;
  compiled: CompiledSource[];
  answers(): RecordedAnswer[];
  /** What this machine said, by name. */
  local: Record<string, unknown>;
  /** What the simulation's state came from; undefined before it began. */
  witness: Witness | undefined;
  /** Calls of contracts that a local chain at the same block answered as the RPC did, by request. */
  confirmed: Set<RecordedAnswer>;
}

/** Begins to note. Everything that is read from here on speaks of the block that is the latest now. */
export async function beginRecord(project: Project): Promise<AssessmentRecord> {
  const [recording] = await Promise.all([recordRpc(project.rpc), useFastKeccak()]);
  const compiled: CompiledSource[] = [];
  const local: Record<string, unknown> = {};
  const noteLocal: LocalFacts = async (name, schema, read) => {
    const fact = await (project.local === undefined ? read() : project.local(name, schema, read));
    local[name] = fact;
    return fact;
  };
  return {
    block: recording.block,
    compiled,
    local,
    witness: undefined,
    confirmed: new Set(),
    answers: recording.answers,
    project: { ...project, rpc: recording.rpc, block: recording.block, local: noteLocal, onCompiled: (one) => compiled.push(one) },
  };
}

/** What the fork will be asked to confirm, as far as it was asked by now. */
export function readsOf(record: AssessmentRecord): Ahead {
  const answers = record.answers().filter(({ method }) => isOfState(method));
  const codes = answers.flatMap(({ method, params: [address], result }): [Address, Hex][] => (method === "eth_getCode" ? [[rpcAddressSchema.parse(address), hexSchema.parse(result)]] : []));
  return joinAhead([{ codes: new Map(codes) }, ...answers.flatMap(({ method, params }) => readBy(method, params) ?? [])]);
}

/** Asks the fork what the RPC was asked, before anything changes there: its state is proven, the RPC's answers are not. */
export async function confirmOnFork(record: AssessmentRecord, fork: Fork): Promise<void> {
  record.witness = fork.witness;
  const answers = record.answers();
  const unconfirmed = new Set(await unconfirmedAnswers(fork.rpc, fork.block.number, answers));
  for (const [index, answer] of answers.entries()) if (!unconfirmed.has(index)) record.confirmed.add(answer);
}
