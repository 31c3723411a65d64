import { Exit, LpctlError } from "../../errors.ts";

/**
 * Loads the SQLite that node brings along. Some versions print a warning that it is experimental, which nobody who runs a relay
 * can act on; other warnings stay.
 * @throws LPCTL_RELAY_NODE_TOO_OLD
 */
export function loadSqlite(): typeof import("node:sqlite") {
  const warn = process.emitWarning;
  process.emitWarning = (...given: unknown[]) => {
    if (!String(given[0]).startsWith("SQLite")) Reflect.apply(warn, process, given);
  };
  try {
    // Types say that it is always there; a node from before it has none.
    const sqlite: typeof import("node:sqlite") | undefined = process.getBuiltinModule("node:sqlite");
    if (sqlite === undefined) throw tooOld();
    return sqlite;
  } finally {
    process.emitWarning = warn;
  }
}

function tooOld(): LpctlError {
  return new LpctlError({
    code: "LPCTL_RELAY_NODE_TOO_OLD",
    exit: Exit.usage,
    message: `The relay needs Node 22.13 or later, and this is ${process.version}`,
    why: "it keeps its data in the SQLite that newer versions of node bring along",
    next: "Install a current Node and run the same command again",
  });
}
