import { existsSync, statSync } from "node:fs";
import { Exit, LpctlError } from "../../errors.ts";
import { loadSecretFile } from "../../keys/keystore.ts";
import { fileTransport } from "../../safe/transport/file.ts";
import { folderTransport } from "../../safe/transport/folder.ts";
import { serviceTransport } from "../../safe/transport/service.ts";
import { parseServiceUrl } from "../../safe/transport/service-url.ts";
import type { Transport } from "../../safe/transport/transport.ts";

export interface TransportChoice {
  /** `service`, an address, a folder, or the path of a file; undefined: the service of the network. */
  with: string | undefined;
  network: string;
  chainId: bigint;
  safeServiceUrl: string | undefined;
  safeServiceKeyFile: string | undefined;
}

/**
 * The transport that a person named. The API key comes from its file alone, and goes to the configured service alone.
 * @throws LPCTL_TRANSPORT_NONE, LPCTL_SERVICE_KEY_MALFORMED, LPCTL_KEYS_TOO_OPEN, and what parseServiceUrl throws
 */
export async function openTransport(choice: TransportChoice): Promise<Transport> {
  const { with: wanted, chainId } = choice;
  if (wanted === undefined || wanted === "service") return configuredService(choice);
  if (/^https?:\/\//i.test(wanted)) {
    const url = parseServiceUrl(wanted);
    const configured = choice.safeServiceUrl === undefined ? undefined : parseServiceUrl(choice.safeServiceUrl);
    return serviceTransport({ url, chainId, apiKey: configured?.origin === url.origin ? await loadServiceKey(choice.safeServiceKeyFile) : undefined });
  }
  if (wanted.endsWith(".json") && !(existsSync(wanted) && statSync(wanted).isDirectory())) return fileTransport(wanted);
  return folderTransport(wanted);
}

async function configuredService(choice: TransportChoice): Promise<Transport> {
  if (choice.safeServiceUrl !== undefined) {
    return serviceTransport({ url: parseServiceUrl(choice.safeServiceUrl), chainId: choice.chainId, apiKey: await loadServiceKey(choice.safeServiceKeyFile) });
  }
  throw new LpctlError({
    code: "LPCTL_TRANSPORT_NONE",
    exit: Exit.usage,
    message: `The network ${choice.network} has no Safe service`,
    why: "networks.<name>.safeServiceUrl is not set",
    next: "Set it in lpctl.yaml, or name a folder that the signers share: lpctl safe sync --with FOLDER",
  });
}

/** The key of a service; a header takes no other characters than these. */
async function loadServiceKey(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const key = (await loadSecretFile(path)).trim();
  if (/^[\x21-\x7e]{8,4096}$/.test(key)) return key;
  throw new LpctlError({
    code: "LPCTL_SERVICE_KEY_MALFORMED",
    exit: Exit.usage,
    message: `${path} does not hold an API key`,
    why: key === "" ? "it is empty" : "an API key is one word of 8 to 4,096 characters without spaces",
    next: "Write the key into it and nothing else",
  });
}
