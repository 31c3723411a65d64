/** Run by bench-kill.ts: sends counts through the journal, as fast as the window allows. Arguments: RPC URL, journal, number. */
import { sendOperations } from "../src/chain/sender.ts";
import { Rpc } from "../src/chain/rpc.ts";
import { walletSigner } from "../src/keys/unlocked-key.ts";
import { localAccounts } from "../src/node/local-accounts.ts";

const [url = "", journalPath = "", count] = process.argv.slice(2);
const operations = Array.from({ length: Number(count) }, (_, at) => ({
  id: `count-${at}`,
  to: "0x00000000000000000000000000000000000000c0" as const,
  data: "0x" as const,
  valueWei: 0n,
  title: `count ${at}`,
  independent: true,
}));
await sendOperations({ rpc: new Rpc(url), chainId: 31337n, signer: walletSigner(localAccounts().deployer.privateKey), journalPath, operations, window: 16 });
