import { Interface } from "ethers";
import type { Hex } from "../protocol/hex.ts";
import type { Call } from "./call.ts";
import type { Intent, Proxy, UpgradeIntent } from "./intent.ts";

const controller = new Interface([
  "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
  "function pause()",
  "function unpause()",
]);
const erc1967 = new Interface([
  "function upgradeAndCall(address proxy, address implementation, bytes data)",
  "function upgradeToAndCall(address implementation, bytes data)",
  "function upgradeTo(address implementation)",
  "function transferOwnership(address newOwner)",
]);

/**
 * The calls that carry out intents, in order. Pure: the same intents give the same bytes everywhere,
 * which is how a signer's machine proves that a proposal says what it does.
 */
export function deriveCalls(intents: readonly Intent[]): Call[] {
  return intents.flatMap(callsOfIntent);
}

function callsOfIntent(intent: Intent): Call[] {
  switch (intent.kind) {
    case "upgrade":
      return [upgradeCall(intent)];
    case "set-parameter": {
      const setter = new Interface([intent.setter]);
      const data = setter.encodeFunctionData(functionOf(setter), [...intent.setterArgs, intent.value]) as Hex;
      return [{ to: intent.target, valueWei: 0n, data }];
    }
    case "transfer-ownership":
      return [
        {
          to: intent.target,
          valueWei: 0n,
          data: erc1967.encodeFunctionData("transferOwnership", [intent.newOwner]) as Hex,
        },
      ];
    case "pause":
    case "unpause":
      return [{ to: intent.controller, valueWei: 0n, data: controller.encodeFunctionData(intent.kind) as Hex }];
    case "calls":
      return intent.calls;
  }
}

function upgradeCall(intent: UpgradeIntent): Call {
  const { proxy, implementation, initializer } = intent;
  if (initializer !== "0x" && !runsInitializer(proxy)) throw new TypeError(`an upgrade of a ${proxy.kind} proxy cannot run an initializer`);
  switch (proxy.kind) {
    case "controller-registry":
      return {
        to: proxy.controller,
        valueWei: 0n,
        data: controller.encodeFunctionData("setContractInfo", [
          proxy.targetId,
          implementation,
          intent.gitCommitHash,
        ]) as Hex,
      };
    case "transparent":
      return {
        to: proxy.admin,
        valueWei: 0n,
        data: erc1967.encodeFunctionData("upgradeAndCall", [proxy.address, implementation, initializer]) as Hex,
      };
    case "uups":
      return {
        to: proxy.address,
        valueWei: 0n,
        data: erc1967.encodeFunctionData("upgradeToAndCall", [implementation, initializer]) as Hex,
      };
    case "beacon":
      return {
        to: proxy.beacon,
        valueWei: 0n,
        data: erc1967.encodeFunctionData("upgradeTo", [implementation]) as Hex,
      };
  }
}

/** Whether the upgrade of a proxy can call it in the same transaction. */
export function runsInitializer(proxy: Proxy): boolean {
  return proxy.kind === "transparent" || proxy.kind === "uups";
}

/** The one function of a single-fragment interface. */
export function functionOf(contract: Interface): string {
  const fragment = contract.fragments.find((candidate) => candidate.type === "function");
  if (fragment === undefined) throw new TypeError("the signature names no function");
  return fragment.format("sighash");
}
