// Payments from jobs to tickets (Streamflow): claims that can be paid are paid, escrow of those that cannot goes back to who
// paid it, and every deposit of the JobsManager becomes the same account's deposit in the TicketBroker.
//
// The Minter keeps ether for one contract, the JobsManager. So deposits leave it while that is the old one, wait there, and
// come back once the TicketBroker has its place. `jobs-closing` comes before: nothing may come in meanwhile.
import { defineMigration } from "lpctl/migration";

const TICKET_BROKER = "contracts/payments/TicketBroker.sol:TicketBroker";
const PROXY = "contracts/registry/ManagerProxy.sol:ManagerProxy";
const CLOSED = "contracts/jobs/JobsManagerClosing.sol:JobsManagerClosing";
/** Commit of the TicketBroker's source, 20 bytes: kept in the registry. */
const COMMIT = "0x0000000000000000000000000000000000000000";
/** Rounds. */
const UNLOCK_PERIOD = 7n;
const TICKET_VALIDITY_PERIOD = 2n;
/** keccak256 of the names. */
const IDS = {
  JobsManager: "0x3d7456535a3155a46f15a2313c3915bd07137ffdc56464f4fc9a82bae7215c2d",
  JobsManagerTarget: "0xa7cc642cb2cde9dce411aabbb7ab573a3cb9c56857f4c5370f981a28763f1cfa",
  TicketBroker: "0xbd1aa3e8d2464256d7fd3dcf645c16418d5d8c51d971f1ad7d57e7b1b5eee239",
  TicketBrokerTarget: "0xf16f832ef171c8058cbd4a32de7d27c32a1a1ad90bb091b4b7f376f1d95ee254",
};
const PER_CALL = 50;

const JOB =
  "function getJob(uint256 jobId) view returns (string streamId, string options, uint256 maxPricePerSegment, address broadcaster, address transcoder, uint256 creationRound, uint256 creationBlock, uint256 endBlock, uint256 escrow, uint256 totalClaims)";
const CLAIM =
  "function getClaim(uint256 jobId, uint256 claimId) view returns (uint256 first, uint256 last, bytes32 claimRoot, uint256 claimBlock, uint256 endVerificationBlock, uint256 endVerificationSlashingBlock, uint8 status)";
const PENDING = 0n;
const PROFILE_LENGTH = 8n;

export default defineMigration({
  title: "Move deposits and escrow from jobs to tickets",

  async prepare(chain) {
    const closed = await chain.deployment(CLOSED, [chain.controller]);
    if ((await readRegistered(chain, "JobsManagerTarget")) !== closed.address) throw new Error("the JobsManager takes jobs: shut its doors first (jobs-closing)");
    if ((await readRegistered(chain, "TicketBroker")) !== NOBODY) throw new Error("there is a TicketBroker already");
    const [paused] = await chain.read(chain.controller, "function paused() view returns (bool)");
    if (paused) throw new Error("the protocol is stopped: the Minter gives nothing away meanwhile");
    const jobsManager = await chain.contract("JobsManager");
    const { number } = await chain.block();

    // What can be paid is paid; the rest of a job's escrow goes back.
    const owed = new Map();
    const [paid, returned] = [[], []];
    const jobs = await chain.readInteger(jobsManager, "function numJobs() view returns (uint256)");
    for (let jobId = 0n; jobId < jobs; jobId += 1n) {
      const job = await chain.read(jobsManager, JOB, [jobId]);
      const [, options, price, broadcaster, transcoder] = job;
      let escrow = job[8];
      const payable = BigInt(transcoder) !== 0n && (await isPayable(chain, transcoder));
      const claims = [];
      for (let claimId = 0n; claimId < job[9]; claimId += 1n) {
        const [first, last, , , , end, status] = await chain.read(jobsManager, CLAIM, [jobId, claimId]);
        if (status !== PENDING) continue;
        if (end > number) throw new Error(`claim ${claimId} of job ${jobId} cannot be paid before block ${String(end)}, and this is block ${number}`);
        const fees = (last - first + 1n) * (BigInt(options.length) / PROFILE_LENGTH) * price;
        if (!payable || fees > escrow) continue;
        escrow -= fees;
        claims.push(claimId);
      }
      if (claims.length > 0) paid.push({ jobId, claims });
      if (escrow > 0n) {
        returned.push(jobId);
        owed.set(broadcaster, (owed.get(broadcaster) ?? 0n) + escrow);
      }
    }
    for await (const { named } of chain.events(jobsManager, "event Deposit(address indexed broadcaster, uint256 amount)")) owed.set(named.broadcaster, owed.get(named.broadcaster) ?? 0n);
    let depositsWei = 0n;
    const rows = [];
    for (const [account, escrowWei] of owed) {
      const [deposit] = await chain.read(jobsManager, "function broadcasters(address account) view returns (uint256 deposit, uint256 withdrawBlock)", [account]);
      const dueWei = deposit + escrowWei;
      if (dueWei === 0n) continue;
      depositsWei += dueWei;
      rows.push({ account, dueWei });
    }
    const minterEtherWei = await chain.balanceWei(await chain.contract("Minter"));
    if (depositsWei > minterEtherWei) throw new Error(`deposits and escrow are ${depositsWei} wei, and the Minter holds ${minterEtherWei}`);
    await chain.keepRows("paid", paid);
    await chain.keepRows("broadcasters", rows);
    return { jobsManager, returned, depositsWei, block: number };
  },

  async *operations(chain, { jobsManager, returned }) {
    const target = await chain.deployment(TICKET_BROKER, [chain.controller]);
    const broker = await chain.deployment(PROXY, [chain.controller, IDS.TicketBrokerTarget]);
    for (const [id, title, made] of [["deploy-target", "Deploy the TicketBroker", target], ["deploy-proxy", "Deploy its proxy", broker]]) {
      yield { id, title, as: "sender", calls: [made.call], enacted: async (now) => (await now.code(made.address)) !== "0x" };
    }
    for await (const { jobId, claims } of chain.rows("paid")) {
      yield {
        id: `pay-${jobId}`,
        title: `Pay ${claims.length} claims of job ${jobId}`,
        as: "sender",
        independent: true,
        calls: [await chain.call(jobsManager, "function batchDistributeFees(uint256 jobId, uint256[] claimIds)", [jobId, claims])],
        enacted: async (now) => {
          for (const claimId of claims) if ((await now.read(jobsManager, CLAIM, [jobId, claimId]))[6] === PENDING) return false;
          return true;
        },
      };
    }
    if (returned.length > 0) {
      yield {
        id: "return-escrow",
        title: `Give back the escrow of ${returned.length} jobs that nobody can be paid from`,
          calls: [await chain.call(jobsManager, "function returnEscrow(uint256[] jobIds)", [returned])],
        enacted: async (now) => {
          for (const jobId of returned) if ((await now.read(jobsManager, JOB, [jobId]))[8] !== 0n) return false;
          return true;
        },
      };
    }
    yield* batches(chain, "collect", "function collectDeposits(address[] accounts)", async (now, account) => {
      const [deposit] = await now.read(jobsManager, "function broadcasters(address account) view returns (uint256 deposit, uint256 withdrawBlock)", [account]);
      return deposit === 0n;
    }, jobsManager);
    yield {
      id: "replace",
      title: "Register the TicketBroker, also in the place of the JobsManager",
      calls: [
        await register(chain, "TicketBrokerTarget", target.address),
        await register(chain, "TicketBroker", broker.address),
        await register(chain, "JobsManager", broker.address),
        await chain.call(broker.address, "function setUnlockPeriod(uint256 unlockPeriod)", [UNLOCK_PERIOD]),
        await chain.call(broker.address, "function setTicketValidityPeriod(uint256 ticketValidityPeriod)", [TICKET_VALIDITY_PERIOD]),
      ],
      enacted: async (now) => {
        if ((await readRegistered(now, "JobsManager")) !== broker.address) return false;
        return (await now.readInteger(broker.address, "function ticketValidityPeriod() view returns (uint256)")) > 0n;
      },
    };
    yield* batches(chain, "move", "function moveDeposits(address[] accounts)", async (now, account) => {
      if ((await readRegistered(now, "JobsManager")) !== broker.address) return false;
      return (await now.readInteger(jobsManager, "function collected(address account) view returns (uint256)", [account])) === 0n;
    }, jobsManager);
  },

  async verify(chain, { jobsManager, depositsWei, block }) {
    const wrong = [];
    // By the events of the move itself: afterwards their owners spend and withdraw.
    const arrived = new Map();
    for await (const { named } of chain.events(jobsManager, "event DepositMoved(address indexed broadcaster, uint256 amount)", { fromBlock: block })) {
      arrived.set(named.broadcaster, (arrived.get(named.broadcaster) ?? 0n) + named.amount);
    }
    const withdrawn = new Set();
    for await (const { named } of chain.events(jobsManager, "event Withdraw(address indexed broadcaster)", { fromBlock: block })) withdrawn.add(named.broadcaster);
    let sum = 0n;
    for await (const { account, dueWei } of chain.rows("broadcasters")) {
      const movedWei = arrived.get(account) ?? 0n;
      sum += withdrawn.has(account) ? dueWei : movedWei;
      if (movedWei !== dueWei && !withdrawn.has(account)) wrong.push(`${account} has a deposit of ${movedWei} wei in the TicketBroker where ${dueWei} are due`);
      arrived.delete(account);
    }
    for (const account of arrived.keys()) wrong.push(`${account} has a deposit that nobody knew of`);
    if (sum !== depositsWei) wrong.push(`${sum} wei have moved where ${depositsWei} were due`);
    const left = await chain.balanceWei(jobsManager);
    if (left !== 0n) wrong.push(`${left} wei are left in the JobsManager`);
    return wrong;
  },
});

const NOBODY = "0x0000000000000000000000000000000000000000";

async function isPayable(chain, transcoder) {
  const asked = ["isRegisteredTranscoder", "isActiveTranscoder"].map((name) => chain.read("BondingManager", `function ${name}(address account) view returns (bool)`, [transcoder]));
  return (await Promise.all(asked)).every(([yes]) => yes);
}

async function readRegistered(chain, name) {
  const [address] = await chain.read(chain.controller, "function getContract(bytes32 id) view returns (address)", [IDS[name]]);
  return address;
}

function register(chain, name, address) {
  return chain.call(chain.controller, "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)", [IDS[name], address, COMMIT]);
}

/** One call for some accounts at once, until all have had theirs. */
async function* batches(chain, id, signature, isDone, jobsManager) {
  let [count, batch] = [0, []];
  const operation = async (accounts) => ({
    id: `${id}-${String(count).padStart(5, "0")}`,
    title: `${id === "collect" ? "Take the deposits of" : "Give the TicketBroker those of"} ${accounts.length} broadcasters`,
    as: "sender",
    independent: true,
    calls: [await chain.call(jobsManager, signature, [accounts])],
    enacted: async (now) => {
      for (const account of accounts) if (!(await isDone(now, account))) return false;
      return true;
    },
  });
  for await (const { account } of chain.rows("broadcasters")) {
    batch.push(account);
    if (batch.length < PER_CALL) continue;
    count += 1;
    yield await operation(batch);
    batch = [];
  }
  if (batch.length > 0) {
    count += 1;
    yield await operation(batch);
  }
}
