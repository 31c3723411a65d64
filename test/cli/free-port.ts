import { createServer } from "node:net";

/** Below the range from which systems take the ports of outgoing connections (32768 on Linux, 49152 elsewhere). */
const LOWEST = 15_000;
const HIGHEST = 30_000;
const TRIES = 20;

/**
 * A port for a process that a test is about to start. One that the system hands out itself could be taken again, by any
 * connection of a test beside this one, before that process has bound it; nobody asks for these unless by number.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await canBind(port)) return port;
  }
  throw new Error(`no free port in ${TRIES} tries`);
}

function canBind(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
