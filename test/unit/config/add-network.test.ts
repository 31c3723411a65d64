import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { addNetwork } from "../../../src/config/add-network.ts";
import { parseConfig } from "../../../src/config/parse-config.ts";

const entry = { rpcUrl: "http://127.0.0.1:8545", chainId: 31337, controller: "0xF96D54E490317c557A967ABfA5d6e33006BE69b3" };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "lpctl-config-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe("addNetwork", () => {
  test("makes the file when there is none", async () => {
    const path = join(folder(), "lpctl.yaml");
    await addNetwork(path, "local", entry, { asDefault: true });
    expect(readFileSync(path, "utf8")).toMatchInlineSnapshot(`
      "schema: 1
      defaultNetwork: local
      networks:
        local:
          rpcUrl: http://127.0.0.1:8545
          chainId: 31337
          controller: "0xF96D54E490317c557A967ABfA5d6e33006BE69b3"
      "
    `);
    expect(parseConfig(readFileSync(path, "utf8"), path).networks?.["local"]?.chainId).toBe(31337n);
  });

  test("keeps comments, order and other networks; replaces only the fields it was given", async () => {
    const path = join(folder(), "lpctl.yaml");
    writeFileSync(
      path,
      `# ours
schema: 1
networks:
  # the real one
  main: { rpcUrl: "https://example.org" } # careful
  local:
    rpcUrl: http://127.0.0.1:1 # port of the day
    explorer: http://127.0.0.1:2
sources: [contracts]
`,
    );
    await addNetwork(path, "local", { rpcUrl: "http://127.0.0.1:9", keys: { alice: { keystore: "keys/alice.json" } } }, { asDefault: true });
    expect(readFileSync(path, "utf8")).toMatchInlineSnapshot(`
      "# ours
      schema: 1
      networks:
        # the real one
        main: { rpcUrl: "https://example.org" } # careful
        local:
          rpcUrl: http://127.0.0.1:9 # port of the day
          explorer: http://127.0.0.1:2
          keys:
            alice:
              keystore: keys/alice.json
      sources: [ contracts ]
      defaultNetwork: local
      "
    `);
  });

  test("fills an empty `networks:`", async () => {
    const path = join(folder(), "lpctl.yaml");
    writeFileSync(path, "schema: 1\nnetworks:\n");
    await addNetwork(path, "local", entry);
    expect(parseConfig(readFileSync(path, "utf8"), path).networks?.["local"]?.rpcUrl).toBe(entry.rpcUrl);
  });

  test("refuses a file that was already wrong, and leaves it alone", async () => {
    const path = join(folder(), "lpctl.yaml");
    writeFileSync(path, "schema: 1\nnetwork: {}\n");
    await expect(addNetwork(path, "local", entry)).rejects.toMatchObject({ code: "LPCTL_CONFIG_MALFORMED" });
    expect(readFileSync(path, "utf8")).toBe("schema: 1\nnetwork: {}\n");
  });

  test("refuses an entry that would make the file wrong, and writes nothing", async () => {
    const path = join(folder(), "lpctl.yaml");
    await expect(addNetwork(path, "local", { ...entry, rpcUrl: "not a url" })).rejects.toMatchObject({ code: "LPCTL_CONFIG_MALFORMED" });
    expect(() => readFileSync(path)).toThrow();
  });

  test("leaves no temporary file behind", async () => {
    const inside = folder();
    await addNetwork(join(inside, "lpctl.yaml"), "local", entry);
    chmodSync(inside, 0o755);
    expect(readdirSync(inside)).toEqual(["lpctl.yaml"]);
  });
});
