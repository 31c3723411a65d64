import { FunctionFragment, Interface } from "ethers";
import { contractId } from "../protocol/contract-id.ts";
import type { Hex } from "../protocol/hex.ts";
import type { Call } from "./call.ts";
import { callOfSafeChange } from "./safe-change.ts";
import type { Intent, Proxy, UpgradeIntent } from "./intent.ts";

const controller = new Interface([
  "function setContractInfo(bytes32 id, address contractAddress, bytes20 gitCommitHash)",
  "function pause()",
  "function unpause()",
]);
const accessControl = new Interface(["function grantRole(bytes32 role, address account)", "function revokeRole(bytes32 role, address account)"]);
const minter = new Interface(["function migrateToNewMinter(address newMinter)"]);
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
      const { abi, name } = parseFunction(intent.setter);
      const data = abi.encodeFunctionData(name, [...intent.setterArgs, intent.value]) as Hex;
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
    case "grant-role":
    case "revoke-role":
      return [
        {
          to: intent.target,
          valueWei: 0n,
          data: accessControl.encodeFunctionData(intent.kind === "grant-role" ? "grantRole" : "revokeRole", [intent.role, intent.account]) as Hex,
        },
      ];
    case "register":
      return [
        {
          to: intent.controller,
          valueWei: 0n,
          data: controller.encodeFunctionData("setContractInfo", [contractId(intent.contract), intent.address, intent.gitCommitHash]) as Hex,
        },
      ];
    case "migrate-minter":
      return [{ to: intent.minter, valueWei: 0n, data: minter.encodeFunctionData("migrateToNewMinter", [intent.newMinter]) as Hex }];
    case "pause":
    case "unpause":
      return [{ to: intent.controller, valueWei: 0n, data: controller.encodeFunctionData(intent.kind) as Hex }];
    case "change-safe":
      return [callOfSafeChange(intent.safe, intent.change)];
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

/**
 * One function by its human-readable signature. Goes around `new Interface(text)`, which writes to standard output
 * about what it cannot read and carries on.
 * @throws when the text is no function
 */
export function parseFunction(signature: string): { abi: Interface; name: string } {
  const fragment = FunctionFragment.from(signature);
  return { abi: new Interface([fragment]), name: fragment.format("sighash") };
}
