import { Rpc } from "../../chain/rpc.ts";
import { reviewForSigning } from "../../lifecycle/sign-proposal.ts";
import { hash32Schema, type Hex } from "../../protocol/hex.ts";
import type { Attack } from "./attack.ts";
import type { Scene } from "./scene.ts";
import { askHonest, startLiar } from "./start-liar.ts";
import { stoppedBy } from "./stopped.ts";

/** `getTransactionHash(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,uint256)` */
const GET_TRANSACTION_HASH = "0xd8d11f78";
const OTHER_HASH: Hex = `0x${"66".repeat(32)}`;
const OTHER_WORD = `0x${"77".repeat(32)}`;

interface Answer {
  method: string;
  params: string;
  result: unknown;
}

/** Everything a signer is shown comes through one RPC. */
export const lyingRpc: Attack = {
  name: "lying-rpc",
  summary: "The RPC gives another hash for the transaction, and other state to simulate on.",
  history: "A provider that is compromised, or a network between, answers what it likes: chains prove their state, and few tools ask for the proof.",
  async harm(scene) {
    const honest = scene.bundle.hashes.safeTxHash;
    const told = await throughLiar(scene, lieAboutHash, async (rpc) => hash32Schema.parse(await rpc.call({ to: scene.safe, data: `${GET_TRANSACTION_HASH}${"0".repeat(640)}` })));
    return { what: "whoever asks only the RPC gets the attacker's hash to compare with", holds: told === OTHER_HASH && told !== honest, detail: `it says ${told.slice(0, 10)}… instead of ${honest.slice(0, 10)}…` };
  },
  attempts: [
    { what: "signing while it lies about the hash", command: "lpctl proposal sign 1", run: (scene) => throughLiar(scene, lieAboutHash, (rpc) => stoppedBy(reviewForSigning({ ...scene.project, rpc }, scene.stored, "rehearsal"))) },
    { what: "signing while it lies about the state to simulate on", command: "lpctl proposal sign 1", run: (scene) => throughLiar(scene, lieAboutStorage, (rpc) => stoppedBy(reviewForSigning({ ...scene.project, rpc }, scene.stored, "rehearsal"))) },
  ],
};

function lieAboutHash({ method, params, result }: Answer): unknown {
  return method === "eth_call" && params.includes(GET_TRANSACTION_HASH.slice(2)) ? OTHER_HASH : result;
}

/** Other values in the proofs that they come with. */
function lieAboutStorage({ method, result }: Answer): unknown {
  if (method !== "eth_getProof" || typeof result !== "object" || result === null || !("storageProof" in result) || !Array.isArray(result.storageProof)) return result;
  return { ...result, storageProof: result.storageProof.map((proof: object) => ({ ...proof, value: OTHER_WORD })) };
}

async function throughLiar<T>({ project }: Scene, lie: (answer: Answer) => unknown, work: (rpc: Rpc) => Promise<T>): Promise<T> {
  const liar = await startLiar(async (asked) => {
    const honest = await askHonest(project.rpc.url, asked);
    return { ...honest, body: JSON.stringify(told(JSON.parse(asked.body), JSON.parse(honest.body), lie)) };
  });
  try {
    return await work(new Rpc(liar.url));
  } finally {
    await liar.stop();
  }
}

function told(asked: unknown, answered: unknown, lie: (answer: Answer) => unknown): unknown {
  const questions = new Map((Array.isArray(asked) ? asked : [asked]).map((question: { id: unknown; method: string; params: unknown }) => [question.id, question]));
  const answers = (Array.isArray(answered) ? answered : [answered]).map((answer: { id: unknown; result?: unknown }) => {
    const question = questions.get(answer.id);
    return question === undefined || !("result" in answer) ? answer : { ...answer, result: lie({ method: question.method, params: JSON.stringify(question.params), result: answer.result }) };
  });
  return Array.isArray(answered) ? answers : answers[0];
}
