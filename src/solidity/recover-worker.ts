/** Reads bytecode in a thread of its own: what it does with garbage is its own affair, and a hang ends with the thread. */
import { parentPort, workerData } from "node:worker_threads";
import { contractInfo } from "evmole";

parentPort?.postMessage(contractInfo(String(workerData), { selectors: true, storage: true }));
