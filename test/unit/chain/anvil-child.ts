/** Starts a chain, tells its pid, and waits to be killed. */
import { startAnvil } from "../../../src/chain/anvil.ts";

const { pid } = await startAnvil();
process.stdout.write(`${pid}\n`);
setInterval(() => {}, 60_000);
