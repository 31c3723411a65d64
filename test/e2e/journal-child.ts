/**
 * Run by journal.test.ts: sends some counts and kills itself at the n-th write or send boundary.
 * Arguments: RPC URL, journal, account (0 or 1), number of operations, boundary (from 1; 0 for none).
 */
import { sendOperations } from "../../src/chain/sender.ts";
import { Rpc } from "../../src/chain/rpc.ts";
import { localSigner } from "../unit/chain/local-signer.ts";
import { countingOperations } from "./journal-operations.ts";

const [url = "", journalPath = "", account, operations, boundary] = process.argv.slice(2);
let left = Number(boundary);
await sendOperations({
  rpc: new Rpc(url),
  chainId: 31337n,
  signer: localSigner(account === "1" ? 1 : 0),
  journalPath,
  operations: countingOperations(Number(operations)),
  onCheckpoint: () => {
    if (--left === 0) process.kill(process.pid, "SIGKILL");
  },
});
