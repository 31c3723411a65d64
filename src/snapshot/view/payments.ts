import type { Address } from "../../protocol/hex.ts";
import type { ContractView, StateView } from "./state-view.ts";

/** What somebody has put down to pay for work, in wei. */
export interface Payer {
  account: Address;
  depositWei: bigint;
  /** What pays for tickets when the deposit is empty; zero in a suite of jobs. */
  reserveWei: bigint;
  /** From when it can be withdrawn: a block in a suite of jobs, a round in one of tickets; zero when nobody asked. */
  withdrawAt: bigint;
}

export interface Job {
  id: bigint;
  broadcaster: Address;
  transcoder: Address;
  escrowWei: bigint;
  endBlock: bigint;
}

/** What pays for work: tickets, or jobs. Undefined where the state has neither. */
export function paymentsOf(view: StateView): "tickets" | "jobs" | undefined {
  if (view.find("TicketBroker") !== undefined) return "tickets";
  return jobsManagerOf(view) === undefined ? undefined : "jobs";
}

export function payerOf(view: StateView, account: Address): Payer {
  const broker = view.find("TicketBroker");
  if (broker !== undefined) {
    const sender = broker.cell("senders", account);
    return { account, depositWei: sender.member("deposit").number(), reserveWei: broker.cell("reserves", account).member("funds").number(), withdrawAt: sender.member("withdrawRound").number() };
  }
  const broadcaster = jobsManagerOf(view)?.cell("broadcasters", account);
  return { account, depositWei: broadcaster?.member("deposit").number() ?? 0n, reserveWei: 0n, withdrawAt: broadcaster?.member("withdrawBlock").number() ?? 0n };
}

/** Everybody who has put down anything, in the order of the preimages. */
export function* payersOf(view: StateView): Generator<Payer> {
  const broker = view.find("TicketBroker");
  const accounts = (broker ?? jobsManagerOf(view))?.cell(broker === undefined ? "broadcasters" : "senders").entries(view.addressKeys);
  if (accounts === undefined) return;
  const [deposit, withdrawAt] = [accounts.numbers("deposit"), accounts.numbers(broker === undefined ? "withdrawBlock" : "withdrawRound")];
  const reserve = broker?.cell("reserves").entries(view.addressKeys).numbers("funds");
  for (const [place, account] of view.state.preimages.addresses.entries()) {
    const payer = { account, depositWei: deposit(place), reserveWei: reserve?.(place) ?? 0n, withdrawAt: withdrawAt(place) };
    if (payer.depositWei > 0n || payer.reserveWei > 0n || payer.withdrawAt > 0n) yield payer;
  }
}

/** All jobs there ever were, by id. */
export function* jobsOf(view: StateView): Generator<Job> {
  const manager = jobsManagerOf(view);
  if (manager === undefined) return;
  const count = manager.number("numJobs");
  const jobs = manager.cell("jobs");
  for (let id = 0n; id < count; id += 1n) {
    const job = jobs.at(id);
    yield {
      id,
      broadcaster: job.member("broadcasterAddress").address(),
      transcoder: job.member("transcoderAddress").address(),
      escrowWei: job.member("escrow").number(),
      endBlock: job.member("endBlock").number(),
    };
  }
}

function jobsManagerOf(view: StateView): ContractView | undefined {
  const manager = view.find("JobsManager");
  return manager?.has("broadcasters") === true ? manager : undefined;
}
