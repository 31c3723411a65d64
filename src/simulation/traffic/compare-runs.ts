/** How a transaction differs between two runs, storage left to `storage-differences.ts`. Pure. */
import { FunctionFragment } from "ethers/abi";
import { decodeKnownEvent, formatArgument, knownInterface } from "../../protocol/decode-known.ts";
import type { Hex } from "../../protocol/hex.ts";
import { printable } from "../../protocol/printable.ts";
import { namesOf, type AddressBook } from "../contract-book.ts";
import { findRevertReason } from "../decode-calls.ts";
import { nameAddresses } from "../name-addresses.ts";
import type { DifferenceKind } from "../../outcome/traffic.ts";
import type { Run, TrafficLog } from "./run.ts";

export interface Difference {
  kind: DifferenceKind;
  /** What transactions have in common that differ alike. */
  what: string;
  detail: string;
  /** `gas`: parts per million more (or less, negative) than the old code used. */
  gasPpm?: bigint | undefined;
  /** `storage`: `JobsManager.jobs[3].endBlock`, its slot where no layout explains it. */
  path?: string | undefined;
  /** `events`: `NewJob(address,uint256)`, its first topic where no ABI explains it. */
  event?: string | undefined;
}

const LONGEST_DECODED = 8_192;
const LONGEST_SHOWN = 300;

/** Differences in success, return data, events and gas. When one run fails and the other does not, all else follows from that. */
export function compareRuns(before: Run, after: Run, book: AddressBook): Difference[] {
  if (before.status !== after.status) return [compareSuccess(before, after, book)];
  return [...compareReturns(before, after, book), ...compareEvents(before.logs, after.logs, book), ...compareGas(before.gasUsed, after.gasUsed)];
}

function compareSuccess(before: Run, after: Run, book: AddressBook): Difference {
  const failed = after.status === "reverted" ? after : before;
  const reason = shortened(reasonOf(failed, book));
  const kind = `${reason.replace(/\(.*\)$/s, "(...)").replaceAll(/0x[0-9a-fA-F]{40,}/g, "0x...")}`;
  return after.status === "reverted"
    ? { kind: "success", what: `reverts: ${kind}`, detail: `succeeded, and reverts on the new code: ${reason}` }
    : { kind: "success", what: `succeeds instead of: ${kind}`, detail: `reverted (${reason}), and succeeds on the new code` };
}

function reasonOf(run: Run, book: AddressBook): string {
  if (run.output.length > LONGEST_DECODED) return `${(run.output.length - 2) / 2} bytes of revert data`;
  return findRevertReason(run.calls, book) ?? "without a reason";
}

function compareReturns(before: Run, after: Run, book: AddressBook): Difference[] {
  if (before.output === after.output) return [];
  if (before.status === "reverted") {
    const [was, is] = [shortened(reasonOf(before, book)), shortened(reasonOf(after, book))];
    return [{ kind: "return", what: "reverts with other data", detail: was === is ? `reverts with other data: ${showBytes(before.output)} becomes ${showBytes(after.output)}` : `reverts in another way: "${was}" becomes "${is}"` }];
  }
  const show = (run: Run): string => showReturn(run, book);
  return [{ kind: "return", what: "returns something else", detail: `returned ${show(before)}, and ${show(after)} on the new code` }];
}

function showReturn({ calls, output }: Run, book: AddressBook): string {
  if (output === "0x") return "nothing";
  const selector = calls.input.slice(0, 10);
  const contract = book.interfaceOf(calls.to) ?? knownInterface();
  const fragment = selector.length < 10 || output.length > LONGEST_DECODED ? null : contract.getFunction(selector);
  if (!(fragment instanceof FunctionFragment)) return showBytes(output);
  try {
    const values = contract.decodeFunctionResult(fragment, output);
    return shortened(fragment.outputs.map((type, index) => formatArgument(type, values[index])).join(", "));
  } catch {
    return showBytes(output);
  }
}

function compareEvents(before: readonly TrafficLog[], after: readonly TrafficLog[], book: AddressBook): Difference[] {
  const gone = subtract(before, after);
  const fresh = subtract(after, before);
  if (gone.length + fresh.length === 0) {
    const isSame = before.every((log, index) => keyOf(log) === keyOf(after[index]));
    return isSame ? [] : [{ kind: "events", what: "the order of events", detail: "the same events in another order" }];
  }
  const differences: Difference[] = [];
  for (const log of gone) {
    const at = fresh.findIndex((other) => other.address === log.address && other.topics[0] === log.topics[0]);
    const [other] = at === -1 ? [] : fresh.splice(at, 1);
    const { label, event } = nameEvent(log, book);
    differences.push(
      other === undefined
        ? { kind: "events", what: `${label} is not emitted any more`, detail: `no longer emitted: ${showEvent(log, book)}`, event }
        : { kind: "events", what: `${label} says something else`, detail: describeChange(log, other, label, book), event },
    );
  }
  for (const log of fresh) {
    const { label, event } = nameEvent(log, book);
    differences.push({ kind: "events", what: `${label} is emitted as well`, detail: `emitted as well: ${showEvent(log, book)}`, event });
  }
  return differences;
}

/** What `list` holds more often than `other`, in the order of `list`. */
function subtract(list: readonly TrafficLog[], other: readonly TrafficLog[]): TrafficLog[] {
  const counts = new Map<string, number>();
  for (const log of other) counts.set(keyOf(log), (counts.get(keyOf(log)) ?? 0) + 1);
  return list.filter((log) => {
    const left = counts.get(keyOf(log)) ?? 0;
    counts.set(keyOf(log), left - 1);
    return left <= 0;
  });
}

function keyOf(log: TrafficLog | undefined): string {
  return log === undefined ? "" : `${log.address} ${log.topics.join()} ${log.data}`;
}

function nameEvent(log: TrafficLog, book: AddressBook): { label: string; event: string } {
  const contract = printable(book.nameOf(log.address) ?? log.address);
  const event = decodeKnownEvent(log, book.interfaceOf(log.address))?.signature ?? log.topics[0] ?? "an event without a topic";
  return { label: `${contract}.${event}`, event };
}

function argumentsOf(log: TrafficLog, book: AddressBook): { name: string; value: string }[] | undefined {
  const decoded = log.data.length > LONGEST_DECODED ? undefined : decodeKnownEvent(log, book.interfaceOf(log.address));
  return decoded === undefined ? undefined : nameAddresses(decoded.args, namesOf(book));
}

function showEvent(log: TrafficLog, book: AddressBook): string {
  const { label } = nameEvent(log, book);
  const args = argumentsOf(log, book);
  const text = args?.map(({ name, value }) => `${name}: ${value}`).join(", ") ?? `${log.topics.slice(1).join(" ")} ${showBytes(log.data)}`.trim();
  return shortened(`${label} ${text}`.trim());
}

function describeChange(was: TrafficLog, is: TrafficLog, label: string, book: AddressBook): string {
  const [before, after] = [argumentsOf(was, book), argumentsOf(is, book)];
  if (before === undefined || after === undefined) return shortened(`${label}: ${showBytes(was.data)} becomes ${showBytes(is.data)}`);
  const changed = before.flatMap(({ name, value }, index) => {
    const other = after[index]?.value;
    return other === value ? [] : [`${name}: ${value} becomes ${other ?? "nothing"}`];
  });
  return shortened(`${label}: ${changed.join(", ")}`);
}

const GAS_STEPS = [1n, 5n, 10n, 20n, 50n, 100n];

function compareGas(before: bigint, after: bigint): Difference[] {
  if (before === after) return [];
  // Rounded up, so that no bound is passed by a fraction.
  const gasPpm = before === 0n ? 1_000_000n : ((after - before) * 1_000_000n + (after > before ? before - 1n : 0n)) / before;
  const size = gasPpm < 0n ? -gasPpm : gasPpm;
  const step = GAS_STEPS.findIndex((percent) => size < percent * 10_000n);
  const range = step === -1 ? "at least 100 %" : step === 0 ? "less than 1 %" : `${GAS_STEPS[step - 1]} to ${GAS_STEPS[step]} %`;
  const word = after > before ? "more" : "less";
  return [{ kind: "gas", what: `${range} ${word} gas`, detail: `${before} gas becomes ${after} (${formatPercent(gasPpm)})`, gasPpm }];
}

/** `+4.82 %`. Of parts per million. */
export function formatPercent(ppm: bigint): string {
  const size = ppm < 0n ? -ppm : ppm;
  const hundredths = (size + 50n) / 100n;
  return `${ppm < 0n ? "-" : "+"}${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, "0")} %`;
}

function showBytes(bytes: Hex): string {
  return bytes.length <= 140 ? bytes : `${bytes.slice(0, 74)}... (${(bytes.length - 2) / 2} bytes)`;
}

function shortened(text: string): string {
  const clean = printable(text);
  return clean.length <= LONGEST_SHOWN ? clean : `${clean.slice(0, LONGEST_SHOWN)}...`;
}
