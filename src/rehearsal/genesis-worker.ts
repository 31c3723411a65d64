/** A process of its own that runs a genesis and kills itself (SIGKILL) in the middle: nothing is left to clean up after it. */
import { Rpc } from "../chain/rpc.ts";
import { openGenesis, recordGenesis } from "../genesis/open-genesis.ts";
import { runGenesis } from "../genesis/run-genesis.ts";
import { walletSigner } from "../keys/unlocked-key.ts";
import { localAccounts } from "../node/local-accounts.ts";
import { genesisJobSchema } from "./genesis-job.ts";

const { rpcUrl, file, killAtStep, ...place } = genesisJobSchema.parse(JSON.parse(process.argv[2] ?? ""));
const rpc = new Rpc(rpcUrl);
const signer = walletSigner(localAccounts().operator.privateKey);
const project = { ...place, rpc, controller: undefined, sources: [], compilers: {}, delayBlocks: 0n };
const opened = await openGenesis(project, file, signer.address, BigInt(Math.floor(Date.now() / 1000)));
await recordGenesis(opened);
let step = 0;
await runGenesis(rpc, opened, {
  signer,
  onCheckpoint: () => {
    step += 1;
    if (step === killAtStep) process.kill(process.pid, "SIGKILL");
  },
});
