import { describe, expect, test } from "vitest";
import type { Config, NetworkLayer } from "../../../src/config/config.ts";
import { readEnvironment } from "../../../src/config/environment.ts";
import { redactUrl } from "../../../src/config/redact-url.ts";
import { resolveNetwork } from "../../../src/config/resolve-network.ts";

const builtIn: NetworkLayer = {
  origin: { kind: "built-in", where: "networks/ethereum.json" },
  folder: "/lpctl/networks",
  networks: { ethereum: { chainId: 1n, rpcUrl: "https://example.org" } },
};
const local: NetworkLayer = {
  origin: { kind: "project", where: "/p/lpctl.yaml" },
  folder: "/p",
  networks: { local: { rpcUrl: "http://127.0.0.1:1", keys: { alice: { keystore: "keys/a.json", passwordFile: "/abs/pw" } } } },
};

function config(parts: Partial<Config>): Config {
  const origin = { kind: "default", where: "test" } as const;
  return {
    projectPath: "/p/lpctl.yaml",
    projectFolder: "/p",
    userPath: undefined,
    defaultNetwork: undefined,
    keysDirectory: { value: "/k", origin },
    sources: { value: [], origin },
    compilers: { value: {}, origin },
    networkLayers: [builtIn],
    ...parts,
  };
}

const environment = readEnvironment({ HOME: "/home/nobody" });

describe("resolveNetwork", () => {
  test("never falls back to a built-in network", () => {
    for (const forWriting of [true, false]) {
      expect(() => resolveNetwork(config({}), { forWriting, environment })).toThrow(expect.objectContaining({ code: "LPCTL_NETWORK_NOT_CHOSEN", exit: 2 }));
    }
  });

  test("says how to get a configuration when there is none", () => {
    expect(() => resolveNetwork(config({ projectPath: undefined }), { forWriting: true, environment })).toThrow(
      expect.objectContaining({ code: "LPCTL_CONFIG_MISSING", next: expect.stringContaining("lpctl node start") as string }),
    );
  });

  test("lets a writer use the project's default, but not the user's", () => {
    const networkLayers = [local, builtIn];
    const ofUser = config({ networkLayers: [builtIn], defaultNetwork: { value: "ethereum", origin: { kind: "user", where: "/u" } } });
    expect(resolveNetwork(ofUser, { forWriting: false, environment }).name).toBe("ethereum");
    expect(() => resolveNetwork(ofUser, { forWriting: true, environment })).toThrow(expect.objectContaining({ code: "LPCTL_NETWORK_NOT_CHOSEN" }));
    const ofProject = config({ networkLayers, defaultNetwork: { value: "local", origin: { kind: "project", where: "/p/lpctl.yaml" } } });
    expect(resolveNetwork(ofProject, { forWriting: true, environment }).name).toBe("local");
  });

  test("takes the only network of the project file, with its paths made absolute", () => {
    const network = resolveNetwork(config({ networkLayers: [local, builtIn] }), { forWriting: true, environment });
    expect(network).toMatchObject({ name: "local", chosenBy: { kind: "project" }, keys: { alice: { keystore: "/p/keys/a.json", passwordFile: "/abs/pw" } } });
  });

  test("does not mistake an inherited property for a network", () => {
    expect(() => resolveNetwork(config({}), { networkFlag: "constructor", forWriting: false, environment })).toThrow(
      expect.objectContaining({ code: "LPCTL_NETWORK_UNKNOWN" }),
    );
  });
});

describe("redactUrl", () => {
  test.each([
    ["https://user:pw@rpc.example.org/v3/0123456789abcdef0123456789abcdef", "https://rpc.example.org/v3/…"],
    ["http://127.0.0.1:8545", "http://127.0.0.1:8545"],
    ["https://rpc.example.org/?apikey=1", "https://rpc.example.org?…"],
    ["nonsense", "(not a URL)"],
  ])("%s is shown as %s", (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });
});
