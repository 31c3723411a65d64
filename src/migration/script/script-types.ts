import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../package-root.ts";

const SOURCE = "src/migration/script/define-migration.ts";

/** Declarations of `lpctl/migration` from its source, which is types but for one function. */
export function formatDeclarations(source: string): string {
  return source.replace(/export function ([^{]*?) \{\n  return migration;\n\}/, "export declare function $1;");
}

/**
 * A file that tells an editor about `lpctl/migration` where the folder knows of no package: lpctl may be installed for the whole
 * machine.
 */
export function ambientTypes(): string {
  const built = join(packageRoot(), "dist", SOURCE.replace(/\.ts$/, ".d.ts"));
  const declarations = existsSync(built) ? readFileSync(built, "utf8") : formatDeclarations(readFileSync(join(packageRoot(), SOURCE), "utf8"));
  const inside = declarations.replace("export declare function", "export function").trimEnd();
  return `// Written by \`lpctl migrate new\`, for editors only: what a migration script is made of.\ndeclare module "lpctl/migration" {\n${inside.replaceAll(/^(?=.)/gm, "  ")}\n}\n`;
}
