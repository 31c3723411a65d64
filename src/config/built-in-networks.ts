import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { Exit, LpctlError } from "../errors.ts";
import type { NetworkLayer } from "./config.ts";
import { networkSchema } from "./config-schema.ts";
import { packageRoot } from "./package-root.ts";

/** A file of `networks/` may say more (addresses, Safes); here only what reaches the network counts. */
const builtInSchema = z
  .looseObject({ name: z.string().optional() })
  .transform((file, context) => {
    const known = Object.fromEntries(Object.entries(file).filter(([key]) => key in networkSchema.shape));
    const parsed = networkSchema.safeParse(known);
    if (parsed.success) return { name: file.name, entry: parsed.data };
    context.addIssue({ code: "custom", message: parsed.error.issues[0]?.message ?? "not a network file" });
    return z.NEVER;
  });

/** The networks that ship with lpctl: one JSON file each in `networks/`. */
export async function loadBuiltInNetworks(folder = join(packageRoot(), "networks")): Promise<NetworkLayer[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(names.map((name) => loadNetworkFile(folder, join(folder, name))));
}

async function loadNetworkFile(folder: string, path: string): Promise<NetworkLayer> {
  const text = await readFile(path, "utf8");
  try {
    const { name, entry } = builtInSchema.parse(JSON.parse(text));
    return {
      origin: { kind: "built-in", where: path },
      folder,
      networks: { [name ?? basename(path, ".json")]: entry },
    };
  } catch (error) {
    throw new LpctlError({
      code: "LPCTL_CONFIG_NETWORK_FILE",
      exit: Exit.failed,
      message: `The built-in network file ${path} is damaged.`,
      why: error instanceof z.ZodError ? error.issues[0]?.message : "It is not JSON.",
      next: "Install lpctl again.",
      cause: error,
    });
  }
}
