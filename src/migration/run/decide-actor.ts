import { readCallerOfAll } from "../../authority/climb.ts";
import { LpctlError } from "../../errors.ts";
import type { Rpc } from "../../chain/rpc.ts";
import type { Call } from "../../proposal/call.ts";
import type { Actor, Address } from "../script/define-migration.ts";
import type { PlacedOperation } from "./read-operations.ts";

/** Decides who acts, where the script leaves it open: the chain is asked, never the configuration. */
export class ActorChoice {
  readonly #rpc: Rpc;
  readonly #sender: Address;
  /** Contract and selector that the sender may call: of 100,000 rows that differ in their data only, one is tried. */
  readonly #open = new Set<string>();

  constructor(rpc: Rpc, sender: Address) {
    this.#rpc = rpc;
    this.#sender = sender;
  }

  /** @param isEnacted asked before anybody is: whom to ask for what is done is no question */
  async choose({ as, calls, independent }: PlacedOperation, isEnacted: () => Promise<boolean>): Promise<Actor> {
    if (as !== undefined) return as;
    const made = callsOf(calls);
    if (made.length < calls.length) return "sender";
    const keys = made.map(({ to, data }) => `${to} ${data.slice(0, 10)}`);
    if (independent && keys.every((key) => this.#open.has(key))) return "sender";
    if (await isEnacted()) return "sender";
    const actor = (await this.#mayCall(made)) ? "sender" : await this.#askAuthority(made);
    if (actor === "sender") for (const key of keys) this.#open.add(key);
    return actor;
  }

  async #mayCall(calls: readonly Call[]): Promise<boolean> {
    try {
      await Promise.all(calls.map(({ to, data, valueWei }) => this.#rpc.call({ from: this.#sender, to, data, ...(valueWei === 0n ? {} : { valueWei }) })));
      return true;
    } catch (error) {
      if (error instanceof LpctlError && error.code === "LPCTL_CHAIN_CALL_REVERTED") return false;
      throw error;
    }
  }

  /** A call that fails for everybody is left to the sender: the chain then says why. */
  async #askAuthority(calls: readonly Call[]): Promise<Actor> {
    try {
      return (await readCallerOfAll(this.#rpc, calls)).toLowerCase() === this.#sender.toLowerCase() ? "sender" : "authority";
    } catch (error) {
      if (error instanceof LpctlError && error.code === "LPCTL_AUTHORITY_UNKNOWN") return "sender";
      throw error;
    }
  }
}

/** Without deployments, which nobody has to allow. */
export function callsOf(calls: PlacedOperation["calls"]): Call[] {
  return calls.flatMap(({ to, data, valueWei }) => (to === null ? [] : [{ to, data, valueWei }]));
}
