import { z } from "zod";
import { LpctlError } from "../errors.ts";
import { fromErrorObject, type Endpoint } from "./rpc-errors.ts";

/** What an endpoint once said to one request: a result, or the `error` member of its answer. */
export const recordedAnswerSchema = z.strictObject({
  method: z.string().regex(/^[a-z][a-zA-Z0-9]*_[a-zA-Z0-9]+$/, "not a method").max(60),
  params: z.array(z.json()),
  result: z.json().optional(),
  error: z.strictObject({ code: z.number(), message: z.string(), data: z.string().optional() }).optional(),
});
export type RecordedAnswer = z.infer<typeof recordedAnswerSchema>;

/** The error as the node worded it; undefined for failures that were none of the node's: those are not worth recording. */
export function toRecordedError(error: unknown): RecordedAnswer["error"] {
  if (!(error instanceof LpctlError) || (error.code !== "LPCTL_CHAIN_CALL_REVERTED" && error.code !== "LPCTL_RPC_ERROR")) return undefined;
  const { rpcCode, rpcMessage, data } = error.details ?? {};
  if (typeof rpcCode !== "number" || typeof rpcMessage !== "string") return undefined;
  return { code: rpcCode, message: rpcMessage, ...(typeof data === "string" ? { data } : {}) };
}

/** Gives the answer, or throws it. */
export function settle(answer: RecordedAnswer, endpoint: Endpoint): unknown {
  if (answer.error !== undefined) throw fromErrorObject(endpoint, answer.method, answer.error);
  return answer.result;
}

/** Equal for equal requests, however their objects are ordered. */
export function requestKey(method: string, params: readonly unknown[]): string {
  return `${method} ${JSON.stringify(params, (_, value: unknown) => sorted(value))}`;
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
