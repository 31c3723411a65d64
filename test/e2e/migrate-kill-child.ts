/**
 * Run by migrate-kill.test.ts: carries marks out and kills itself at the n-th write or send boundary.
 * Arguments: RPC URL, project folder, account (0 or 1), first slot, number of slots, boundary (from 1; 0 for none).
 */
import { Rpc } from "../../src/chain/rpc.ts";
import { MigrationRun } from "../../src/migration/run/migration-run.ts";
import { sendMigration } from "../../src/migration/run/send-migration.ts";
import { localSigner } from "../unit/chain/local-signer.ts";
import { marks, marksProject, scriptOf } from "./migrate-marks.ts";

const [url = "", folder = "", account, first, count, boundary] = process.argv.slice(2);
let left = Number(boundary);
const onCheckpoint = (): void => {
  if (--left === 0) process.kill(process.pid, "SIGKILL");
};
const signer = localSigner(account === "1" ? 1 : 0);
const run = await MigrationRun.open(marksProject(new Rpc(url), folder), scriptOf("001-marks", marks(Number(first), Number(count))), { sender: signer.address, onCheckpoint });
await sendMigration(run, { signer, producedBy: "test", onCheckpoint });
await run.close();
