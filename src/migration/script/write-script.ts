import { join } from "node:path";
import { Exit, LpctlError } from "../../errors.ts";
import { nearestName } from "../../protocol/nearest-name.ts";
import { printable } from "../../protocol/printable.ts";
import { replaceFile } from "../../replace-file.ts";
import { writeNewFiles } from "../../write-new-files.ts";
import { listScripts, scriptsFolder } from "./load-script.ts";
import { fillShipped, findShipped, listShipped, type ShippedMigration } from "../shipped/shipped-migrations.ts";
import { ambientTypes } from "./script-types.ts";

const TYPES_FILE = "lpctl-migration.d.ts";

/**
 * Writes a script to start from, with the next number, and types for editors beside it. It runs as it is: what it does is
 * harmless on any chain, unless it is one of those that come with lpctl.
 * @param from name of one that comes with lpctl
 * @returns the files that were written
 * @throws LPCTL_USAGE_INVALID for a name that makes no file name, or that no shipped migration has; LPCTL_FILE_EXISTS
 */
export async function writeScript(projectFolder: string, title: string, from?: string): Promise<{ name: string; path: string; types: string }> {
  const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "").slice(0, 60);
  if (slug === "") {
    throw new LpctlError({ code: "LPCTL_USAGE_INVALID", exit: Exit.usage, message: `"${printable(title)}" makes no name for a file`, next: "lpctl migrate new lock-unbonding" });
  }
  const text = from === undefined ? formatScript(slug.replaceAll("-", " ")) : await fillShipped(requireShipped(from));
  const folder = scriptsFolder(projectFolder);
  const last = listScripts(projectFolder).reduce((highest, file) => Math.max(highest, Number.parseInt(file, 10)), 0);
  const name = `${String(last + 1).padStart(3, "0")}-${slug}`;
  const path = join(folder, `${name}.ts`);
  await writeNewFiles([{ path, content: text }]);
  const types = join(folder, TYPES_FILE);
  await replaceFile(types, ambientTypes());
  return { name, path, types };
}

function requireShipped(name: string): ShippedMigration {
  const found = findShipped(name);
  if (found !== undefined) return found;
  const names = listShipped().map((one) => one.name);
  throw new LpctlError({
    code: "LPCTL_USAGE_INVALID",
    exit: Exit.usage,
    message: `No migration ${printable(name)} comes with lpctl`,
    why: `there are: ${names.join(", ")}`,
    next: `lpctl migrate new NAME --from ${nearestName(name, names) ?? names[0] ?? ""}`,
  });
}

/** Without a single type in it: inference gives them all, and any version of node runs it. */
function formatScript(title: string): string {
  return `import { defineMigration } from "lpctl/migration";

// Run by lpctl: \`lpctl migrate run NNN --dry-run\` tries all of it on a fork, \`lpctl migrate run NNN --key NAME\` carries it out.
// Killed at any moment, the same command goes on where it stopped and sends nothing twice.
export default defineMigration({
  title: ${JSON.stringify(`${title.charAt(0).toUpperCase()}${title.slice(1)}`)},

  // Read once, before anything is signed; kept for every later run. Throw here where the migration must not be run.
  // For long lists: await chain.keepRows("accounts", rows), and chain.rows("accounts") below.
  async prepare(chain) {
    const { number } = await chain.block();
    // STOP, and these words behind it: a contract that does nothing but be there. Replace it with what has to be done.
    const words = ${JSON.stringify(`Migrated: ${title}`)};
    const bytes = [0, ...words.split("").map((letter) => letter.charCodeAt(0) & 0x7f)];
    const hex = (value = 0) => value.toString(16).padStart(2, "0");
    const note = \`0x60\${hex(bytes.length)}80600b6000396000f3\${bytes.map(hex).join("")}\`;
    return { note, preparedAt: number };
  },

  // The same operations in the same order, whenever it is asked: they follow from what prepare gave.
  async *operations(chain, { note }) {
    const { address, call } = await chain.deployment(note);
    yield {
      id: "note",
      title: "Leave a note on the chain",
      calls: [call],
      // Asked before it is sent, after it was mined, and when the journal is lost.
      enacted: async (now) => (await now.code(address)) !== "0x",
    };

    // What an authority has to do becomes a proposal through its route (Safe, Governor, vote), and the run waits for its outcome:
    //
    // yield {
    //   id: "round-length",
    //   title: "Set the length of a round to 5760 blocks",
    //   calls: [await chain.call("RoundsManager", "function setRoundLength(uint256 length)", [5760n])],
    //   enacted: async (now) => (await now.readInteger("RoundsManager", "function roundLength() view returns (uint256)")) === 5760n,
    // };
    //
    // Many rows: yield an operation for every hundred of them, with \`independent: true\`; then 16 are in flight at once.
  },

  // What is not as it should be in the end, one sentence each.
  async verify(chain, { note }) {
    const { address } = await chain.deployment(note);
    return (await chain.code(address)) === "0x" ? ["the note is not there"] : [];
  },
});
`;
}
