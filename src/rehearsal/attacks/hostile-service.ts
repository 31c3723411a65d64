import { join } from "node:path";
import { startRelay } from "../../relay/relay.ts";
import { serviceTransport } from "../../safe/transport/service.ts";
import type { Transport } from "../../safe/transport/transport.ts";
import type { Scene } from "./scene.ts";
import { askHonest, startLiar } from "./start-liar.ts";

/** A field of what the service says about a Safe transaction, as its API has it. */
export type ServiceFields = Record<string, unknown> & { confirmations?: { owner: string; signature: string }[] };

/** A Transaction Service that is honest until told otherwise. */
export interface HostileService {
  transport: Transport;
  /** From now on: what becomes of each transaction it shows; undefined hides it. */
  lie(about: (transaction: ServiceFields) => ServiceFields | undefined): void;
  stop(): Promise<void>;
}

/** Our own relay, and in front of it somebody who changes what it answers. */
export async function startHostileService(scene: Scene): Promise<HostileService> {
  const { project } = scene;
  const relay = await startRelay({ rpc: project.rpc, chainId: project.chainId, databasePath: join(project.folder, "service.sqlite") });
  let lie: (transaction: ServiceFields) => ServiceFields | undefined = (transaction) => transaction;
  const liar = await startLiar(async (asked) => {
    const honest = await askHonest(`${relay.url}${asked.path.replace(/^\/api/, "")}`, asked);
    const isShown = asked.method === "GET" && honest.status === 200 && honest.body !== "";
    return isShown ? { ...honest, body: JSON.stringify(told(JSON.parse(honest.body), lie)) } : honest;
  });
  return {
    transport: serviceTransport({ url: new URL(`${liar.url}/api`), chainId: project.chainId, apiKey: undefined }),
    lie: (about) => {
      lie = about;
    },
    async stop() {
      await liar.stop();
      await relay.close();
    },
  };
}

function told(answer: unknown, lie: (transaction: ServiceFields) => ServiceFields | undefined): unknown {
  if (typeof answer !== "object" || answer === null) return answer;
  if ("results" in answer && Array.isArray(answer.results)) {
    const results = answer.results.flatMap((each: unknown) => (isTransaction(each) ? (lie(each) ?? []) : [each]));
    return { ...answer, results, count: results.length };
  }
  return isTransaction(answer) ? (lie(answer) ?? {}) : answer;
}

function isTransaction(value: unknown): value is ServiceFields {
  return typeof value === "object" && value !== null && "safeTxHash" in value;
}
