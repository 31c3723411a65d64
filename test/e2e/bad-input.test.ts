import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { toPlainJson } from "../../src/proposal/canonical.ts";
import { makeProposal, parseProposal } from "../../src/proposal/proposal.ts";
import type { Address } from "../../src/protocol/hex.ts";
import { createBundle, formatBundle, parseBundle, type SafeBundle } from "../../src/safe/bundle.ts";
import { startLocalChain, type LocalChain } from "../cli/local-chain.ts";

/** One proposal with its Safe transaction, prepared once; every test gets it back untouched. */
let chain: LocalChain;
let name: string;
let hash: string;
let pristine: string;

const at = (...path: string[]): string => join(chain.folder, "proposals/local", ...path);
const sign = (by: string, reference = "1", first = hash): string[] => ["proposal", "sign", reference, "--key", by, "--confirm", first.slice(0, 10), "--no-aftermath"];
const execute = (reference = "1"): string[] => ["proposal", "execute", reference, "--key", "operator", "--confirm", "local"];
const bundleAt = (path: string): SafeBundle => parseBundle(readFileSync(path, "utf8"));

beforeAll(async () => {
  chain = await startLocalChain("safe", "warm");
  const set = await chain.result<{ proposal: { name: string }; safe: { safeTxHash: string } }>(["params", "set", "verificationRate", "500", "--no-aftermath"]);
  name = set.proposal.name;
  hash = set.safe.safeTxHash;
  pristine = join(chain.folder, ".cache", "pristine");
  cpSync(join(chain.folder, "proposals"), pristine, { recursive: true });
});
beforeEach(() => {
  rmSync(join(chain.folder, "proposals"), { recursive: true });
  cpSync(pristine, join(chain.folder, "proposals"), { recursive: true });
});
afterAll(() => chain.stop());

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

describe("a proposal file that is not what was made", () => {
  test.each<[string, number, string, (path: string) => void]>([
    ["edited by hand", 3, "LPCTL_PROPOSAL_EDITED", (path) => edit(path, (text) => text.replace("1 in 500", "1 in 5"))],
    ["truncated", 2, "LPCTL_PROPOSAL_UNREADABLE", (path) => truncateSync(path, 300)],
    ["empty", 2, "LPCTL_PROPOSAL_UNREADABLE", (path) => truncateSync(path, 0)],
    ["of an unknown schema", 2, "LPCTL_PROPOSAL_UNKNOWN_SCHEMA", (path) => edit(path, (text) => text.replace('"schema": 1', '"schema": 9'))],
    ["with a key twice", 2, "LPCTL_PROPOSAL_UNREADABLE", (path) => edit(path, (text) => text.replace("{", '{ "schema": 1,'))],
    ["with a title a terminal obeys", 2, "LPCTL_PROPOSAL_UNREADABLE", (path) => edit(path, (text) => text.replace('"title": "', '"title": "\\u001b]0;x\\u0007\\u202e'))],
    ["with a schema a terminal obeys", 2, "LPCTL_PROPOSAL_UNKNOWN_SCHEMA", (path) => edit(path, (text) => text.replace('"schema": 1', '"schema": "\\u009b2J"'))],
  ])("%s is refused by whatever shows, signs, executes or exports", async (_what, exit, code, spoil) => {
    spoil(at(name, "proposal.json"));
    await chain.refusesAll([["proposal", "show", "1"], sign("owner-1"), execute()], { exit, code, says: "proposal.json" });
  });

  test("made for another chain is refused, sound as it is", async () => {
    const path = at(name, "proposal.json");
    const { id: _id, schema: _schema, calls: _calls, postconditions: _after, ...draft } = parseProposal(readFileSync(path, "utf8"), path);
    writeFileSync(path, JSON.stringify(toPlainJson(makeProposal({ ...draft, chainId: 1n }))));
    const commands = [["proposal", "show", "1"], sign("owner-1"), execute(), ["safe", "export", "1", "--output", "out.json"]];
    await chain.refusesAll(commands, { exit: 2, code: "LPCTL_PROPOSAL_OTHER_CHAIN", says: "for chain 1" });
  });
});

describe("a Safe transaction file that is not what was exported", () => {
  test("edited beside its proposal says how to go on", async () => {
    edit(at(name, "bundle.json"), (text) => text.replace('"nonce": "0"', '"nonce": "3"'));
    await chain.refusesAll([["safe", "queue"], sign("owner-1")], { exit: 3, code: "LPCTL_BUNDLE_EDITED", says: `lpctl proposal sign ${name}` });
  });

  test.each<[string, number, string, string, (bundle: SafeBundle) => SafeBundle]>([
    ["of another chain", 3, "LPCTL_BUNDLE_OTHER_CHAIN", "for chain 1", (bundle) => createBundle({ ...bundle, chainId: 1n })],
    ["of another Safe", 3, "LPCTL_SAFE_NO_CODE", "", (bundle) => createBundle({ ...bundle, safe: { ...bundle.safe, address: "0x000000000000000000000000000000000000dEaD" as Address } })],
    ["with a gas refund", 3, "LPCTL_SAFE_GAS_REFUND", "", (bundle) => createBundle({ ...bundle, transaction: { ...bundle.transaction, gasPriceWei: 1n } })],
    ["that delegates to a stranger", 3, "LPCTL_SAFE_DELEGATECALL", "", (bundle) => createBundle({ ...bundle, transaction: { ...bundle.transaction, operation: 1 } })],
  ])("%s is neither signed nor imported", async (_what, exit, code, says, spoil) => {
    const spoilt = spoil(bundleAt(at(name, "bundle.json")));
    writeFileSync(join(chain.folder, "spoilt.json"), formatBundle(spoilt));
    await chain.refuses(["safe", "sign", "spoilt.json", "--key", "owner-1", "--confirm", spoilt.hashes.safeTxHash.slice(0, 10)], { exit, code, says });
    await chain.refuses(["safe", "import", "spoilt.json"], { exit: 3, code: "LPCTL_BUNDLE_DIFFERENT" }, { forms: "json" });
  });

  test.each<[string, string, (bundle: SafeBundle) => SafeBundle]>([
    ["another nonce", "at nonce 1 instead of 0", (bundle) => createBundle({ ...bundle, transaction: { ...bundle.transaction, nonce: 1n } })],
    ["another chain", "for chain 1 instead of 31337", (bundle) => createBundle({ ...bundle, chainId: 1n })],
    ["another transaction", "over another transaction, Safe or chain", (bundle) => createBundle({ ...bundle, transaction: { ...bundle.transaction, data: "0x12345678" } })],
  ])("with a signature made for %s is refused, saying what was signed", async (_what, says, other) => {
    const bundle = bundleAt(at(name, "bundle.json"));
    const signed = other(bundle);
    const path = join(chain.folder, "signed.json");
    writeFileSync(path, formatBundle(signed));
    await chain.result(["safe", "sign", path, "--offline", "--blind", "--key", "owner-1", "--confirm", signed.hashes.safeTxHash.slice(0, 10)]);
    writeFileSync(path, formatBundle({ ...bundle, signatures: bundleAt(path).signatures }));
    await chain.refuses(["safe", "import", path], { exit: 3, code: "LPCTL_BUNDLE_BAD_SIGNATURE", says }, { forms: "json" });
  });

  test("with the signature of a stranger is refused, and cut off it is no file", async () => {
    const path = join(chain.folder, "signed.json");
    cpSync(at(name, "bundle.json"), path);
    await chain.result(["safe", "sign", path, "--offline", "--blind", "--key", "operator", "--confirm", hash.slice(0, 10)]);
    await chain.refuses(["safe", "import", path], { exit: 3, code: "LPCTL_SAFE_SIGNER_NOT_OWNER", says: "is not an owner" });
    truncateSync(path, 200);
    await chain.refuses(["safe", "import", path], { exit: 3, code: "LPCTL_BUNDLE_NOT_JSON", says: "cut off" });
  });
});

describe("a key that cannot sign", () => {
  test.each<[string, string[], string]>([
    ["of somebody who is no owner", sign_("operator"), "LPCTL_SAFE_SIGNER_NOT_OWNER"],
    ["of a name nobody gave", sign_("ownr-1"), "LPCTL_KEYS_NOT_FOUND"],
    ["not chosen", ["proposal", "sign", "1"], "LPCTL_KEYS_NOT_CHOSEN"],
    ["with a wrong password", [...sign_("owner-1"), "--password-file", "wrong"], "LPCTL_KEYS_WRONG_PASSWORD"],
    ["with an empty password file", [...sign_("owner-1"), "--password-file", "empty"], "LPCTL_KEYS_PASSWORD_EMPTY"],
    ["with a folder for a password file", [...sign_("owner-1"), "--password-file", "."], "LPCTL_FILE_NOT_A_FILE"],
    ["in a keystore cut off", [...sign_("./cut.json"), "--password-file", "wrong"], "LPCTL_KEYS_UNREADABLE"],
    ["in a keystore of another form", [...sign_("./odd\u001b[2J.json"), "--password-file", "wrong"], "LPCTL_KEYS_UNREADABLE"],
    ["confirmed with another hash", ["proposal", "sign", "1", "--key", "owner-1", "--confirm", "0x00000000", "--no-aftermath"], "LPCTL_PROMPT_CONFIRM_MISMATCH"],
    ["not confirmed", ["proposal", "sign", "1", "--key", "owner-1", "--no-aftermath"], "LPCTL_PROMPT_REFUSED"],
  ])("%s signs nothing and writes nothing", async (_what, args, code) => {
    writeFileSync(join(chain.folder, "wrong"), "wrong\n");
    writeFileSync(join(chain.folder, "empty"), "");
    writeFileSync(join(chain.folder, "cut.json"), '{"version":3,"crypto"', { mode: 0o600 });
    writeFileSync(join(chain.folder, "odd\u001b[2J.json"), '{"version":3,"name":"\\u001b[2J"}', { mode: 0o600 });
    await chain.refuses(args.map((arg) => arg.replace("HASH", hash.slice(0, 10))), { exit: 2, code });
  });
});

describe("a Safe that is not what Safe released", () => {
  test.each<[string, string, () => Promise<Address>]>([
    ["proxy", "LPCTL_SAFE_UNKNOWN_PROXY", async () => bundleAt(at(name, "bundle.json")).safe.address],
    [
      "singleton",
      "LPCTL_SAFE_UNKNOWN_SINGLETON",
      async () => `0x${(await chain.rpc.storage(bundleAt(at(name, "bundle.json")).safe.address, 0n)).slice(26)}` as Address,
    ],
  ])("by the code of its %s is refused by whatever asks it for anything", async (_what, code, addressOf) => {
    const address = await addressOf();
    const original = await chain.rpc.code(address);
    await chain.withChainChanged(
      async () => void (await chain.rpc.request("anvil_setCode", [address, `${original}00`], z.null())),
      async () => {
        await chain.refusesAll([["safe", "show"], sign("owner-1"), execute(), ["params", "set", "verificationRate", "300", "--no-aftermath"]], { exit: 3, code });
      },
    );
  });
});

describe("a stale nonce", () => {
  test("after a rejection the proposal is refused everywhere, and the same change can be prepared anew", async () => {
    await chain.result(sign("owner-1"), 5);
    await chain.result(sign("owner-2"));
    const second = await chain.result<{ safe: { safeTxHash: string; nonce: string } }>(["params", "set", "verificationRate", "400", "--no-aftermath"]);
    expect(second.safe.nonce).toBe("1");
    await chain.result(sign("owner-1", "2", second.safe.safeTxHash), 5);
    await chain.result(sign("owner-2", "2", second.safe.safeTxHash));
    const before = await chain.rpc.blockNumber();
    await chain.result(execute("2"), 5);
    expect(await chain.rpc.blockNumber()).toBe(before);

    const rejection = await chain.result<{ path: string; safeTxHash: string }>(["proposal", "cancel", "1"]);
    for (const owner of ["owner-1", "owner-3"]) {
      await chain.result(["safe", "sign", rejection.path, "--key", owner, "--confirm", rejection.safeTxHash.slice(0, 10)]);
    }
    await chain.result(["safe", "execute", rejection.path, "--key", "operator", "--confirm", "local"]);
    expect(await chain.rpc.blockNumber()).toBe(before + 1n);

    const blocked = { exit: 3, code: "LPCTL_STEP_BLOCKED", says: "nonce 0 of the Safe was used by another transaction" };
    await chain.refusesAll([execute(), sign("owner-3"), ["safe", "export", "1", "--output", "out.json"]], blocked);
    await chain.result(["safe", "execute", rejection.path, "--key", "operator", "--confirm", "local"]);
    expect(await chain.rpc.blockNumber(), "run again, it sends nothing").toBe(before + 1n);
    await chain.refuses(["safe", "sign", rejection.path, "--key", "owner-2", "--confirm", rejection.safeTxHash.slice(0, 10)], { exit: 3, code: "LPCTL_SAFE_ALREADY_EXECUTED" });

    const again = await chain.result<{ proposal: { name: string }; safe: { nonce: string } }>(["params", "set", "verificationRate", "500", "--no-aftermath"]);
    expect(again).toMatchObject({ proposal: { name: expect.stringMatching(/^003-/) as unknown }, safe: { nonce: "2" } });
  });
});

/** As `sign`, for tables that are made before the hash is known. */
function sign_(key: string): string[] {
  return ["proposal", "sign", "1", "--key", key, "--confirm", "HASH", "--no-aftermath"];
}
