import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Exit, LpctlError } from "../errors.ts";
import { printable } from "../protocol/printable.ts";

/** Ledger's library for the Ethereum app, as far as it is used here. What it gives is parsed by the caller. */
export interface EthereumApp {
  getAddress(path: string): Promise<unknown>;
  getAppConfiguration(): Promise<unknown>;
  signEIP712HashedMessage(path: string, domainHash: string, messageHash: string): Promise<unknown>;
  signTransaction(path: string, rawTransaction: string, resolution: null): Promise<unknown>;
}

/** What a transport has to do; those of Ledger do more. `exchange` takes a whole APDU and gives the answer with its status word. */
interface Transport {
  exchange(apdu: Buffer): Promise<Buffer>;
  close?(): Promise<void> | void;
  send?: unknown;
  decorateAppAPIMethods?: unknown;
}

const APP_PACKAGE = "@ledgerhq/hw-app-eth";
const OK = 0x9000;

/**
 * Opens the device through Ledger's library and a transport, neither of which comes with lpctl: both are looked for in the folder
 * of the configuration, then beside lpctl. Neither is given a way to Ledger's servers.
 * @param transport an npm package, or a file when it begins with a dot or a slash. Its default export has `create()`, as in
 * Ledger's packages, or is a function; either gives something with `exchange(apdu)`.
 * @throws LPCTL_KEYS_LEDGER_NOT_INSTALLED, LPCTL_KEYS_DEVICE_NOT_FOUND
 */
export async function openEthereumApp(transport: string, folder: string): Promise<{ app: EthereumApp; close: () => Promise<void> }> {
  const [appModule, transportModule] = await Promise.all([load(APP_PACKAGE, folder, transport), load(transport, folder, transport)]);
  const device = await connect(transportModule, transport);
  const App = appModule as new (device: unknown) => EthereumApp;
  const close = async (): Promise<void> => {
    try {
      await device.close?.();
    } catch {
      // Unplugged: it is as closed as it can be.
    }
  };
  return { app: new App(complete(device)), close };
}

/** The default export, through the wrapping that CommonJS packages get when they are imported. */
async function load(name: string, folder: string, transport: string): Promise<unknown> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(locate(name, folder)).href);
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_KEYS_LEDGER_NOT_INSTALLED",
      exit: Exit.usage,
      message: `${printable(name)}, which this Ledger key needs, cannot be loaded.`,
      why: cause instanceof Error ? printable(cause.message.split("\n")[0] ?? "") : undefined,
      next: `In the folder of lpctl.yaml: npm install ${APP_PACKAGE} ${/^[./]/.test(transport) ? "(and what your transport needs)" : printable(transport)}   Without any package: command: [cast, wallet, sign, --ledger, …], see docs/guide/keys.md`,
      cause,
    });
  }
  const unwrap = (value: unknown): unknown => (typeof value === "object" && value !== null && "default" in value ? value.default : value);
  return unwrap(unwrap(module));
}

function locate(name: string, folder: string): string {
  if (/^\.{1,2}[/\\]/.test(name) || isAbsolute(name)) return resolve(folder, name);
  for (const place of [pathToFileURL(join(folder, "lpctl.yaml")), import.meta.url]) {
    try {
      return createRequire(place).resolve(name);
    } catch (error) {
      if (place === import.meta.url) throw error;
    }
  }
  throw new TypeError("unreachable");
}

async function connect(module: unknown, name: string): Promise<Transport> {
  let device: unknown;
  try {
    // `create` is a static method and may use `this`.
    if (hasCreate(module)) device = await module.create();
    else if (typeof module === "function") device = await (module as () => unknown)();
  } catch (cause) {
    throw new LpctlError({
      code: "LPCTL_KEYS_DEVICE_NOT_FOUND",
      exit: Exit.failed,
      message: "No Ledger could be opened.",
      why: cause instanceof Error ? printable(cause.message) : undefined,
      next: "Plug it in, unlock it, open its Ethereum app, and close other programs that use it; on Linux, set up Ledger's udev rules.",
      cause,
    });
  }
  if (isTransport(device)) return device;
  throw new LpctlError({
    code: "LPCTL_KEYS_LEDGER_NOT_INSTALLED",
    exit: Exit.usage,
    message: `${printable(name)} is no transport for a Ledger.`,
    why: "Its default export has no create(), and is no function, that gives an object with exchange().",
    next: "Name one of Ledger's packages, such as @ledgerhq/hw-transport-node-hid, or see docs/guide/keys.md for one of your own.",
  });
}

function hasCreate(value: unknown): value is { create(): unknown } {
  return (typeof value === "object" || typeof value === "function") && value !== null && "create" in value && typeof value.create === "function";
}

function isTransport(value: unknown): value is Transport {
  return typeof value === "object" && value !== null && "exchange" in value && typeof value.exchange === "function";
}

/** A transport that only exchanges bytes gets what the library calls besides. */
function complete(device: Transport): unknown {
  if (typeof device.send === "function" && typeof device.decorateAppAPIMethods === "function") return device;
  return {
    decorateAppAPIMethods: () => undefined,
    async send(cla: number, ins: number, p1: number, p2: number, data: Buffer = Buffer.alloc(0)): Promise<Buffer> {
      const answer = Buffer.from(await device.exchange(Buffer.concat([Buffer.from([cla, ins, p1, p2, data.length]), data])));
      const statusCode = answer.length < 2 ? 0 : answer.readUInt16BE(answer.length - 2);
      if (statusCode !== OK) throw Object.assign(new Error(`status 0x${statusCode.toString(16)}`), { statusCode });
      return answer;
    },
  };
}
