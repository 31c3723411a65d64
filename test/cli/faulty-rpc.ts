import { createServer } from "node:http";

/** What goes wrong with an RPC: from the named request on, counted from one, all answers are like this. */
export type Fault = "html" | "silence" | "reset" | "cut-off" | "error";

export interface FaultyRpc {
  url: string;
  /** Requests seen so far. */
  count(): number;
  stop(): Promise<void>;
}

/** Stands before a real node and answers truly until `healthy(count, body)` is false. */
export async function startFaultyRpc(target: string, fault: Fault, healthy: (count: number, body: string) => boolean): Promise<FaultyRpc> {
  let count = 0;
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (part: string) => (body += part));
    request.on("end", () => {
      count += 1;
      if (healthy(count, body)) {
        void fetch(target, { method: "POST", body, headers: { "content-type": "application/json" } }).then(
          async (answer) => response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text()),
          () => response.destroy(),
        );
        return;
      }
      switch (fault) {
        case "html":
          return response.writeHead(502, { "content-type": "text/html" }).end("<html>\u001b]0;owned\u0007\u001b[2J\u009b31m<h1>Bad gateway</h1></html>");
        case "silence":
          return;
        case "reset":
          return request.socket.destroy();
        case "cut-off":
          return response.writeHead(200, { "content-type": "application/json" }).end('{"jsonrpc":"2.0","id":1,"resu');
        case "error": {
          const failed = (one: { id: number }): object => ({ jsonrpc: "2.0", id: one.id, error: { code: -32000, message: "no\u001b[2J\u009b31m\u202ework today" } });
          const asked = JSON.parse(body) as { id: number } | { id: number }[];
          return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(Array.isArray(asked) ? asked.map(failed) : failed(asked)));
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    count: () => count,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
