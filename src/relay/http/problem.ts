/**
 * An answer that is not the one asked for, in the words of the Transaction Service. `body` is shown to the client as it is:
 * it never holds what only the relay should know.
 */
export class HttpProblem extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`HTTP ${status}`);
    this.name = "HttpProblem";
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** `{"detail": …}`, as the service puts it where no field is to blame. */
export function detail(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpProblem {
  return new HttpProblem(status, { detail: text }, headers);
}

/** What is wrong with one field of a body; `nonFieldErrors` for what is wrong with the whole. */
export function fieldProblem(status: 400 | 422, field: string, text: string): HttpProblem {
  return new HttpProblem(status, { [field]: [text] });
}

/** An address in a path that is no address, or not in its EIP-55 form. */
export function checksumProblem(given: string): HttpProblem {
  return new HttpProblem(422, { code: 1, message: "Checksum address validation failed", arguments: [given] });
}

/** An unknown Safe has no body at all. */
export function unknownSafe(): HttpProblem {
  return new HttpProblem(404);
}

export function unknownTransaction(): HttpProblem {
  return detail(404, "No MultisigTransaction matches the given query.");
}
