import { Exit, LpctlError } from "../errors.ts";
import type { GenesisVerification } from "../genesis/verify-genesis.ts";
import type { VerifyRow } from "../genesis/verify-genesis-questions.ts";
import { styleFor, symbols } from "./style.ts";

const PREDICTED: Record<GenesisVerification["predicted"], string> = {
  kept: "predicted before the genesis",
  again: "predicted again, on an empty chain",
  none: "it could not be predicted again",
};

/** Where a genesis was never run, everything differs; the first ones of a group tell that as well as all five hundred. */
const SHOWN_OF_A_GROUP = 5;

/** What was compared, group by group, and the first comparisons of each that do not hold; or all comparisons. */
export function formatGenesisVerification(verification: GenesisVerification, all: boolean): string {
  const style = styleFor("stdout");
  const { equal, block, deployer, firstNonce, controller, genesisManager, distribution, planHash, transactions, predicted, predictionHash, groups, rows } = verification;
  const line = (name: string, value: string): string => `  ${name.padEnd(16)}${value}`;
  const different = rows.filter(({ holds }) => !holds);
  const shown = all ? rows : groups.flatMap(({ group }) => different.filter((row) => row.group === group).slice(0, SHOWN_OF_A_GROUP));
  const left = all ? 0 : different.length - shown.length;
  return [
    equal
      ? `${style.green(symbols.done)} verified: the chain is as the genesis file says`
      : `${style.red(symbols.failed)} different from the genesis file`,
    line("block", `${block.number} ${style.dim(block.hash)}`),
    line("deployer", `${deployer}, from nonce ${firstNonce} on`),
    line("Controller", controller),
    line("GenesisManager", genesisManager),
    line(distribution.kind, distribution.address),
    line("plan hash", planHash),
    ...(transactions.sent === transactions.planned ? [] : [line("sent", style.red(`${transactions.sent} of ${transactions.planned} transactions: the genesis is not over`))]),
    line("state hash", `${predictionHash ?? "unknown"}  ${style.dim(PREDICTED[predicted])}`),
    "",
    ...groups.map(({ group, compared, different }) =>
      line(group, different === 0 ? `${style.green(symbols.done)} ${compared} equal` : `${style.red(symbols.failed)} ${different} of ${compared} different`),
    ),
    ...(shown.length === 0 ? [] : [""]),
    ...shown.map(formatRow),
    ...(left === 0 ? [] : [style.dim(`  and ${left} more; --all shows every comparison`)]),
  ].join("\n");
}

function formatRow({ what, expected, found, holds, why }: VerifyRow): string {
  const style = styleFor("stdout");
  if (holds) return `  ${style.green(symbols.done)} ${what}: ${found ?? ""}`;
  const actual = found === null ? `could not be read (${why ?? "no reason was given"})` : found;
  return `  ${style.red(symbols.failed)} ${what}: ${actual}\n      expected ${expected}`;
}

/** The verdict of a verification that found something. */
export function differentGenesis({ rows, block, transactions }: GenesisVerification, network: string, file: string): LpctlError {
  const different = rows.filter(({ holds }) => !holds);
  const unread = different.filter(({ found }) => found === null).length;
  return new LpctlError({
    code: "LPCTL_GENESIS_DIFFERENT",
    exit: Exit.different,
    message: `${different.length} of ${rows.length} comparisons differ on network ${network} at block ${block.number}`,
    why: unread === 0 ? different[0]?.what : `${unread} of them could not be read`,
    next:
      transactions.sent < transactions.planned
        ? `lpctl genesis run ${file} --network ${network} --key NAME`
        : "If the protocol has been used since, verify the block at which the genesis ended: --block N",
    details: { different: different.length, compared: rows.length, unread, ...transactions },
  });
}
