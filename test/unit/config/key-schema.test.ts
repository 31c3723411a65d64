import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { parseConfig } from "../../../src/config/parse-config.ts";
import { resolveNetwork } from "../../../src/config/resolve-network.ts";

const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const yaml = (key: string): string => `schema: 1\nnetworks:\n  local:\n    rpcUrl: http://127.0.0.1:1\n    keys:\n      mine: ${key}\n`;

function problemOf(key: string): string {
  try {
    parseConfig(yaml(key), "lpctl.yaml");
  } catch (error) {
    if (error instanceof LpctlError) return `${error.message.replace(/ is not.*/, "")} ${error.why ?? ""}`;
    throw error;
  }
  return "accepted";
}

test.each([
  "{ keystore: keys/a.json }",
  "{ keystore: keys/a.json, passwordFile: pw }",
  `{ command: [cast, wallet, sign, --ledger, --data, --from-file, "{file}"], address: "${ADDRESS}", addressCommand: [cast, wallet, address, --ledger] }`,
  `{ ledger: { path: "44'/60'/0'/0/0", transport: "@ledgerhq/hw-transport-node-hid" }, address: "${ADDRESS}", timeoutSeconds: 60 }`,
  `{ rpc: { url: "https://signer.example.org/x", method: eth_signTypedData_v4 }, address: "${ADDRESS}" }`,
  `{ rpc: { url: "http://[::1]:8550", method: account_signTypedData }, address: "${ADDRESS}" }`,
  `{ browser: true, address: "${ADDRESS.toLowerCase()}" }`,
])("takes %s", (key) => {
  expect(problemOf(key)).toBe("accepted");
});

test.each([
  ["{}", /networks\.local\.keys\.mine: a key has one of: keystore, command, ledger, rpc, browser/],
  ["5", /networks\.local\.keys\.mine/],
  [`{ address: "${ADDRESS}" }`, /Unknown key "address"/],
  ["{ keystor: keys/a.json }", /lpctl\.yaml:6:15 Unknown key "keystor"\. Did you mean "keystore"\?/],
  [`{ keystore: a.json, browser: true, address: "${ADDRESS}" }`, /is of one kind, and this one has both keystore and browser/],
  ["{ browser: true }", /networks\.local\.keys\.mine\.address/],
  [`{ browser: false, address: "${ADDRESS}" }`, /browser: true is the only value/],
  [`{ browser: true, address: "${ADDRESS.replace("f", "F")}" }`, /its checksum is wrong/],
  [`{ browser: true, adress: "${ADDRESS}" , address: "${ADDRESS}" }`, /Unknown key "adress"\. Did you mean "address"\?/],
  [`{ ledger: { path: "44'/60'/x", transport: a }, address: "${ADDRESS}" }`, /mine\.ledger\.path: not a derivation path/],
  [`{ ledger: { path: "44'/60'/2147483648", transport: a }, address: "${ADDRESS}" }`, /mine\.ledger\.path: a number in it is too large/],
  [`{ ledger: { path: "44'/60'", transprt: a }, address: "${ADDRESS}" }`, /mine\.ledger\.transport|Did you mean "transport"/],
  [`{ command: cast wallet sign, address: "${ADDRESS}" }`, /mine\.command: .*array/],
  [`{ command: [], address: "${ADDRESS}" }`, /at least the name of a program/],
  [`{ rpc: { url: "http://signer.example.org", method: eth_signTypedData_v4 }, address: "${ADDRESS}" }`, /mine\.rpc\.url: not an https/],
  [`{ rpc: { url: "http://127.0.0.1.example.org", method: eth_signTypedData_v4 }, address: "${ADDRESS}" }`, /mine\.rpc\.url: not an https/],
  [`{ rpc: { url: "http://127.0.0.1:1", method: eth_sign }, address: "${ADDRESS}" }`, /mine\.rpc\.method/],
  [`{ browser: true, address: "${ADDRESS}", privateKey: "0x11" }`, /Unknown key "privateKey"/],
])("refuses %s and says what is wrong with that kind", (key, problem) => {
  expect(problemOf(key)).toMatch(problem);
});

test("remembers the folder in which a key's program and plug-ins are found", () => {
  const content = parseConfig(yaml(`{ command: [./sign.sh], address: "${ADDRESS}" }`), "/p/lpctl.yaml");
  const { keys } = resolveNetwork(
    {
      projectPath: "/p/lpctl.yaml",
      projectFolder: "/p",
      userPath: undefined,
      defaultNetwork: undefined,
      keysDirectory: { value: "/k", origin: { kind: "default", where: "" } },
      sources: { value: [], origin: { kind: "default", where: "" } },
      compilers: { value: {}, origin: { kind: "default", where: "" } },
      networkLayers: [{ origin: { kind: "project", where: "/p/lpctl.yaml" }, folder: "/p", networks: content.networks ?? {} }],
    },
    { networkFlag: "local", forWriting: false },
  );
  expect(keys["mine"]).toEqual({ command: ["./sign.sh"], address: ADDRESS, folder: "/p" });
});

test("takes every key that the guide shows", () => {
  const guide = readFileSync(join(import.meta.dirname, "../../../docs/guide/keys.md"), "utf8");
  const blocks = [...guide.matchAll(/```yaml\n(keys:\n[\s\S]+?)```/g)].map((match) => match[1] ?? "");
  expect(blocks).toHaveLength(5);
  for (const block of blocks) expect(parseConfig(`schema: 1\nnetworks:\n  local:\n${block.replace(/^/gm, "    ")}`, "guide").networks?.["local"]?.keys).toBeDefined();
  const recipes = [...guide.matchAll(/`(\[cast, [^`]+\])`/g)].map((match) => match[1] ?? "");
  expect(recipes).toHaveLength(4);
  for (const recipe of recipes) expect(problemOf(`{ command: ${recipe}, address: "${ADDRESS}" }`)).toBe("accepted");
});
