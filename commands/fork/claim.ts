import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { id } from "ethers/hash";
import { Exit, LpctlError } from "../../src/errors.ts";
import type { Outcome } from "../../src/cli/base-command.ts";
import { confirmFlags, confirmSending } from "../../src/cli/confirm-sending.ts";
import { claimResult, formatClaim, formatClaims } from "../../src/cli/format-claim.ts";
import { addressOfKey } from "../../src/cli/key-address.ts";
import { keyFlags, loadSigner } from "../../src/cli/key-flags.ts";
import { writeReview } from "../../src/cli/output.ts";
import { writeProgress } from "../../src/cli/progress.ts";
import { ProjectCommand } from "../../src/cli/project-command.ts";
import type { Operation } from "../../src/chain/operation.ts";
import type { OpenedClaim, OpenedClaims } from "../../src/fork/claim/open-claim.ts";
import type { ClaimChoice } from "../../src/fork/loading/claim-calls.ts";
import type { Project } from "../../src/inspection/project.ts";
import type { Call } from "../../src/proposal/call.ts";
import type { Address } from "../../src/protocol/hex.ts";

export default class ForkClaim extends ProjectCommand<typeof ForkClaim> {
  static override summary = "Claim what an account has on a fork that was loaded with claims, or show how.";
  static override description =
    "Reads the claims.json that the fork has published, works its tree out again, and holds it against the contract. Without --key it shows the " +
    "account's row, its proof and the calldata, for a wallet or a Safe. With --key it sends them, and opens the claims before that where the review is " +
    "over and nobody did yet. Stake is bonded to the delegate of the snapshot unless --delegate names another. Exit code 5 while the review lasts.";
  static override args = { file: Args.string({ description: "The claims.json of the fork.", required: true }) };
  static override flags = {
    ...keyFlags,
    ...confirmFlags,
    account: Flags.string({ helpValue: "ADDRESS", summary: "Whose claim. Default: that of --key." }),
    delegate: Flags.string({ helpValue: "ADDRESS", summary: "Bond the stake to this one instead of the snapshot's delegate." }),
    recipient: Flags.string({ helpValue: "ADDRESS", summary: "Who gets the ether instead of the account." }),
    open: Flags.boolean({ summary: "Only open the claims, which anybody can do once the review is over.", exclusive: ["account", "delegate", "recipient"] }),
  };
  static override examples = [
    "<%= config.bin %> fork claim forks/local-1a2b3c4d-5e6f7a8b/claims.json --account 0x…",
    "<%= config.bin %> fork claim claims.json --network fork --key mine",
    "<%= config.bin %> fork claim claims.json --network fork --open --key anybody",
  ];

  protected override async execute(): Promise<Outcome> {
    const { key, open } = this.flags;
    const [delegate, recipient] = (["delegate", "recipient"] as const).map((name) => (this.flags[name] === undefined ? undefined : this.address(this.flags[name], `--${name}`)));
    const given = this.flags.account === undefined ? undefined : this.address(this.flags.account, "--account");
    const use = key === undefined ? "read" : "write";
    const project = await this.openProject(use);
    const { findClaim, openClaims } = await import("../../src/fork/claim/open-claim.ts");
    const claims = await openClaims(project, this.args.file);
    const account = given ?? (open ? undefined : await this.accountOfKey());
    if (account === undefined) return open && key !== undefined ? this.openThem(project, claims) : show(claims, undefined);
    const opened = await findClaim(project, claims, account);
    const { claimOperation } = await import("../../src/fork/claim/send-claim.ts");
    const choice = { delegate, recipient };
    const operation = claimOperation(project, opened, choice);
    const shown = { opened, choice, call: { to: opened.published.contract, data: operation.data, valueWei: 0n } };
    return key === undefined ? show(claims, shown) : this.send(project, shown, operation);
  }

  private async send(project: Project, shown: ShownClaim, operation: Operation): Promise<Outcome> {
    const { opened, choice, call } = shown;
    const { openOperation, requireClaimable, sendClaim } = await import("../../src/fork/claim/send-claim.ts");
    const known = await addressOfKey(await this.loadConfig(), await this.network("write"), this.flags.key);
    if (known !== undefined && known !== opened.account) throw otherAccount(opened.account, known);
    writeReview(`${formatClaim(opened, choice, call, "stderr")}\n`);
    await requireClaimable(project, opened, choice);
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    if (signer.address !== opened.account) throw otherAccount(opened.account, signer.address);
    await confirmSending(project, `Claim as ${signer.address}`, this.flags.confirm);
    const sent = await sendClaim(project, [openOperation(project, opened), operation], { signer, journalPath: await journalOf(project, call), onProgress: writeProgress });
    return { result: claimResult(opened, { ...shown, opened: { ...opened, isClaimed: true } }, sent), text: `${opened.account} has claimed: ${sent.join(", ")}` };
  }

  private async openThem(project: Project, claims: OpenedClaims): Promise<Outcome> {
    const { openOperation, requireOpenable, sendClaim } = await import("../../src/fork/claim/send-claim.ts");
    const next = `lpctl fork claim ${claims.path} --account 0x…`;
    requireOpenable(claims);
    if (claims.state.phase === "open") return { result: claimResult(claims, undefined, []), text: () => `The claims are open already\n${formatClaims(claims)}`, next };
    writeReview(`${formatClaims(claims)}\n`);
    const operation = openOperation(project, claims);
    const signer = await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send");
    await confirmSending(project, `Open the claims as ${signer.address}`, this.flags.confirm);
    const call = { to: claims.published.contract, data: operation.data, valueWei: 0n };
    const sent = await sendClaim(project, [operation], { signer, journalPath: await journalOf(project, call), onProgress: writeProgress });
    return { result: claimResult(claims, undefined, sent), text: `The claims are open: ${sent.join(", ")}`, next };
  }

  private async accountOfKey(): Promise<Address | undefined> {
    const known = await addressOfKey(await this.loadConfig(), await this.network("read"), this.flags.key);
    if (known !== undefined || this.flags.key === undefined) return known;
    return (await loadSigner(await this.loadConfig(), await this.network("write"), this.flags, "send")).address;
  }
}

interface ShownClaim {
  opened: OpenedClaim;
  choice: ClaimChoice;
  call: Call;
}

/** Nothing is sent: what there is, and what can be done with it. */
function show(claims: OpenedClaims, shown: ShownClaim | undefined): Outcome {
  const { state, path } = claims;
  const isWaiting = state.phase === "review" || state.phase === "nothing";
  const isLeft = shown?.opened.isClaimed !== true && state.phase !== "over";
  return {
    result: claimResult(claims, shown, []),
    text: () => (shown === undefined ? formatClaims(claims) : formatClaim(shown.opened, shown.choice, shown.call)),
    ...(isWaiting ? { exit: Exit.waiting } : {}),
    ...(isLeft && !isWaiting ? { next: `lpctl fork claim ${path} --key NAME` } : {}),
  };
}

async function journalOf(project: Project, { to, data }: Call): Promise<string> {
  const { journalFile } = await import("../../src/lifecycle/journals.ts");
  return journalFile(project, `claim-${id(`${to} ${data}`).slice(2, 18)}`);
}

function otherAccount(account: Address, signer: Address): LpctlError {
  return new LpctlError({
    code: "LPCTL_CLAIM_OTHER_ACCOUNT",
    exit: Exit.refused,
    message: `The claim is that of ${account}, and the key is that of ${signer}`,
    why: "nobody but the account claims for it",
    next: "Give the key of the account with --key, or leave --key out for the calldata",
    details: { account, signer },
  });
}
