// Claims from a snapshot (Confluence, LIP-73): a tree of what each account brings is staged, reviewed for seven days in which
// it can be cancelled (merkle-claims-cancel), and opened. Whoever is in it claims then.
//
// Each leaf has the chain, the claim contract and the snapshot in it, so the contract's address is settled first: this script
// tells it (`lpctl migrate run --dry-run`), the file of claims is made for it, and both are published with the proposal. The
// run ends before its last operation and says when the review is over; run the migration again then.
import { readFile } from "node:fs/promises";
import { defineMigration } from "lpctl/migration";

const CLAIMS = "contracts/migration/SnapshotClaims.sol:SnapshotClaims";
/** Of the snapshot that the tree was made from, 32 bytes. */
const SNAPSHOT_ID = "0x0000000000000000000000000000000000000000000000000000000000000000";
/** The tree, as a file of OpenZeppelin's StandardMerkleTree: rows of chain id, contract, snapshot, index, account, delegate, stake, tokens, fees. */
const FILE = new URL("./claims.json", import.meta.url);
const REVIEW_SECONDS = 7n * 24n * 3600n;
const CLAIM_SECONDS = 365n * 24n * 3600n;
/** Who gets what nobody has claimed. */
const REMAINDER_TO = "0x0000000000000000000000000000000000000000";
/** Commit of its source, 20 bytes: kept in the registry. */
const COMMIT = "0x0000000000000000000000000000000000000000";
/** keccak256("L2Migrator"): under this name it may bond for accounts, and make transcoders of them. */
const MIGRATOR_ID = "0x74b6d21e0d4650f622c903126d418c1a52bcc99ea7acb0db0809fc0eeae6c7c3";
/** Leaves that the contract is asked for, spread over all. */
const ASKED = 50;
const NOBODY = "0x0000000000000000000000000000000000000000";

export default defineMigration({
  title: "Stage what accounts claim from a snapshot, and open it after the review",

  async prepare(chain) {
    if (BigInt(SNAPSHOT_ID) === 0n) throw new Error("SNAPSHOT_ID is not set");
    const claims = await deployment(chain);
    const tree = JSON.parse(await readFile(FILE, "utf8"));
    if (tree.format !== "standard-v1" || !Array.isArray(tree.tree) || !Array.isArray(tree.values) || tree.values.length === 0) throw new Error("the file of claims holds no tree");
    let [tokensWei, feesWei] = [0n, 0n];
    const accounts = new Set();
    for (const [place, { value }] of tree.values.entries()) {
      const [chainId, contract, snapshotId, index, account, delegate, stake, tokens, fees] = value;
      if (BigInt(chainId) !== chain.chainId) throw new Error(`claim ${place} is for chain ${chainId}`);
      if (contract.toLowerCase() !== claims.address.toLowerCase()) throw new Error(`claim ${place} is for the contract ${contract}; this one will be ${claims.address}`);
      if (snapshotId !== SNAPSHOT_ID) throw new Error(`claim ${place} is from the snapshot ${snapshotId}`);
      if (BigInt(index) !== BigInt(place)) throw new Error(`claim ${place} has the number ${index}`);
      if (BigInt(account) === 0n) throw new Error(`claim ${place} is nobody's`);
      if (accounts.has(account.toLowerCase())) throw new Error(`${account} has two claims`);
      if (BigInt(stake) > 0n && BigInt(delegate) === 0n) throw new Error(`${account} has stake and no delegate`);
      if (BigInt(stake) + BigInt(tokens) + BigInt(fees) === 0n) throw new Error(`${account} has nothing to claim`);
      accounts.add(account.toLowerCase());
      tokensWei += BigInt(stake) + BigInt(tokens);
      feesWei += BigInt(fees);
    }
    const [held, heldWei] = await Promise.all([chain.readInteger("LivepeerToken", BALANCE, [chain.sender]), chain.balanceWei(chain.sender)]);
    const there = await readHeld(chain, claims.address);
    if (held + there.tokensWei < tokensWei) throw new Error(`the claims are ${tokensWei} wei of LPT, and ${chain.sender} has ${held}`);
    if (heldWei + there.feesWei <= feesWei) throw new Error(`the claims are ${feesWei} wei of ether, and ${chain.sender} has ${heldWei}`);
    return { root: tree.tree[0], claims: accounts.size, tokensWei, feesWei, contract: claims.address };
  },

  async operations(chain, { root, tokensWei, feesWei }) {
    const { address, call } = await deployment(chain);
    return [
      { id: "deploy", title: "Deploy the contract that pays the claims", as: "sender", calls: [call], enacted: async (now) => (await now.code(address)) !== "0x" },
      {
        id: "register",
        title: "Let the contract bond for accounts",
        calls: [await chain.call(chain.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [MIGRATOR_ID, address, COMMIT])],
        enacted: async (now) => (await now.read(now.controller, "function getContract(bytes32 id) view returns (address)", [MIGRATOR_ID]))[0] === address,
      },
      {
        id: "stage",
        title: `Stage the tree ${root} for review`,
        calls: [await chain.call(address, "function stage(bytes32 newRoot, uint256 tokens, uint256 fees)", [root, tokensWei, feesWei])],
        enacted: async (now) => (await readRoot(now, address)) === root,
      },
      {
        id: "fund-tokens",
        title: `Send ${tokensWei} wei of LPT for all claims`,
        as: "sender",
        calls: [await chain.call("LivepeerToken", "function transfer(address to, uint256 value)", [address, tokensWei])],
        enacted: async (now) => (await isOpen(now, address)) || (await readHeld(now, address)).tokensWei >= tokensWei,
      },
      ...(feesWei === 0n
        ? []
        : [
            {
              id: "fund-ether",
              title: `Send ${feesWei} wei for all claims`,
              as: "sender",
              calls: [{ to: address, data: "0x", valueWei: feesWei }],
              enacted: async (now) => (await isOpen(now, address)) || (await readHeld(now, address)).feesWei >= feesWei,
            },
          ]),
      {
        id: "open",
        title: "Open the claims, when the review is over",
        as: "sender",
        calls: [await chain.call(address, "function open(bytes32 stagedRoot)", [root])],
        readyAtSeconds: (now) => now.readInteger(address, "function opensAt() view returns (uint256)"),
        enacted: (now) => isOpen(now, address),
      },
    ];
  },

  async verify(chain, { root, tokensWei, feesWei }) {
    const wrong = [];
    const { address } = await deployment(chain);
    if ((await readRoot(chain, address)) !== root) wrong.push("another tree is open");
    const tree = JSON.parse(await readFile(FILE, "utf8"));
    const step = Math.max(1, Math.floor(tree.values.length / ASKED));
    for (let place = 0; place < tree.values.length; place += step) {
      const { value, treeIndex } = tree.values[place];
      const [leaf] = await chain.read(address, "function leafOf((uint256 index, address account, address delegate, uint256 stake, uint256 tokens, uint256 fees) entry) view returns (bytes32)", [value.slice(3)]);
      if (leaf !== tree.tree[treeIndex]) wrong.push(`claim ${place} has another leaf in the contract than in the file`);
    }
    let [paidTokens, paidFees] = [0n, 0n];
    for await (const { named } of chain.events(address, "event Claimed(uint256 indexed index, address indexed account, address indexed delegate, address recipient, uint256 stake, uint256 tokens, uint256 fees)")) {
      [paidTokens, paidFees] = [paidTokens + named.stake + named.tokens, paidFees + named.fees];
    }
    const held = await readHeld(chain, address);
    if (held.tokensWei + paidTokens < tokensWei) wrong.push(`${held.tokensWei} wei of LPT are left for ${tokensWei - paidTokens} of claims`);
    if (held.feesWei + paidFees < feesWei) wrong.push(`${held.feesWei} wei are left for ${feesWei - paidFees} of claims`);
    return wrong;
  },
});

const BALANCE = "function balanceOf(address account) view returns (uint256)";

function deployment(chain) {
  if (REMAINDER_TO === NOBODY) throw new Error("REMAINDER_TO is not set");
  return chain.deployment(CLAIMS, [chain.controller, SNAPSHOT_ID, REVIEW_SECONDS, CLAIM_SECONDS, REMAINDER_TO]);
}

async function readRoot(chain, address) {
  if ((await chain.code(address)) === "0x") return undefined;
  return (await chain.read(address, "function root() view returns (bytes32)"))[0];
}

async function isOpen(chain, address) {
  return (await chain.code(address)) !== "0x" && (await chain.readInteger(address, "function claimEnd() view returns (uint256)")) > 0n;
}

async function readHeld(chain, address) {
  const [tokensWei, feesWei] = await Promise.all([chain.readInteger("LivepeerToken", BALANCE, [address]), chain.balanceWei(address)]);
  return { tokensWei, feesWei };
}
