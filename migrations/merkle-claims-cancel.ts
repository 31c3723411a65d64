// Takes a staged tree of claims back while it is reviewed. Another can be staged then, and is reviewed from the start.
import { defineMigration } from "lpctl/migration";

/** The SnapshotClaims that the tree is staged in. */
const CONTRACT = "0x0000000000000000000000000000000000000000";
/** The tree that is wrong: no other is taken back. */
const ROOT = "0x0000000000000000000000000000000000000000000000000000000000000000";

export default defineMigration({
  title: "Cancel a staged tree of claims",

  async prepare(chain) {
    const [root] = await chain.read(CONTRACT, "function root() view returns (bytes32)");
    if (root !== ROOT) throw new Error(`the tree ${String(root)} is staged, not ${ROOT}`);
    if ((await chain.readInteger(CONTRACT, "function claimEnd() view returns (uint256)")) > 0n) throw new Error("the claims are open, which is final");
  },

  async operations(chain) {
    return [
      {
        id: "cancel",
        title: `Cancel ${ROOT}`,
          calls: [await chain.call(CONTRACT, "function cancel(bytes32 stagedRoot)", [ROOT])],
        enacted: async (now) => (await now.read(CONTRACT, "function root() view returns (bytes32)"))[0] !== ROOT,
      },
    ];
  },

  async verify(chain) {
    const [root] = await chain.read(CONTRACT, "function root() view returns (bytes32)");
    return root === ROOT ? ["the tree is still staged"] : [];
  },
});
