import { mono, plain, type Block, type Chart, type Fact, type ReportDocument } from "../../report/document.ts";
import { formatCount, formatShare, formatTokens } from "../../report/format-amount.ts";
import { utcTime } from "../../report/utc-time.ts";
import { formatHuman } from "../../protocol/units.ts";
import { plural } from "../../protocol/plural.ts";
import type { Holdings } from "./holdings.ts";
import type { Totals } from "./totals.ts";

export interface DocumentParts {
  id: string;
  totals: Totals;
  holdings: Holdings | undefined;
  producedBy: string;
}

/** A snapshot as a document for any renderer: its totals, or what one account has. */
export function buildSnapshotDocument({ id, totals, holdings, producedBy }: DocumentParts): ReportDocument {
  const { block, chainId } = totals;
  const when = `chain ${chainId}, block ${block.number}, ${utcTime(block.timestampSeconds)}, round ${totals.rounds.current}`;
  return {
    title: holdings === undefined ? "The protocol in a snapshot" : `What ${holdings.contract ?? "an account"} has`,
    subtitle: when,
    footer: `Made by ${producedBy} from the snapshot ${id} of block ${block.hash}.`,
    sections: holdings === undefined ? totalSections(totals) : accountSections(holdings),
  };
}

/** How stake is spread, as a picture. */
export function distributionChart({ distribution: { pointsPpm, half, giniPpm }, stake }: Totals): Chart {
  return {
    title: "Share of all stake that the richest accounts have",
    description: `${plural(half, "account")} of ${formatCount(stake.delegators)} have more than half of all stake. Gini coefficient ${(Number(giniPpm) / 1e6).toFixed(3)}.`,
    unit: "%",
    series: [{ name: "share of stake", role: "after", values: pointsPpm.map((ppm) => Number(ppm) / 1e4) }],
    xLabels: ["none", "richest 25%", "50%", "75%", "all"],
  };
}

function totalSections(totals: Totals): ReportDocument["sections"] {
  const { rounds, token, minting, stake, payments, top } = totals;
  const lpt = (wei: bigint): string => formatTokens(wei);
  const eth = (wei: bigint): string => formatTokens(wei, "ETH");
  const rate = (value: bigint): string => (minting.percentScale === undefined ? `${value} parts` : formatHuman(value, minting.percentScale === 1_000_000n ? "percent-1e6" : "percent-1e9"));
  return [
    {
      title: "Protocol",
      blocks: facts([
        ["Controller", mono(totals.controller), totals.isPaused ? "paused" : "not paused"],
        ["owned by", mono(totals.owner)],
        ["contracts", plain(`${formatCount(totals.contracts)}, ${formatCount(totals.words)} words of storage`)],
        ["round", plain(`${rounds.current}, ${rounds.isInitialized ? "begun" : `not begun: the last one was ${rounds.lastInitialized}`}${rounds.isLocked ? ", locked" : ""}, ${formatCount(rounds.length)} blocks long`)],
      ]),
    },
    {
      title: "Tokens and ether",
      blocks: facts([
        ["supply", plain(lpt(token.supplyWei)), `${formatCount(token.holders)} holders`],
        ["in the Minter", plain(`${lpt(token.vaultWei)}, ${eth(minting.balanceWei)}`)],
        ...(token.treasuryWei === undefined ? [] : [["in the Treasury", plain(lpt(token.treasuryWei))] as FactParts]),
        ["inflation", plain(`${rate(minting.inflation)} a round, by ${rate(minting.inflationChange)} towards ${rate(minting.targetBondingRate)} bonded`)],
        ["minted this round", plain(`${lpt(minting.mintedWei)} of ${lpt(minting.mintableWei)}`)],
        ["fees owed", plain(eth(stake.feesWei))],
        ...(payments.kind === "none" ? [] : [["put down to pay", plain(`${eth(payments.depositsWei)} of deposits${payments.kind === "tickets" ? `, ${eth(payments.reservesWei)} of reserves` : `, ${eth(payments.escrowsWei)} in the escrow of ${plural(payments.jobs, "job")}`}, by ${plural(payments.payers, "account")}`)] as FactParts]),
      ]),
    },
    {
      title: "Stake",
      blocks: [
        ...facts([
          ["all stake", plain(lpt(stake.pendingWei)), `of ${plural(stake.delegators, "account")}, with everything earned; ${shareText(stake.pendingWei, token.supplyWei)} of the supply`],
          ["active", plain(`${lpt(stake.activeWei)} in this round, ${lpt(stake.nextActiveWei)} in the next`)],
          ["transcoders", plain(`${formatCount(stake.transcoders)}, ${formatCount(stake.poolSize)} of ${formatCount(stake.poolMaxSize)} places of the pool taken`)],
          ["unbonding", plain(`${lpt(stake.lockedWei)} under ${plural(stake.locks, "lock")}`)],
        ]),
        ...(stake.delegators === 0 ? [] : [{ kind: "chart", chart: distributionChart(totals) } as const]),
        ...(top.length === 0
          ? []
          : [{
              kind: "table",
              columns: ["Account", "Stake", "Share", "Delegate", "Fees", "Tokens"],
              rows: top.map((row) => [mono(row.account), plain(lpt(row.stakeWei)), plain(formatShare(row.sharePpm * 1_000n)), row.isTranscoder ? plain("itself") : mono(row.delegate), plain(eth(row.feesWei)), plain(lpt(row.tokensWei))]),
            } as const]),
      ],
    },
  ];
}

function accountSections(holdings: Holdings): ReportDocument["sections"] {
  const { transcoder, payer, votes, locks, delegate } = holdings;
  const exact = (wei: bigint | undefined): string => (wei === undefined ? "cannot be told: the contract reverts" : formatHuman(wei, "wei-lpt"));
  const eth = (wei: bigint | undefined): string => (wei === undefined ? "cannot be told: the contract reverts" : formatHuman(wei, "wei-eth"));
  return [
    {
      title: "Account",
      blocks: facts([
        ["address", mono(holdings.account)],
        ["tokens", plain(exact(holdings.tokensWei))],
        ["stake", plain(exact(holdings.pendingStakeWei)), `${holdings.status}; ${exact(holdings.bondedWei)} as of its last claim in round ${holdings.lastClaimRound}`],
        ["fees", plain(eth(holdings.pendingFeesWei))],
        ["delegated to", delegate === undefined ? plain("nobody") : delegate === holdings.account ? plain("itself") : mono(delegate), delegate === undefined || holdings.delegateIsTranscoder ? undefined : "which is no transcoder"],
        ...(holdings.delegatedWei === 0n ? [] : [["delegated to it", plain(exact(holdings.delegatedWei))] as FactParts]),
        ...(votes === undefined ? [] : [["votes", plain(exact(votes.nextRoundWei)), votes.hasCheckpoint ? "when the next round begins" : "it has no checkpoint, so it has none whatever its stake"] as FactParts]),
        ...(holdings.namedBy.length === 0 ? [] : [["named by", plain(holdings.namedBy.join(", "))] as FactParts]),
      ]),
    },
    ...(locks.length === 0
      ? []
      : [{
          title: "Unbonding",
          blocks: [{ kind: "table", columns: ["Lock", "Amount", "From round", ""], rows: locks.map((lock) => [plain(String(lock.id)), plain(exact(lock.amountWei)), plain(String(lock.withdrawRound)), plain(lock.canWithdraw ? "can be withdrawn" : "")]) } as const],
        }]),
    ...(transcoder === undefined
      ? []
      : [{
          title: "Transcoder",
          blocks: facts([
            ["active", plain(transcoder.isActive ? "yes" : "no"), transcoder.rank === undefined ? "not in the pool" : `place ${transcoder.rank} of the pool, ${plural(transcoder.delegators, "delegator")} with itself`],
            ["reward cut", plain(formatHuman(transcoder.rewardCutPpm, "percent-1e6"))],
            ["fee share", plain(formatHuman(transcoder.feeSharePpm, "percent-1e6"))],
            ...(transcoder.pricePerSegmentWei === 0n ? [] : [["price per segment", plain(eth(transcoder.pricePerSegmentWei))] as FactParts]),
            ["last reward", plain(`round ${transcoder.lastRewardRound}`)],
          ]),
        }]),
    ...(payer === undefined
      ? []
      : [{
          title: "To pay for work",
          blocks: facts([
            ["deposit", plain(eth(payer.depositWei))],
            ...(payer.kind === "tickets" ? [["reserve", plain(eth(payer.reserveWei))] as FactParts] : []),
            ...(payer.withdrawAt === 0n ? [] : [["can be withdrawn", plain(`from ${payer.kind === "tickets" ? "round" : "block"} ${payer.withdrawAt}`)] as FactParts]),
          ]),
        }]),
  ];
}

type FactParts = [label: string, value: Fact["value"], note?: string | undefined];

function facts(parts: readonly FactParts[]): Block[] {
  return [{ kind: "facts", facts: parts.map(([label, value, note]) => ({ label, value, note })) }];
}

function shareText(part: bigint, whole: bigint): string {
  return whole === 0n ? "none" : formatShare((part * 1_000_000_000n) / whole);
}
