import { createServer } from "node:http";

export interface Asked {
  method: string;
  params: unknown[];
}
export type Told = { result: unknown } | { error: { code: number; message: string } };

export interface HostileRpc {
  url: string;
  /** One entry for each HTTP request, with what it asked and when. */
  requests: { atMs: number; asked: Asked[] }[];
  /** Connections that are open now. */
  open(): Promise<number>;
  stop(): Promise<void>;
}

export interface Behaviour {
  /** Each HTTP request waits this long, as on a distant node. */
  delayMs?: number;
  /** Happens before the node is asked. */
  before?: (asked: Asked) => Promise<void>;
  /** Answers instead of the node; undefined asks the node. */
  instead?: (asked: Asked) => Told | undefined;
  /** Changes what the node says. */
  distort?: (asked: Asked, result: unknown) => unknown;
  /** From the first request of which this is true, the connection just ends. */
  dies?: (asked: Asked, count: number) => boolean;
}

interface Body extends Asked {
  id: number;
}

/** Stands before a real node, counts what it is asked, and lies as told. */
export async function startHostileRpc(target: string, behaviour: Behaviour): Promise<HostileRpc> {
  const requests: HostileRpc["requests"] = [];
  const start = performance.now();
  let dead = false;
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => (text += part));
    request.on("end", () => {
      const body = JSON.parse(text) as Body | Body[];
      const all = Array.isArray(body) ? body : [body];
      requests.push({ atMs: performance.now() - start, asked: all.map(({ method, params }) => ({ method, params })) });
      dead ||= all.some((asked) => behaviour.dies?.(asked, requests.length) === true);
      if (dead) return void request.socket.destroy();
      answer(all).then(
        (answers) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(Array.isArray(body) ? answers : answers[0])),
        () => response.destroy(),
      );
    });
  });

  async function answer(all: readonly Body[]): Promise<object[]> {
    for (const asked of all) await behaviour.before?.(asked);
    const told = all.map((asked) => behaviour.instead?.(asked));
    const open = all.filter((_, index) => told[index] === undefined);
    const [answers] = await Promise.all([askNode(open), new Promise((resolve) => setTimeout(resolve, behaviour.delayMs ?? 0))]);
    return all.map((asked, index) => {
      if (told[index] !== undefined) return { jsonrpc: "2.0", id: asked.id, ...told[index] };
      const given = answers.find(({ id }) => id === asked.id);
      if (given === undefined || !("result" in given)) return given ?? { jsonrpc: "2.0", id: asked.id, error: { code: -32603, message: "no answer" } };
      return { ...given, result: behaviour.distort?.(asked, given.result) ?? given.result };
    });
  }

  async function askNode(open: readonly Body[]): Promise<{ id: number; result?: unknown }[]> {
    if (open.length === 0) return [];
    const response = await fetch(target, { method: "POST", body: JSON.stringify(open), headers: { "content-type": "application/json" } });
    return (await response.json()) as { id: number; result?: unknown }[];
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    open: () => new Promise((resolve, reject) => server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))),
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
