import { expect, test } from "vitest";
import { guardedSigner, type Incident } from "../../../src/keys/guarded-signer.ts";
import { walletSigner } from "../../../src/keys/unlocked-key.ts";
import { refusalOf } from "../safe/local-safe.ts";
import { ADDRESS, answering, GOOD, HASHES, OTHER_KEY, REQUEST, withHighS, withLowV, WRONG_ANSWERS } from "./typed-note.ts";

const UNSIGNED = { chainId: 31337n, nonce: 1n, to: ADDRESS, data: "0x12345678", valueWei: 0n, gasLimit: 100_000n, maxFeePerGasWei: 2n, maxPriorityFeePerGasWei: 1n } as const;

test.each([
  ["as it is", GOOD],
  ["with v of 0 or 1", withLowV(GOOD)],
  ["with a high s", withHighS(GOOD)],
  ["with a high s and v of 0 or 1", withLowV(withHighS(GOOD))],
  ["without 0x, in capitals", GOOD.slice(2).toUpperCase()],
])("takes a right signature %s, and gives the one form", async (_how, answer) => {
  const incidents: Incident[] = [];
  const signer = guardedSigner(answering(answer), (incident) => void incidents.push(incident));
  expect(await signer.signTypedData(...REQUEST)).toBe(GOOD);
  expect(incidents).toEqual([]);
});

test.each(WRONG_ANSWERS)("refuses and records %s, says what it is, and never asks again", async (_what, answer, says) => {
  const incidents: Incident[] = [];
  const inner = answering(answer);
  const signer = guardedSigner(inner, (incident) => void incidents.push(incident));
  const error: unknown = await signer.signTypedData(...REQUEST).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: "LPCTL_KEYS_WRONG_SIGNATURE", exit: 3, message: expect.stringMatching(says) as string, why: expect.stringContaining("Radiant") as string });
  expect(incidents).toEqual([{ what: expect.stringMatching(says) as string, signer: ADDRESS, safeTxHash: HASHES.safeTxHash, detail: `asked for ${HASHES.safeTxHash}, got ${answer}` }]);
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_WRONG_SIGNATURE");
  expect(await refusalOf(() => signer.signTransaction(UNSIGNED))).toBe("LPCTL_KEYS_WRONG_SIGNATURE");
  expect(inner.asked).toBe(1);
});

test.each(["", "hello", "0x", GOOD.slice(0, -2), `${GOOD}00`, `${GOOD}\n${GOOD}`, "null"])("does not take %j for a signature, nor for an incident", async (answer) => {
  const incidents: Incident[] = [];
  const signer = guardedSigner(answering(answer), (incident) => void incidents.push(incident));
  expect(await refusalOf(() => signer.signTypedData(...REQUEST))).toBe("LPCTL_KEYS_NO_SIGNATURE");
  expect(incidents).toEqual([]);
});

test("refuses all the same when the incident cannot be recorded, and says so", async () => {
  const signer = guardedSigner(answering(WRONG_ANSWERS[1]?.[1] ?? ""), () => Promise.reject(new Error("the disk is full")));
  await expect(signer.signTypedData(...REQUEST)).rejects.toMatchObject({ code: "LPCTL_KEYS_WRONG_SIGNATURE", why: expect.stringContaining("the disk is full") as string });
});

test("a signed transaction that is not the one asked for is an incident too", async () => {
  const incidents: Incident[] = [];
  const record = (incident: Incident): void => void incidents.push(incident);
  const good = guardedSigner(answering(GOOD), record);
  expect(await good.signTransaction(UNSIGNED)).toMatch(/^0x02/);
  const otherNonce = answering(GOOD, { signTransaction: (transaction) => answering(GOOD).signTransaction({ ...transaction, nonce: 9n }) });
  expect(await refusalOf(() => guardedSigner(otherNonce, record).signTransaction(UNSIGNED))).toBe("LPCTL_KEYS_WRONG_SIGNATURE");
  const otherKey = answering(GOOD, { signTransaction: (transaction) => walletSigner(OTHER_KEY).signTransaction(transaction) });
  expect(await refusalOf(() => guardedSigner(otherKey, record).signTransaction(UNSIGNED))).toBe("LPCTL_KEYS_WRONG_SIGNATURE");
  expect(incidents.map(({ what }) => what)).toEqual([expect.stringMatching(/Its nonce differs$/), expect.stringContaining("It is signed by")]);
});

test("a key that cannot send says so before it is asked", async () => {
  const signer = guardedSigner(answering(GOOD, { canSend: false }), () => undefined);
  expect(await refusalOf(() => signer.signTransaction(UNSIGNED))).toBe("LPCTL_KEYS_CANNOT_SEND");
});
