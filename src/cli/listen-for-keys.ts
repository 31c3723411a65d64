export const CTRL_C = "\u0003";
export const ESCAPE = "\u001b";

/** Keys one by one, Ctrl-C among them. @returns what takes it back */
export function listenForKeys(onKey: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const listener = (data: Buffer): void => onKey(data.toString("utf8"));
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on("data", listener);
  return () => {
    stdin.removeListener("data", listener);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
