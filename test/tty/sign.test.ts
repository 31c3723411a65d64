import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLocalChain, type LocalChain } from "../cli/local-chain.ts";
import { runPath } from "../cli/run-lpctl.ts";
import { keys, openTerminal, type Terminal } from "./terminal.ts";

let chain: LocalChain;
let name: string;
let hash: string;

beforeAll(async () => {
  chain = await startLocalChain("safe");
  const set = await chain.result<{ proposal: { name: string }; safe: { safeTxHash: string } }>(["params", "set", "verificationRate", "500", "--no-aftermath"]);
  name = set.proposal.name;
  hash = set.safe.safeTxHash;
});
afterAll(() => chain.stop());

const open = (...args: string[]): Terminal => openTerminal([runPath, ...args], { cwd: chain.folder });
const fileOf = (file: string): string => readFileSync(join(chain.folder, "proposals/local", name, file), "utf8");

test("Ctrl-C at the confirmation of a signature is 130, and nothing is signed", async () => {
  const [bundle, proposal, names] = [fileOf("bundle.json"), fileOf("proposal.json"), Object.keys(chain.files())];
  const terminal = open("proposal", "sign", "1", "--key", "owner-1", "--no-aftermath");
  await terminal.see(`Type ${hash.slice(0, 10)} to go on:`);
  expect(terminal.screen()).toContain("safeTxHash");
  expect(terminal.screen().replaceAll(/\s/g, "")).toContain(hash);
  terminal.type(keys.controlC);
  expect(await terminal.exitCode()).toBe(130);
  expect(terminal.screen()).toContain("LPCTL_CANCELLED");
  expect([fileOf("bundle.json"), fileOf("proposal.json")]).toEqual([bundle, proposal]);
  expect(Object.keys(chain.files())).toEqual(names);
});

test("Ctrl-C at a password is 130, and not a byte is written", async () => {
  spawnSync(process.execPath, [runPath, "keys", "new", "mine", "--password-file", "-"], { cwd: chain.folder, env: { PATH: process.env["PATH"] ?? "", HOME: chain.folder }, input: "secret\n" });
  const files = chain.files();
  const terminal = open("proposal", "sign", "1", "--key", "mine", "--no-aftermath");
  await terminal.see("Password of mine");
  terminal.type("secr");
  await terminal.see("****");
  terminal.type(keys.controlC);
  expect(await terminal.exitCode()).toBe(130);
  expect(terminal.screen()).not.toContain("secr");
  expect(chain.files()).toEqual(files);
});

test("a wrong password typed at the terminal signs nothing and names the code", async () => {
  const files = chain.files();
  const terminal = open("proposal", "sign", "1", "--key", "mine", "--no-aftermath");
  await terminal.see("Password of mine");
  terminal.type(`wrong${keys.enter}`);
  expect(await terminal.exitCode()).toBe(2);
  expect(terminal.screen()).toContain("LPCTL_KEYS_WRONG_PASSWORD");
  expect(chain.files()).toEqual(files);
});

test("the words of a second machine sign, are not shown on the first, and no others do", async () => {
  await chain.result(["safe", "export", "1", "--output", "exported.json"]);
  const { words } = await chain.result<{ words: string[] }>(["safe", "verify", "exported.json", "--offline"]);
  const [first = "", ...rest] = words;
  const terminal = open("safe", "sign", "exported.json", "--offline", "--second-device", "--key", "owner-3");
  await terminal.see("Type the 8 words");
  expect(terminal.screen()).not.toContain(rest.join(" "));
  terminal.type(`zoo ${rest.join(" ")}${keys.enter}`);
  await terminal.see("Those are not the words");
  terminal.type("\u007f".repeat(words.join(" ").length + 3) + words.map((word) => word.slice(0, 4)).join(" ") + keys.enter);
  expect(await terminal.exitCode()).toBe(0);
  expect(first).not.toBe("zoo");
  expect(JSON.parse(readFileSync(join(chain.folder, "exported.json"), "utf8"))).toMatchObject({ signatures: [{ kind: "eip712" }] });
  expect(JSON.parse(readFileSync(join(chain.folder, "exported.json"), "utf8"))).not.toMatchObject({ signatures: [{ blind: true }] });
});

test("the typed hash signs, and only the typed hash", async () => {
  const terminal = open("proposal", "sign", "1", "--key", "owner-1");
  await terminal.see("to go on:");
  terminal.type(`local${keys.enter}`);
  await terminal.see(`Type ${hash.slice(0, 10)} exactly`);
  terminal.type("\u007f".repeat(5) + hash.slice(0, 10) + keys.enter);
  expect(await terminal.exitCode()).toBe(5);
  expect(terminal.screen()).toContain("1 of 2 signatures");
  expect(JSON.parse(fileOf("bundle.json"))).toMatchObject({ signatures: [{ kind: "eip712" }] });
});

test("Ctrl-C at the confirmation of sending is 130, and nothing is sent", async () => {
  await chain.result(["proposal", "sign", "1", "--key", "owner-2", "--confirm", hash.slice(0, 10), "--no-aftermath"]);
  const [files, block] = [chain.files(), await chain.rpc.blockNumber()];
  const terminal = open("proposal", "execute", "1", "--key", "operator");
  await terminal.see("Type local to go on:");
  terminal.type(keys.controlC);
  expect(await terminal.exitCode()).toBe(130);
  expect(chain.files()).toEqual(files);
  expect(await chain.rpc.blockNumber()).toBe(block);
});

test("Ctrl-C before an implementation is deployed leaves no trace", async () => {
  const [files, block] = [chain.files(), await chain.rpc.blockNumber()];
  const terminal = open("upgrade", "propose", "JobsManager", "--to", "contracts/jobs/JobsManagerV2.sol:JobsManagerV2", "--key", "deployer");
  await terminal.see("Type local to go on:");
  terminal.type(keys.controlC);
  expect(await terminal.exitCode()).toBe(130);
  expect(chain.files()).toEqual(files);
  expect(await chain.rpc.blockNumber()).toBe(block);
});
