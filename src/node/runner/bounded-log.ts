import { appendFileSync, renameSync, statSync } from "node:fs";

const MOST_BYTES = 1_000_000;

/**
 * Lines with their time, appended to a file. When it has grown to a megabyte it becomes `<path>.1`, and the one before is gone:
 * a runner that works for days fills no disk. A disk that is full loses lines and nothing else.
 */
export function boundedLog(path: string, mostBytes = MOST_BYTES): (line: string) => void {
  let size = 0;
  try {
    size = statSync(path).size;
  } catch {
    // Not there yet.
  }
  return (line) => {
    const text = `${new Date().toISOString()} ${line}\n`;
    try {
      if (size + text.length > mostBytes) {
        renameSync(path, `${path}.1`);
        size = 0;
      }
      appendFileSync(path, text, { mode: 0o600 });
      size += text.length;
    } catch {
      // Nobody to tell: the log is where one would.
    }
  };
}
