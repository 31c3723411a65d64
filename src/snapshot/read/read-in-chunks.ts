import { LpctlError } from "../../errors.ts";
import type { Pace } from "./pace.ts";

export interface ReadProgress {
  done: number;
  all: number;
  /** Since this reading began; what was kept from an earlier one does not count. */
  perSecond: number;
  /** undefined until something was read. */
  secondsLeft: number | undefined;
}

/** One way to ask. */
export interface Route {
  pace: Pace;
  /** Exactly the records `from .. from + count`, or it rejects. */
  read(from: number, count: number): Promise<Uint8Array>;
  /** Called when not even a single record can be read this way. */
  givenUp?(): void;
}

export interface ChunkedReading {
  /** Filled with the records. */
  into: Uint8Array;
  recordBytes: number;
  /** Ranges that are still to be read, in order. */
  gaps: [from: number, to: number][];
  /** The best first; the next one where one cannot. */
  routes: readonly Route[];
  inFlight: number;
  keep?: ((from: number, count: number, bytes: Uint8Array) => void) | undefined;
  onProgress?: ((progress: ReadProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A single record is asked for this often before the way is given up. */
const TRIES = 3;
/** In a row, over all that is under way: the network is gone. */
const MOST_LOST = 8;
const MOST_TIMEOUTS = 12;
/** The node, or something before it, found it too much: out of gas, too long, too large, cut short. */
const TOO_MUCH = ["LPCTL_CHAIN_CALL_REVERTED", "LPCTL_RPC_ERROR", "LPCTL_RPC_BAD_ANSWER", "LPCTL_RPC_NOT_JSON", "LPCTL_SNAPSHOT_ANSWER_SHORT"];

/** Reads what is missing, several chunks at a time, each as large as the node bears. @throws what the last route rejects with. */
export async function readInChunks(reading: ChunkedReading): Promise<void> {
  const { into, recordBytes, gaps } = reading;
  const all = into.length / recordBytes;
  const start = performance.now();
  const before = all - gaps.reduce((sum, [from, to]) => sum + to - from, 0);
  const triedAlone = new Map<number, number>();
  let done = before;
  let lost = 0;
  let timeouts = 0;
  let workers = reading.inFlight;
  let routeAt = 0;
  const failures: unknown[] = [];

  function take(size: number): [number, number] | undefined {
    const gap = gaps[0];
    if (gap === undefined) return undefined;
    const [from, to] = gap;
    const count = Math.min(size, to - from);
    if (from + count === to) gaps.shift();
    else gap[0] = from + count;
    return [from, count];
  }

  async function work(index: number): Promise<void> {
    while (failures.length === 0 && (index === 0 || index < workers)) {
      reading.signal?.throwIfAborted();
      const route = reading.routes[routeAt];
      const chunk = route === undefined ? undefined : take(route.pace.size);
      if (route === undefined || chunk === undefined) return;
      const [from, count] = chunk;
      try {
        const bytes = await route.read(from, count);
        into.set(bytes, from * recordBytes);
        reading.keep?.(from, count, bytes);
        route.pace.passed(count);
        lost = 0;
        timeouts = 0;
        done += count;
        report();
      } catch (error) {
        gaps.unshift([from, from + count]);
        await bear(error, route, from, count);
      }
    }
  }

  /** Returns where another try may help. */
  async function bear(error: unknown, route: Route, from: number, count: number): Promise<void> {
    if (!(error instanceof LpctlError)) throw error;
    if (error.code === "LPCTL_RPC_UNREACHABLE") {
      lost += 1;
      if (lost >= MOST_LOST) throw error;
      // Some close the connection over a body that is too large.
      route.pace.failed(count);
      await pause(50 * 2 ** Math.floor(lost / 2));
      return;
    }
    if (isBusy(error)) {
      workers = Math.max(1, Math.floor(workers / 2));
      lost += 1;
      if (lost >= MOST_LOST) throw error;
      await pause(250 * lost);
      return;
    }
    const isTimeout = error.code === "LPCTL_RPC_TIMEOUT";
    if (isTimeout && ++timeouts >= MOST_TIMEOUTS) throw error;
    if (!isTimeout && (!TOO_MUCH.includes(error.code) || isFinal(error))) throw error;
    route.pace.failed(isTimeout ? Math.max(1, Math.floor(count / 2)) : count);
    if (count > 1) return;
    const tried = (triedAlone.get(from) ?? 0) + 1;
    triedAlone.set(from, tried);
    if (tried < TRIES || reading.routes[routeAt] !== route) return;
    if (routeAt + 1 === reading.routes.length) throw error;
    routeAt += 1;
    triedAlone.clear();
    route.givenUp?.();
  }

  function report(): void {
    const seconds = (performance.now() - start) / 1000;
    const perSecond = seconds === 0 ? 0 : (done - before) / seconds;
    reading.onProgress?.({ done, all, perSecond, secondsLeft: perSecond === 0 ? undefined : (all - done) / perSecond });
  }

  report();
  const guarded = async (index: number): Promise<void> => {
    try {
      await work(index);
    } catch (error) {
      failures.push(error);
    }
  };
  await Promise.all(Array.from({ length: reading.inFlight }, (_, index) => guarded(index)));
  // One that was slowed down may have put its chunk back and ended.
  if (gaps.length > 0 && failures.length === 0) await guarded(0);
  if (failures.length > 0) throw failures[0];
}

function isBusy(error: LpctlError): boolean {
  return error.details?.["status"] === 429 || error.details?.["rpcCode"] === 429 || /rate limit|too many requests/i.test(String(error.details?.["rpcMessage"] ?? ""));
}

/** Smaller questions of the same kind get the same answer. */
function isFinal(error: LpctlError): boolean {
  const status = error.details?.["status"];
  return status === 401 || status === 403 || status === 404 || error.details?.["rpcCode"] === -32601;
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
