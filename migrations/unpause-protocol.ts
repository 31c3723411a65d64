// Starts the protocol again, after `pause-protocol` and a migration that was given up. Those that come to their end do it themselves.
import { defineMigration } from "lpctl/migration";

export default defineMigration({
  title: "Start the protocol again",

  async prepare(chain) {
    if (!(await isStopped(chain))) throw new Error("the protocol runs already");
    const { number } = await chain.block();
    return { since: number };
  },

  async operations(chain, { since }) {
    return [
      {
        id: "unpause",
        title: "Start the protocol again",
        calls: [await chain.call(chain.controller, "function unpause()")],
        // It stays true when the protocol is stopped once more: this must not start it a second time.
        enacted: async (now) => !(await isStopped(now)) || (await wasStarted(now, since)),
      },
    ];
  },

  async verify(chain, { since }) {
    return (await wasStarted(chain, since)) ? [] : [`the protocol was not started after block ${since}`];
  },
});

async function isStopped(chain) {
  const [paused] = await chain.read(chain.controller, "function paused() view returns (bool)");
  return paused;
}

/** Whether the protocol was started after a block. */
async function wasStarted(chain, since) {
  for await (const _ of chain.events(chain.controller, "event Unpause()", { fromBlock: since + 1n })) return true;
  return false;
}
