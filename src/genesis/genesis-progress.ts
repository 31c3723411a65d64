import { Interface, keccak256 } from "ethers";
import { z } from "zod";
import { tryReadFunction } from "../chain/read-function.ts";
import type { Rpc } from "../chain/rpc.ts";
import { LpctlError } from "../errors.ts";
import { ZERO_ADDRESS, type Address, type Hex } from "../protocol/hex.ts";
import { genesisParameter } from "./genesis-schema.ts";
import type { PreparedGenesis } from "./prepare-genesis.ts";
import type { PlannedTransaction } from "./transaction-plan.ts";

const registration = new Interface(["function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)"]);
const grants = new Interface([
  "function addTeamGrant(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration)",
  "function addInvestorGrant(address receiver, uint256 amount, uint256 timeToCliff, uint256 vestingDuration)",
  "function addCommunityGrant(address receiver, uint256 amount)",
]);

const STAGE_START = 1n;
const STAGE_END = 2n;

/**
 * Whether the chain shows what a transaction of the plan does: code at the address that its nonce gives, an entry in the
 * registry, the value of a parameter, the stage, the holder of a grant, an owner. Undefined where nothing on the chain
 * says so.
 * @param address of what it deploys; undefined for a call
 * @param codeHash of what it deploys, as predicted; undefined accepts any code
 */
export async function readEffect(
  rpc: Rpc,
  prepared: PreparedGenesis,
  { id, to, data }: PlannedTransaction,
  deployed: { address: Address; codeHash: Hex | undefined } | undefined,
): Promise<boolean | undefined> {
  if (deployed !== undefined) {
    const code = await rpc.code(deployed.address);
    return code !== "0x" && (deployed.codeHash === undefined || keccak256(code) === deployed.codeHash);
  }
  if (to === null) throw new TypeError(`${id} deploys, and its address is not given`);
  const { suite, genesis, terms } = prepared;
  const read = async (address: Address, signature: string, args: readonly unknown[] = []): Promise<unknown> =>
    (await tryReadFunction(rpc, address, signature, args))?.toArray()[0];
  const manager = (signature: string, args: readonly unknown[] = []): Promise<unknown> => read(genesis.genesisManager, signature, args);
  const stage = async (): Promise<bigint> => uint(await manager("function stage() view returns (uint8)"));

  if (data.startsWith(registration.getFunction("setContractInfo")?.selector ?? "none")) {
    const [contractId, address, commit] = registration.decodeFunctionData("setContractInfo", data).toArray() as string[];
    const info = await tryReadFunction(rpc, to, "function getContractInfo(bytes32 id) view returns (address contractAddress, bytes20 gitCommitHash)", [contractId]);
    return info?.[0] === address && info?.[1] === commit;
  }
  if (id.startsWith("set:")) return readParameterSet(rpc, prepared, id.slice("set:".length), to, data);
  if (id.startsWith("grant:")) {
    // The receiver comes first in all three.
    const receiver: unknown = grants.parseTransaction({ data })?.args[0];
    const holders = id.startsWith("grant:community:") ? "timeLockedHolders" : "vestingHolders";
    const holder = await manager(`function ${holders}(address receiver) view returns (address)`, [receiver]);
    return typeof holder === "string" && holder !== ZERO_ADDRESS;
  }
  switch (id) {
    case "genesis:token": {
      const owner = await read(to, "function owner() view returns (address)");
      return owner === genesis.genesisManager || owner === suite.contracts["Minter"];
    }
    case "genesis:allocations":
      return (await manager("function initialSupply() view returns (uint256)")) === terms.allocations.total;
    case "genesis:start":
      return (await stage()) >= STAGE_START;
    case "end:genesis":
      return (await stage()) >= STAGE_END;
    case "end:distribution":
      return (await read(to, "function started() view returns (bool)")) === true;
    case "handover:unpause":
      return (await read(to, "function paused() view returns (bool)")) === false;
    case "handover:controller":
      return (await read(to, "function owner() view returns (address)")) === terms.controllerOwner;
    default:
      return undefined;
  }
}

async function readParameterSet(rpc: Rpc, { suite }: PreparedGenesis, id: string, contract: Address, data: Hex): Promise<boolean | undefined> {
  const { parameter } = genesisParameter(suite.profile, id);
  if (parameter.setter === null) return undefined;
  const wanted: unknown = new Interface([parameter.setter]).parseTransaction({ data })?.args.toArray().at(-1);
  const value: unknown = (await tryReadFunction(rpc, contract, parameter.getter, [...parameter.getterArgs]))?.toArray()[0];
  // The getter of another variant of the parameter, or one that tells the value only later.
  if (value === undefined || parameter.pendingGetter !== undefined) return undefined;
  return value === wanted;
}

function uint(value: unknown): bigint {
  return typeof value === "bigint" ? value : 0n;
}

const sentSchema = z.object({ to: z.string().nullable(), input: z.string() }).nullable();

/**
 * Whether the transaction that the account sent with this nonce is the planned one; undefined where the node cannot say.
 * Geth has no such question; where it is answered, it settles what calls without a trace on the chain leave open.
 */
export async function readSentWithNonce(rpc: Rpc, from: Address, nonce: bigint, { to, data }: PlannedTransaction): Promise<boolean | undefined> {
  try {
    const sent = await rpc.request("eth_getTransactionBySenderAndNonce", [from, `0x${nonce.toString(16)}`], sentSchema);
    return sent === null ? undefined : (sent.to?.toLowerCase() ?? null) === (to?.toLowerCase() ?? null) && sent.input.toLowerCase() === data.toLowerCase();
  } catch (error) {
    if (error instanceof LpctlError && (error.code === "LPCTL_RPC_ERROR" || error.code === "LPCTL_RPC_BAD_ANSWER")) return undefined;
    throw error;
  }
}
