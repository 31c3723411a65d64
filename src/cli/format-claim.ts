import type { OpenedClaim, OpenedClaims } from "../fork/claim/open-claim.ts";
import type { ClaimChoice } from "../fork/loading/claim-calls.ts";
import type { StagedClaims } from "../fork/loading/claims-state.ts";
import { formatPhase } from "../fork/loading/judge-claims.ts";
import type { Call } from "../proposal/call.ts";
import { plural } from "../protocol/plural.ts";
import { printable } from "../protocol/printable.ts";
import { formatHuman } from "../protocol/units.ts";
import { styleFor } from "./style.ts";

/** What is there to be claimed, and when, for people. */
export function formatClaims(opened: OpenedClaims): string {
  const { published, state, path } = opened;
  const { chainId, contract, tree } = published;
  return [
    `${plural(tree.rowCount, "account")} can claim ${formatHuman(tree.tokensWei, "wei-lpt")} and ${formatHuman(tree.feesWei, "wei-eth")}`,
    line("contract", `${contract} on chain ${chainId}`),
    line("Controller", controllerText(opened)),
    line("state", formatPhase(state)),
    line("tree", `${tree.root}, as in ${printable(path)}`),
  ].join("\n");
}

/** What an account can claim, with all that it needs for that. */
export function formatClaim(opened: OpenedClaim, { delegate, recipient }: ClaimChoice, call: Call, stream: "stdout" | "stderr" = "stdout"): string {
  const style = styleFor(stream);
  const { account, claim, isClaimed, state, published } = opened;
  const [index, , own, stakeWei, tokensWei, feesWei] = claim.entry;
  return [
    style.bold(`${account} ${isClaimed ? "has claimed" : "can claim"} ${formatHuman(stakeWei, "wei-lpt")} of stake, ${formatHuman(tokensWei, "wei-lpt")} and ${formatHuman(feesWei, "wei-eth")}`),
    line("contract", `${published.contract} on chain ${published.chainId}`),
    line("Controller", controllerText(opened)),
    line("state", isClaimed ? "claimed" : formatPhase(state)),
    line("row", `${index} of ${plural(published.tree.rowCount, "account")} in the tree ${published.tree.root}`),
    line("bonded to", delegate === undefined ? `${own}, as in the snapshot` : `${delegate}, and to ${own} in the snapshot`),
    line("paid to", recipient ?? account),
    line("proof", claim.proof.join("\n".padEnd(WIDTH + 3))),
    line("calldata", call.data),
  ].join("\n");
}

/** What is left to do when a fork is complete that accounts claim from. */
export function formatStaged({ contract, file, state }: StagedClaims): string {
  return [
    `Claims from ${contract} are ${formatPhase(state)}.`,
    `Publish ${printable(file)}: with it everybody can work out the tree, open the claims, and claim (lpctl fork claim FILE).`,
  ].join("\n");
}

export function describeStaged({ contract, root, file, state }: StagedClaims): Record<string, unknown> {
  return { contract, root, file, phase: state.phase, opensAt: state.opensAt };
}

/** Another fork's claims may be in a file that somebody was given. */
function controllerText({ controller, isOfNetwork }: OpenedClaims): string {
  return `${controller}${isOfNetwork === false ? ", which is not that of the network: lpctl.yaml names another protocol" : ""}`;
}

const WIDTH = 12;

function line(name: string, value: string): string {
  return `  ${name.padEnd(WIDTH)}${value}`;
}

/** For `--json`. */
export function claimResult(opened: OpenedClaims, claim: { opened: OpenedClaim; choice: ClaimChoice; call: Call } | undefined, sent: readonly string[]): Record<string, unknown> {
  const { published, state, path, controller } = opened;
  const { chainId, contract, snapshotId, tree } = published;
  return {
    file: path,
    chainId,
    contract,
    controller,
    snapshot: snapshotId,
    root: tree.root,
    accounts: tree.rowCount,
    phase: state.phase,
    opensAt: state.opensAt,
    claimEnd: state.claimEnd === 0n ? null : state.claimEnd,
    claim: claim === undefined ? null : describeClaim(claim),
    sent,
  };
}

function describeClaim({ opened: { account, claim, isClaimed }, choice: { delegate, recipient }, call }: { opened: OpenedClaim; choice: ClaimChoice; call: Call }): Record<string, unknown> {
  const [index, , own, stakeWei, tokensWei, feesWei] = claim.entry;
  return { account, isClaimed, entry: { index, delegate: own, stakeWei, tokensWei, feesWei }, proof: claim.proof, delegate: delegate ?? own, recipient: recipient ?? account, call };
}
