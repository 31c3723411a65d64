import { spawn } from "node:child_process";

/** Shows a URL in the person's browser. When that fails nothing is lost: the URL stands in the terminal. */
export function openBrowser(url: string): void {
  const commands: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = { darwin: ["open"], win32: ["rundll32", "url.dll,FileProtocolHandler"] };
  const [program, ...args] = commands[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...args, url], { stdio: "ignore", detached: true, windowsHide: true });
  child.on("error", () => undefined);
  child.unref();
}
