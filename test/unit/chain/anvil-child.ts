/** Starts three chains, ends the second, tells the pids of the others, and waits to be killed. */
import { startAnvil } from "../../../src/chain/anvil.ts";

const [first, second, third] = await Promise.all([startAnvil(), startAnvil(), startAnvil()]);
await second.stop();
process.stdout.write(`${first.pid} ${third.pid}\n`);
setInterval(() => {}, 60_000);
