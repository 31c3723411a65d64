// The JobsManager shuts its doors: no deposit, no job and no claim any more, so that what lies in it can move to tickets
// (jobs-to-tickets). Claims are not punished any more either, so it is done when none can be.
import { defineMigration } from "lpctl/migration";

const NEW_TARGET = "contracts/jobs/JobsManagerClosing.sol:JobsManagerClosing";
/** Commit of its source, 20 bytes: kept in the registry. */
const COMMIT = "0x0000000000000000000000000000000000000000";
/** keccak256("JobsManagerTarget") */
const TARGET_ID = "0xa7cc642cb2cde9dce411aabbb7ab573a3cb9c56857f4c5370f981a28763f1cfa";
const CLAIM =
  "function getClaim(uint256 jobId, uint256 claimId) view returns (uint256 first, uint256 last, bytes32 claimRoot, uint256 claimBlock, uint256 endVerificationBlock, uint256 endVerificationSlashingBlock, uint8 status)";
const PENDING = 0n;

export default defineMigration({
  title: "Shut the doors of the JobsManager",

  async prepare(chain) {
    const target = await chain.deployment(NEW_TARGET, [chain.controller]);
    if ((await readTarget(chain)) === target.address) throw new Error("its doors are shut already");
    const { number } = await chain.block();
    let last = 0n;
    for await (const { named } of chain.events("JobsManager", "event NewClaim(address indexed transcoder, uint256 indexed jobId, uint256 claimId)")) {
      const claim = await chain.read("JobsManager", CLAIM, [named.jobId, named.claimId]);
      if (claim[6] === PENDING && claim[5] > last) last = claim[5];
    }
    if (last > number) throw new Error(`claims can be punished until block ${last}, and this is block ${number}: ask broadcasters to end their jobs, and wait`);
    const jobs = await chain.readInteger("JobsManager", "function numJobs() view returns (uint256)");
    return { jobs };
  },

  async operations(chain) {
    const target = await chain.deployment(NEW_TARGET, [chain.controller]);
    return [
      { id: "deploy", title: "Deploy the JobsManager without doors", as: "sender", calls: [target.call], enacted: async (now) => (await now.code(target.address)) !== "0x" },
      {
        id: "close",
        title: "Let the JobsManager be the one without doors",
          calls: [await chain.call(chain.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [TARGET_ID, target.address, COMMIT])],
        enacted: async (now) => (await readTarget(now)) === target.address,
      },
    ];
  },

  async verify(chain, prepared) {
    const jobs = await chain.readInteger("JobsManager", "function numJobs() view returns (uint256)");
    return jobs === prepared.jobs ? [] : [`${jobs - prepared.jobs} jobs came before its doors were shut; what they hold moves like that of all others`];
  },
});

async function readTarget(chain) {
  const [target] = await chain.read(chain.controller, "function getContract(bytes32 id) view returns (address)", [TARGET_ID]);
  return target;
}
