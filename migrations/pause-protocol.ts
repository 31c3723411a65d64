// Stops the protocol: the Controller is paused, and with it everything that people may do with their stake.
//
// What comes before a migration that counts and converts: nothing may move between the count and the end. Such migrations start the
// protocol again by themselves (partial-unbonding, fixed-point-scale, minter-swap). Where one is given up, `unpause-protocol` does.
// Before a swap of the Minter all active transcoders call reward first: nobody can while the protocol is stopped.
import { defineMigration } from "lpctl/migration";

export default defineMigration({
  title: "Stop the protocol",

  async prepare(chain) {
    if (await isStopped(chain)) throw new Error("the protocol is stopped already");
    const { number } = await chain.block();
    return { since: number };
  },

  async operations(chain, { since }) {
    return [
      {
        id: "pause",
        title: "Stop the protocol",
        calls: [await chain.call(chain.controller, "function pause()")],
        // It stays true when the protocol is started again: this must not stop it a second time.
        enacted: async (now) => (await isStopped(now)) || (await wasStopped(now, since)),
      },
    ];
  },

  async verify(chain, { since }) {
    return (await wasStopped(chain, since)) ? [] : [`the protocol was not stopped after block ${since}`];
  },
});

async function isStopped(chain) {
  const [paused] = await chain.read(chain.controller, "function paused() view returns (bool)");
  return paused;
}

/** Whether the protocol was stopped after a block. */
async function wasStopped(chain, since) {
  for await (const _ of chain.events(chain.controller, "event Pause()", { fromBlock: since + 1n })) return true;
  return false;
}
