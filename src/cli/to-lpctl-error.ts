import { Exit, LpctlError } from "../errors.ts";
import { usageError } from "./usage-error.ts";

/**
 * Any thrown thing as an `LpctlError`: the single border where foreign errors (ethers, zod, oclif,
 * inquirer, the operating system) get a stable code, an exit code and words a person can act on.
 * Recognised by their data, not by class: the packages are loaded lazily and may be bundled twice.
 * @param command id of the command that was running, whose help a usage error points to
 */
export function toLpctlError(thrown: unknown, command?: string): LpctlError {
  if (thrown instanceof LpctlError) return thrown;
  if (!(thrown instanceof Error)) return internalError(new Error(String(thrown)));
  return (
    usageError(thrown, command) ??
    cancellation(thrown) ??
    operatingSystemError(thrown) ??
    ethersError(thrown) ??
    schemaError(thrown) ??
    internalError(thrown)
  );
}

export function cancelledError(cause?: unknown): LpctlError {
  return new LpctlError({
    code: "LPCTL_CANCELLED",
    exit: Exit.cancelled,
    message: "Cancelled; nothing further was done.",
    cause,
  });
}

function cancellation(error: Error): LpctlError | undefined {
  const cancelled = ["ExitPromptError", "AbortPromptError", "CancelPromptError", "AbortError"].includes(error.name);
  return cancelled ? cancelledError(error) : undefined;
}

const unreachable = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);

function operatingSystemError(error: Error): LpctlError | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined) return undefined;
  const where = path === undefined ? "" : ` (${path})`;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new LpctlError({
      code: "LPCTL_DISK_FULL",
      exit: Exit.failed,
      message: `The disk is full${where}.`,
      why: "A file could not be written completely; what was there before is unchanged.",
      next: "Free some space and run the same command again.",
      cause: error,
    });
  }
  if (["EACCES", "EPERM", "EROFS"].includes(code)) {
    return new LpctlError({
      code: "LPCTL_FILE_NOT_ALLOWED",
      exit: Exit.failed,
      message: `The operating system refused access${where}.`,
      why: error.message,
      next: "Check the owner and the permissions of that path.",
      cause: error,
    });
  }
  if (code === "ENOENT" && path !== undefined) {
    return new LpctlError({
      code: "LPCTL_FILE_MISSING",
      exit: Exit.usage,
      message: `There is no file ${path}.`,
      next: "Check the path and run the command again.",
      cause: error,
    });
  }
  if (["EISDIR", "ENOTDIR", "ELOOP", "ENAMETOOLONG"].includes(code)) {
    return new LpctlError({
      code: "LPCTL_FILE_NOT_A_FILE",
      exit: Exit.usage,
      message: `That path is no file that can be used${where}.`,
      why: error.message,
      next: "Name a file, not a folder, and run the command again.",
      cause: error,
    });
  }
  if (unreachable.has(code)) {
    return new LpctlError({
      code: "LPCTL_NETWORK_UNREACHABLE",
      exit: Exit.network,
      message: "A service could not be reached.",
      why: error.message,
      next: "Check the connection and the URL: lpctl config explain",
      cause: error,
    });
  }
  return undefined;
}

function ethersError(error: Error): LpctlError | undefined {
  const { code, shortMessage } = error as { code?: unknown; shortMessage?: unknown };
  if (typeof code !== "string" || typeof shortMessage !== "string") return undefined;
  const message = `${shortMessage.charAt(0).toUpperCase()}${shortMessage.slice(1)}.`;
  switch (code) {
    case "NETWORK_ERROR":
    case "SERVER_ERROR":
    case "TIMEOUT":
      return new LpctlError({
        code: "LPCTL_NETWORK_UNREACHABLE",
        exit: Exit.network,
        message,
        next: "Check the RPC URL: lpctl config explain",
        cause: error,
      });
    case "CALL_EXCEPTION":
      return new LpctlError({ code: "LPCTL_CHAIN_REVERTED", exit: Exit.reverted, message, cause: error });
    case "INSUFFICIENT_FUNDS":
      return new LpctlError({
        code: "LPCTL_CHAIN_INSUFFICIENT_FUNDS",
        exit: Exit.failed,
        message: "The sender cannot pay for the transaction.",
        why: shortMessage,
        next: "Send some ether to the signing address and run the same command again.",
        cause: error,
      });
    case "INVALID_ARGUMENT":
    case "NUMERIC_FAULT":
      return new LpctlError({ code: "LPCTL_USAGE_BAD_VALUE", exit: Exit.usage, message, cause: error });
    default:
      return undefined;
  }
}

function schemaError(error: Error): LpctlError | undefined {
  const { issues } = error as { issues?: unknown };
  if (error.name !== "ZodError" && error.name !== "$ZodError") return undefined;
  if (!Array.isArray(issues)) return undefined;
  const first = issues[0] as { path?: unknown; message?: unknown } | undefined;
  const at = Array.isArray(first?.path) && first.path.length > 0 ? `${first.path.join(".")}: ` : "";
  return new LpctlError({
    code: "LPCTL_DATA_UNEXPECTED",
    exit: Exit.failed,
    message: "Some data did not have the expected form.",
    why: `${at}${typeof first?.message === "string" ? first.message : "invalid"}`,
    next: "Run the command again with --verbose to see where it came from.",
    cause: error,
  });
}

function internalError(error: Error): LpctlError {
  return new LpctlError({
    code: "LPCTL_INTERNAL",
    exit: Exit.failed,
    message: `Unexpected failure: ${error.message}`,
    why: "This is a defect in lpctl, not in what you typed.",
    next: "Run the command again with --verbose and report what it prints.",
    cause: error,
  });
}
