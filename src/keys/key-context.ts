/** What a key that is not in this process needs of the one who is. */
export interface KeyContext {
  /** Shows the person a line: where to look, what the device will show, what a program says. */
  say: (line: string) => void;
  timeoutSeconds: number;
  /** Shows a URL in the person's browser, if it can; the URL was said before. */
  openBrowser: ((url: string) => void) | undefined;
}
