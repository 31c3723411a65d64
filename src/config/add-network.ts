import { Document, isMap, parseDocument } from "yaml";
import { readIfThere } from "../read-if-there.ts";
import { replaceFile } from "../replace-file.ts";
import type { NetworkInput } from "./config-schema.ts";
import { parseConfig } from "./parse-config.ts";

/**
 * Writes one network into `lpctl.yaml`, making the file when there is none. An entry of that name has its
 * fields replaced one by one; comments, order and everything else in the file stay as they were.
 * The new text is parsed before it is written and put in place in one step, so a failure changes nothing.
 * @throws `LPCTL_CONFIG_MALFORMED` when the file was not valid before.
 */
export async function addNetwork(
  path: string,
  name: string,
  entry: NetworkInput,
  options: { asDefault?: boolean } = {},
): Promise<void> {
  const before = await readIfThere(path);
  if (before !== undefined) parseConfig(before, path);
  const document = before === undefined ? new Document({ schema: 1 }) : parseDocument(before);
  if (options.asDefault === true && !document.has("defaultNetwork")) document.set("defaultNetwork", name);
  // An empty `networks:` is null in YAML and must become a map before it can be written into.
  if (!isMap(document.get("networks"))) document.set("networks", document.createNode({}));
  if (!isMap(document.getIn(["networks", name]))) document.setIn(["networks", name], document.createNode({}));
  const { keys, ...fields } = entry;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) document.setIn(["networks", name, key], value);
  }
  // Keys a person added stay beside the ones given here.
  if (keys !== undefined && !isMap(document.getIn(["networks", name, "keys"]))) {
    document.setIn(["networks", name, "keys"], document.createNode({}));
  }
  for (const [key, value] of Object.entries(keys ?? {})) {
    document.setIn(["networks", name, "keys", key], document.createNode(value));
  }
  const after = document.toString({ lineWidth: 0 });
  parseConfig(after, path);
  if (after !== before) await replaceFile(path, after);
}
