import type { Rpc } from "../chain/rpc.ts";
import { Exit, LpctlError } from "../errors.ts";
import type { Hex } from "../protocol/hex.ts";
import { formatHuman } from "../protocol/units.ts";
import { checkGenesisAmounts } from "./check-genesis-amounts.ts";
import { readGenesisFindings } from "./check-genesis-chain.ts";
import { checkGenesisParameters } from "./check-genesis-parameters.ts";
import { checkGenesisReceivers } from "./check-genesis-receivers.ts";
import { checkGrantsStart } from "./check-genesis-time.ts";
import { GenesisFindings, type GenesisFinding } from "./genesis-findings.ts";
import type { LoadedGenesis } from "./load-genesis-file.ts";

export interface CheckOptions {
  /** Undefined: nothing is asked of a chain. */
  rpc?: Rpc | undefined;
  /** Unix time of this machine. */
  nowSeconds: bigint;
}

/** What a MerkleMine gives to each, and what division leaves over for nobody. */
export interface Share {
  root: Hex;
  recipients: bigint;
  tokensPerAllocationWei: bigint;
  remainderWei: bigint;
}

const TRANSACTIONS_BESIDES_GRANTS = 60;

/** Everything that can be known of a genesis before its first transaction. Refusals come first. */
export async function checkGenesis(loaded: LoadedGenesis, options: CheckOptions): Promise<GenesisFinding[]> {
  const findings = new GenesisFindings(loaded.parsed);
  checkGenesisAmounts(loaded.parsed, findings);
  checkGenesisReceivers(loaded.parsed, findings);
  checkGenesisParameters(loaded.parsed, findings);
  checkDistribution(loaded, findings);
  const { rpc, nowSeconds } = options;
  if (rpc === undefined) checkGrantsStart(loaded.parsed, findings, { nowSeconds, transactions: 0 });
  else await readGenesisFindings(rpc, loaded.parsed, findings, { nowSeconds, transactions: countTransactions(loaded) });
  const order = { refuse: 0, warning: 1, info: 2 };
  return findings.found.toSorted((left, right) => order[left.severity] - order[right.severity] || (left.line ?? 0) - (right.line ?? 0));
}

/**
 * @param shown whether the person sees the findings already; else the error lists the refusals
 * @param again the command that tells whether it is mended
 * @throws LPCTL_GENESIS_REFUSED when a finding refuses
 */
export function requireGenesisAccepted(path: string, findings: readonly GenesisFinding[], shown: boolean, again = `lpctl genesis check ${path}`): void {
  const refusals = findings.filter(({ severity }) => severity === "refuse");
  const [first] = refusals;
  if (first === undefined) return;
  throw new LpctlError({
    code: "LPCTL_GENESIS_REFUSED",
    exit: Exit.refused,
    message: refusals.length === 1 ? `The genesis ${path} is refused: ${first.title}` : `The genesis ${path} is refused for ${refusals.length} reasons; the first: ${first.title}`,
    why: shown || refusals.length === 1 ? first.detail : refusals.map(({ title, detail }) => [title, ...(detail === undefined ? [] : [`  ${detail}`])].join("\n")).join("\n"),
    next: `Correct that, then: ${again}`,
    details: { findings },
  });
}

export function shareOf({ parsed, recipients }: LoadedGenesis): Share | undefined {
  if (recipients === undefined) return undefined;
  const { crowd } = parsed.file.allocations;
  const tokensPerAllocationWei = crowd / recipients.count;
  return { root: recipients.root, recipients: recipients.count, tokensPerAllocationWei, remainderWei: crowd - tokensPerAllocationWei * recipients.count };
}

/** Few more than the plan has, which is not made yet: grants, and what comes before and after them. */
function countTransactions({ parsed: { file } }: LoadedGenesis): number {
  return file.grants.team.length + file.grants.investors.length + file.grants.community.length + TRANSACTIONS_BESIDES_GRANTS;
}

function checkDistribution(loaded: LoadedGenesis, findings: GenesisFindings): void {
  const { distribution, chainId } = loaded.parsed.file;
  if (distribution.kind === "faucet") {
    if (chainId === 1n || chainId === 42_161n) findings.add("refuse", "genesis-faucet-on-main-network", ["distribution", "kind"], `A faucet on chain ${chainId} would give tokens of value to anyone who asks.`);
    return;
  }
  if (distribution.callerAllocationEndBlock <= distribution.callerAllocationStartBlock) {
    findings.add("refuse", "genesis-caller-period-empty", ["distribution"], `The caller's share grows from block ${distribution.callerAllocationStartBlock} to block ${distribution.callerAllocationEndBlock}, which is not later.`, "The MerkleMine would revert when it is deployed.");
  }
  const { recipients, listError } = loaded;
  if (listError !== undefined) {
    const detail = [listError.why?.replaceAll("\n", ", "), listError.next].filter((part) => part !== undefined).join(" ");
    findings.add("refuse", "genesis-recipients-unusable", ["distribution", "recipients"], `${listError.message}.`, detail);
  }
  const share = shareOf(loaded);
  if (recipients === undefined || share === undefined) return;
  for (const { address, lines } of recipients.duplicates) {
    findings.add("refuse", "genesis-duplicate-recipient", ["distribution", "recipients"], `${address} is more than once among the recipients.`, `${recipients.path}, lines ${lines.join(", ")}. It could mine one allocation, and the others would stay in the contract.`);
  }
  if (recipients.duplicateCount > recipients.duplicates.length) {
    findings.add("refuse", "genesis-duplicate-recipient", ["distribution", "recipients"], `${recipients.duplicateCount - recipients.duplicates.length} more addresses are more than once among the recipients.`);
  }
  if (share.tokensPerAllocationWei === 0n && loaded.parsed.file.allocations.crowd > 0n) {
    findings.add("refuse", "genesis-share-of-nothing", ["allocations", "crowd"], `${formatHuman(loaded.parsed.file.allocations.crowd, "wei-lpt")} for ${recipients.count} recipients is less than a wei for each.`);
  }
  findings.add(
    "info",
    "genesis-share",
    ["distribution", "recipients"],
    `Each of ${recipients.count} recipients can mine ${formatHuman(share.tokensPerAllocationWei, "wei-lpt")}; ${share.remainderWei} wei are left over and can never be claimed.`,
    `Root ${recipients.root}`,
  );
}
