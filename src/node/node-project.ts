import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Config } from "../config/config.ts";
import { CONFIG_FILE_NAME, loadConfig } from "../config/load-config.ts";

/** The project a local chain belongs to. */
export interface NodeProject {
  folder: string;
  /** Its `lpctl.yaml`, which may not exist yet. */
  configPath: string;
  isNew: boolean;
  config: Config;
}

/**
 * The project in `directory` itself when one is given, else the one that any other command would use: the named
 * file's, the nearest above, or the working folder.
 * @throws LPCTL_CONFIG_MISSING, LPCTL_CONFIG_MALFORMED
 */
export async function loadNodeProject(given: { directory?: string | undefined; configPath?: string | undefined }): Promise<NodeProject> {
  if (given.directory !== undefined) {
    const folder = resolve(given.directory);
    const configPath = join(folder, CONFIG_FILE_NAME);
    const isNew = !existsSync(configPath);
    return { folder, configPath, isNew, config: await loadConfig(isNew ? { cwd: folder } : { configPath }) };
  }
  const config = await loadConfig({ configPath: given.configPath });
  const { projectFolder, projectPath } = config;
  return { folder: projectFolder, configPath: projectPath ?? join(projectFolder, CONFIG_FILE_NAME), isNew: projectPath === undefined, config };
}
