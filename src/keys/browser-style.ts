/** Style of the page that asks a browser wallet; inline, because the page loads nothing. */
export const BROWSER_STYLE = `
:root { --ink: #1b1f24; --soft: #5b6570; --paper: #ffffff; --line: #d5dae0; --panel: #f4f6f8; --accent: #0b6b46; --danger: #a3161f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebee; --soft: #a3adb7; --paper: #14171a; --line: #363d44; --panel: #1d2125; --accent: #4fc794; --danger: #ff8a8a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; }
h2 { font-size: 1rem; margin: 0 0 .5rem; }
p { margin: 0 0 .5rem; }
code { font: .9375rem/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
section { margin-top: 1.25rem; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--panel); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .375rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; max-height: 14rem; overflow: auto; }
.line { display: inline-block; margin-right: 2ch; white-space: pre; }
.account code { font-weight: 600; }
.warning { margin-top: 1rem; padding: .75rem 1rem; border: 2px solid var(--danger); border-radius: .5rem; color: var(--danger); }
.act { border: 0; background: none; padding: 0; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: .75rem; }
button, select { font: inherit; color: inherit; min-height: 2.75rem; padding: .5rem 1.25rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); }
button { cursor: pointer; }
button.go { background: var(--accent); border-color: var(--accent); color: var(--paper); font-weight: 600; }
button:disabled { opacity: .55; cursor: default; }
button:focus-visible, select:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#status { margin-top: 1rem; min-height: 1.5rem; overflow-wrap: anywhere; }
#status.problem { color: var(--danger); }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .625rem; } button { flex: 1 1 100%; } }
`;
