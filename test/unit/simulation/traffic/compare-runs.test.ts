import { Interface } from "ethers";
import { describe, expect, test } from "vitest";
import type { Address, Hex } from "../../../../src/protocol/hex.ts";
import type { AddressBook } from "../../../../src/simulation/contract-book.ts";
import { compareRuns, formatPercent } from "../../../../src/simulation/traffic/compare-runs.ts";
import type { MinedTransaction } from "../../../../src/simulation/traffic/mined-transaction.ts";
import type { Run, TrafficLog } from "../../../../src/simulation/traffic/run.ts";
import { describeState, differingDeployments, differingState } from "../../../../src/simulation/traffic/storage-differences.ts";

const PROXY: Address = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const SENDER: Address = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const MINER: Address = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const abi = new Interface(["event Paid(address to, uint256 amount)", "event Closed()", "function pay() returns (uint256 paid)", "error TooLate(uint256 height)"]);
const book: AddressBook = {
  nameOf: (address) => (address === PROXY ? "Cashier" : undefined),
  layoutOf: (address) =>
    address === PROXY
      ? {
          storage: [{ label: "paid", slot: "0", offset: 0, type: "t_mapping" }],
          types: {
            t_mapping: { encoding: "mapping", label: "mapping(address => uint256)", numberOfBytes: "32", key: "t_address", value: "t_uint256" },
            t_address: { encoding: "inplace", label: "address", numberOfBytes: "20" },
            t_uint256: { encoding: "inplace", label: "uint256", numberOfBytes: "32" },
          },
        }
      : undefined,
  interfaceOf: (address) => (address === PROXY ? abi : undefined),
  keyNames: new Map(),
};

function run(change: Partial<Run> & { error?: string } = {}): Run {
  const { error, ...rest } = change;
  const output = rest.output ?? "0x";
  const calls = { type: "CALL" as const, from: SENDER, to: PROXY, valueWei: 0n, input: abi.encodeFunctionData("pay") as Hex, output, gasUsed: 50_000n, children: [], ...(error === undefined ? {} : { error }) };
  return { status: error === undefined ? "success" : "reverted", gasUsed: 50_000n, output, logs: [], calls, diffs: [], ...rest };
}

function paid(amount: bigint, to: Address = SENDER): TrafficLog {
  const { topics, data } = abi.encodeEventLog("Paid", [to, amount]);
  return { address: PROXY, topics: topics as Hex[], data: data as Hex };
}
const closed: TrafficLog = { address: PROXY, topics: abi.encodeEventLog("Closed", []).topics as Hex[], data: "0x" };
const number = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

describe("two runs of a transaction", () => {
  test("that are alike show no difference", () => {
    expect(compareRuns(run({ logs: [paid(1n), closed] }), run({ logs: [paid(1n), closed] }), book)).toEqual([]);
  });

  test("show a changed event by argument, and those that came or went", () => {
    const [changed, gone] = compareRuns(run({ logs: [paid(1n), closed] }), run({ logs: [paid(2n)] }), book);
    expect(changed).toMatchObject({ kind: "events", event: "Paid(address,uint256)", detail: "Cashier.Paid(address,uint256): amount: 1 becomes 2" });
    expect(gone).toMatchObject({ what: "Cashier.Closed() is not emitted any more" });
    expect(compareRuns(run({ logs: [paid(1n)] }), run({ logs: [paid(1n), paid(1n)] }), book).map(({ what }) => what)).toEqual(["Cashier.Paid(address,uint256) is emitted as well"]);
    expect(compareRuns(run({ logs: [paid(1n), closed] }), run({ logs: [closed, paid(1n)] }), book).map(({ what }) => what)).toEqual(["the order of events"]);
  });

  test("show what is returned, decoded, and another reason to revert", () => {
    expect(compareRuns(run({ output: number(1n) }), run({ output: number(2n) }), book)).toMatchObject([{ kind: "return", detail: "returned 1, and 2 on the new code" }]);
    const late = (height: bigint) => run({ error: "execution reverted", output: abi.encodeErrorResult("TooLate", [height]) as Hex });
    expect(compareRuns(late(1n), late(2n), book)).toMatchObject([{ kind: "return", what: "reverts with other data" }]);
    expect(compareRuns(run(), late(7n), book)).toMatchObject([{ kind: "success", what: "reverts: Cashier: TooLate(...)" }]);
    expect(compareRuns(late(7n), run(), book)).toMatchObject([{ kind: "success", what: "succeeds instead of: Cashier: TooLate(...)" }]);
  });

  test("are not afraid of megabytes and terminal colours in what is returned", () => {
    const many = `0x${"1b5b33316d".repeat(400_000)}` as const;
    const [difference] = compareRuns(run({ output: many, error: "execution reverted" }), run(), book);
    expect(difference?.detail).toBe("reverted (2000000 bytes of revert data), and succeeds on the new code");
    const [other] = compareRuns(run({ output: many }), run(), book);
    expect(other?.detail.length).toBeLessThan(400);
  });

  test.each([
    [50_001n, "less than 1 % more gas", "+0.00 %"],
    [52_500n, "5 to 10 % more gas", "+5.00 %"],
    [100_000n, "at least 100 % more gas", "+100.00 %"],
    [25_000n, "50 to 100 % less gas", "-50.00 %"],
  ])("put %i gas instead of 50000 into a class", (gasUsed, what, percent) => {
    const [difference] = compareRuns(run(), run({ gasUsed }), book);
    expect(difference).toMatchObject({ kind: "gas", what, detail: `50000 gas becomes ${gasUsed} (${percent})` });
    expect(formatPercent(difference?.gasPpm ?? 0n)).toBe(percent);
  });
});

describe("what two runs leave behind", () => {
  const transaction = { from: SENDER, gasPriceWei: 10n, block: { coinbase: MINER, baseFeeWei: 4n } } as MinedTransaction;
  const after = (gasUsed: bigint, word: bigint, bonus = 0n): Run =>
    run({
      gasUsed,
      diffs: [
        { address: SENDER, storage: [], balanceWei: { before: 1_000_000n, after: 1_000_000n - gasUsed * 10n + bonus }, nonce: { before: 1n, after: 2n } },
        { address: MINER, storage: [], balanceWei: { before: 0n, after: gasUsed * 6n } },
        { address: PROXY, storage: [{ slot: number(99n), before: number(0n), after: number(word) }] },
      ],
    });

  test("is the same when only gas differs", () => {
    expect(differingState(after(50_000n, 1n), after(70_000n, 1n), transaction, [])).toEqual([]);
  });

  test("shows ether that gas does not explain, and words, but not the one that names the code", () => {
    expect(differingState(after(50_000n, 1n), after(50_000n, 1n, 3n), transaction, [])).toMatchObject([{ address: SENDER, storage: [] }]);
    expect(differingState(after(50_000n, 1n), after(50_000n, 2n), transaction, [])).toEqual([{ address: PROXY, storage: [{ slot: number(99n), before: number(1n), after: number(2n) }] }]);
    expect(differingState(after(50_000n, 1n), after(50_000n, 2n), transaction, [{ address: PROXY, slot: number(99n) }])).toEqual([]);
  });

  test("shows a word that one of them left alone as it was", () => {
    expect(differingState(run({ diffs: [] }), after(50_000n, 5n), { ...transaction, gasPriceWei: 0n, block: { ...transaction.block, baseFeeWei: 0n } }, []).find(({ address }) => address === PROXY)?.storage).toEqual([
      { slot: number(99n), before: number(0n), after: number(5n) },
    ]);
  });

  test("is told by name, alike for all keys of a mapping", async () => {
    const { hashToSlot, slotHex } = await import("../../../../src/simulation/slot-hash.ts");
    const slot = number(hashToSlot(slotHex(BigInt(SENDER)) + slotHex(0n)));
    const [difference] = describeState([{ address: PROXY, storage: [{ slot, before: number(1n), after: number(2n) }] }], { after: book, before: book }, { keys: [number(BigInt(SENDER))], preimages: [] });
    expect(difference).toMatchObject({ what: "Cashier.paid[*]", path: `Cashier.paid[${SENDER}]`, detail: `Cashier.paid[${SENDER}] is 1 after the old code, 2 after the new` });
  });

  test("includes the code of contracts that are deployed on the way, unless they were rolled back", () => {
    const creating = (output: Hex, error?: string): Run => {
      const made = run();
      return { ...made, calls: { ...made.calls, children: [{ ...made.calls, type: "CREATE", to: MINER, output, ...(error === undefined ? {} : { error }) }] } };
    };
    expect(differingDeployments(creating("0x01"), creating("0x02"))).toMatchObject([{ kind: "storage", what: "a contract gets other code" }]);
    expect(differingDeployments(creating("0x01"), creating("0x01"))).toEqual([]);
    expect(differingDeployments(creating("0x01", "out of gas"), creating("0x02", "out of gas"))).toEqual([]);
  });
});
