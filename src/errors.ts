/**
 * The one error type of lpctl. Every failure that a person can meet says what happened (message),
 * why (why), and what to type next (next), with a stable code and the documented exit code.
 */

/** Exit codes, as documented in docs/reference/exit-codes.md. */
export const Exit = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  reverted: 4,
  waiting: 5,
  network: 6,
  different: 7,
  cancelled: 130,
} as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

export type ErrorCode = `LPCTL_${Uppercase<string>}`;

export interface ErrorParts {
  /** `LPCTL_<AREA>_<WHAT>`. Stable: scripts branch on it, tests assert it. */
  code: ErrorCode;
  exit: ExitCode;
  /** What happened, one sentence, no trailing newline. */
  message: string;
  /** Why it happened or what was found instead. */
  why?: string | undefined;
  /** What to type or do next; a command to paste wherever there is one. */
  next?: string | undefined;
  /** Facts for `--json` consumers; plain JSON values and bigints. */
  details?: Record<string, unknown> | undefined;
  cause?: unknown;
}

export class LpctlError extends Error {
  readonly code: ErrorCode;
  readonly exit: ExitCode;
  readonly why: string | undefined;
  readonly next: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(parts: ErrorParts) {
    super(parts.message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "LpctlError";
    this.code = parts.code;
    this.exit = parts.exit;
    this.why = parts.why;
    this.next = parts.next;
    this.details = parts.details;
  }
}
