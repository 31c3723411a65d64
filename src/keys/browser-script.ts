/**
 * What runs in the page that asks a browser wallet. It talks to the wallet and to the server it came from, and to nobody else.
 * Nothing that went to the wallet for a signature is asked a second time: one press, one answer.
 */
export const BROWSER_SCRIPT = String.raw`
"use strict";
const request = JSON.parse(document.getElementById("request").textContent);
const element = (id) => document.getElementById(id);
const wallets = new Map();

function say(text, isProblem = false) {
  element("status").textContent = text;
  element("status").className = isProblem ? "problem" : "";
}

function addWallet(id, name, provider) {
  if (wallets.has(id)) return;
  wallets.set(id, provider);
  const option = document.createElement("option");
  option.value = id;
  option.textContent = name.slice(0, 60);
  element("wallet").append(option);
  element("wallets").hidden = wallets.size < 2;
}

// EIP-6963: with several wallets in one browser, window.ethereum is whichever came last.
window.addEventListener("eip6963:announceProvider", (event) => {
  const { info, provider } = event.detail ?? {};
  if (info && provider) addWallet(String(info.uuid), String(info.name), provider);
});
window.dispatchEvent(new Event("eip6963:requestProvider"));

function chosenWallet() {
  if (wallets.size === 0 && window.ethereum) addWallet("window.ethereum", "Browser wallet", window.ethereum);
  return wallets.get(element("wallet").value);
}

function wordsOf(error) {
  return String(error?.message ?? error ?? "it gave no reason").slice(0, 300);
}

function end(text, isProblem = false) {
  element("go").disabled = true;
  element("refuse").disabled = true;
  say(text, isProblem);
}

async function isAwaited() {
  try {
    return (await fetch(location.pathname, { method: "HEAD", cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function answer(body, text) {
  try {
    const response = await fetch(location.pathname, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error("status " + response.status);
    end(text);
  } catch {
    end("lpctl does not wait for this answer any more. Look at the terminal.", true);
  }
}

/** The account to sign with, on the right chain; undefined when the person has to do something first. */
async function prepare(wallet) {
  const accounts = await wallet.request({ method: "eth_requestAccounts" });
  if (request.kind === "addresses") return accounts;
  const account = accounts.find((each) => each.toLowerCase() === request.address.toLowerCase());
  if (account === undefined) {
    say("The wallet offers " + (accounts.join(", ") || "no account") + ". Choose " + request.address + " in it, connect that account to this page, and press again.", true);
    return undefined;
  }
  if (request.chainId === null) return account;
  const isRight = async () => BigInt(await wallet.request({ method: "eth_chainId" })) === BigInt(request.chainId);
  if (await isRight()) return account;
  say("The wallet is on another chain. Let it change to chain " + request.chainId + ".");
  try {
    await wallet.request({ method: "wallet_switchEthereumChain", params: [{ chainId: "0x" + BigInt(request.chainId).toString(16) }] });
  } catch (error) {
    say("The wallet did not change to chain " + request.chainId + ": " + wordsOf(error) + " If it does not know that chain, add it there, and press again.", true);
    return undefined;
  }
  if (await isRight()) return account;
  say("The wallet is still on another chain than " + request.chainId + ". Change it there, and press again.", true);
  return undefined;
}

async function go() {
  const wallet = chosenWallet();
  if (wallet === undefined) {
    say("There is no wallet in this browser. Open this address in the one that has yours.", true);
    return;
  }
  if (!(await isAwaited())) {
    end("lpctl does not wait for an answer any more. Look at the terminal.", true);
    return;
  }
  let account;
  try {
    account = await prepare(wallet);
  } catch (error) {
    say("The wallet refused: " + wordsOf(error) + " Nothing was signed; you may press again.", true);
    return;
  }
  if (account === undefined) return;
  if (request.kind === "addresses") {
    await answer({ outcome: "addresses", addresses: account }, "lpctl has the addresses. You can close this tab.");
    return;
  }
  say("Compare, and confirm in the wallet.");
  let signature;
  try {
    signature = await wallet.request({ method: "eth_signTypedData_v4", params: [account, request.typedData] });
  } catch (error) {
    const outcome = error?.code === 4001 ? "refused" : "failed";
    await answer({ outcome, words: wordsOf(error) }, "Nothing was handed to lpctl. You can close this tab.");
    return;
  }
  await answer({ outcome: "signed", signature: String(signature) }, "Handed to lpctl, which now checks it. You can close this tab.");
}

let busy = false;
element("go").addEventListener("click", async () => {
  if (busy) return;
  busy = true;
  element("go").disabled = true;
  await go();
  busy = false;
  if (!element("refuse").disabled) element("go").disabled = false;
});
element("refuse").addEventListener("click", () => answer({ outcome: "refused", words: "" }, "Refused. You can close this tab."));
`;
