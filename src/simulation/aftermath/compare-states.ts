import type { LivingState } from "./living-state.ts";

/** What accounts and totals are instead of what they would be, one line each. */
export function compareStates(is: LivingState | undefined, was: LivingState | undefined): string[] {
  if (was === undefined) return [];
  if (is === undefined) return ["the protocol can no longer be read"];
  const before = new Map(figuresOf(was));
  return figuresOf(is).flatMap(([label, value]) => {
    const old = before.get(label);
    return old === value ? [] : [`${label} is ${value} instead of ${old ?? "nothing"}`];
  });
}

function figuresOf(state: LivingState): [string, string][] {
  const totals = { ...state.rounds, ...state.stake, ...state.minting, supply: state.supply, vaultTokens: state.vaultTokens, vaultWei: state.vaultWei, votes: state.votes };
  const rows: [string, unknown][] = [
    ...Object.entries(totals),
    ["the pool", state.pool.map(({ address, stake }) => `${address} ${String(stake)}`).join(", ")],
    ...state.accounts.flatMap(({ address, locks, ...account }) => [
      ...Object.entries(account).map(([name, value]): [string, unknown] => [`${name} of ${address}`, value]),
      ...locks.map(({ id, amount, withdrawRound }): [string, unknown] => [`lock ${id} of ${address}`, `${String(amount)} from round ${String(withdrawRound)}`]),
    ]),
    ...state.transcoders.flatMap(({ address, terms, ...transcoder }) => Object.entries({ ...transcoder, ...terms }).map(([name, value]): [string, unknown] => [`${name} of ${address}`, value])),
    ...state.payers.map(({ address, funds }): [string, unknown] => [`what ${address} has to pay with`, funds.map(String).join(" / ")]),
    ...state.jobs.map(({ jobId, fields }): [string, unknown] => [`job ${jobId}`, fields]),
  ];
  return rows.map(([label, value]) => [label, String(value)]);
}
