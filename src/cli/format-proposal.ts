import { describeIntent } from "../lifecycle/describe-intent.ts";
import type { Proposal } from "../proposal/proposal.ts";
import type { StoredProposal } from "../proposal/store.ts";
import { decodeKnownCall } from "../protocol/decode-known.ts";
import { printable } from "../protocol/printable.ts";
import type { KillCertificate } from "../rehearsal/kill/certificate.ts";
import { styleFor } from "./style.ts";

/** What a proposal does, in words and in calls decoded from their bytes. Its title is free text and no part of this. */
export function formatChange({ intents, calls }: Proposal, stream: "stdout" | "stderr"): string {
  const style = styleFor(stream);
  return [
    style.bold("Intents"),
    ...intents.map((intent) => `  ${printable(describeIntent(intent))}`),
    `\n${style.bold("Calls")}`,
    ...calls.flatMap(({ to, valueWei, data }) => {
      const decoded = decodeKnownCall(data);
      return [
        `  ${to}${valueWei === 0n ? "" : `  value ${valueWei} wei`}`,
        ...(decoded === undefined
          ? []
          : [`    ${decoded.signature}`, ...decoded.args.map((arg) => `      ${arg.name || arg.type}: ${arg.value}`)]),
        `    ${style.dim(data)}`,
      ];
    }),
  ].join("\n");
}

/** A proposal as text. Calls are decoded from their bytes, not taken from anything the file says about them. */
export function formatProposal({ proposal, name, folder }: StoredProposal, certificate?: KillCertificate): string {
  const style = styleFor("stdout");
  const heading = (text: string): string => `\n${style.bold(text)}`;
  return [
    `${name}  ${printable(proposal.title)}`,
    `id        ${proposal.id}`,
    `network   ${printable(proposal.network)} (chain ${proposal.chainId})`,
    ...(proposal.effectsHash === undefined ? [] : [`effects   ${proposal.effectsHash}`]),
    `folder    ${folder}`,
    "",
    formatChange(proposal, "stdout"),
    heading("Made by"),
    ...proposal.authorities.map(({ kind, address }) => `  ${kind} ${address}`),
    ...(proposal.code.length === 0
      ? []
      : [
          heading("Code"),
          ...proposal.code.flatMap((code) => [
            `  ${code.address}  ${printable(code.source ?? "source unknown")}`,
            `    code hash ${code.codeHash}${code.compiler === undefined ? "" : `, solc ${printable(code.compiler)}`}`,
          ]),
        ]),
    heading("Must hold before"),
    ...proposal.preconditions.map(({ read, expect }) => `  ${printable(read.label)} = ${expect}`),
    heading("Must hold after"),
    ...proposal.postconditions.map(({ read, expect }) => `  ${printable(read.label)} = ${expect}`),
    ...(certificate === undefined ? [] : [heading("Rehearsed while killed, says a file beside it"), ...formatCertificate(certificate)]),
  ].join("\n");
}

function formatCertificate({ plan, kills, duplicates, missing, stuck, findings, undisturbed, lpctl }: KillCertificate): string[] {
  return [
    `  ${plan.kind} ${plan.file}, sha256 ${plan.sha256}`,
    `  ${kills} processes killed on the way to ${undisturbed.transactions} transactions: ${duplicates} twice, ${missing} missing, ${stuck} processes stuck, ${findings.length} findings`,
    `  by ${lpctl}; anybody can see for themselves: lpctl rehearse --kill ${plan.file}`,
  ];
}
