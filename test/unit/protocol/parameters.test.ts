import { FunctionFragment } from "ethers";
import { describe, expect, test } from "vitest";
import { LpctlError } from "../../../src/errors.ts";
import { checkParameterValue, refuseParameterValue } from "../../../src/protocol/check-parameter-value.ts";
import { chooseVariant } from "../../../src/protocol/choose-variant.ts";
import { knownInterface } from "../../../src/protocol/decode-known.ts";
import type { CurrentValues, Parameter } from "../../../src/protocol/parameter.ts";
import { PARAMETERS, encodeParameterSetter, functionKey, parameterIds, parseParameterKeys, splitKeys, variantsOf } from "../../../src/protocol/parameters.ts";
import { formatHuman, isNumeric, parseHuman } from "../../../src/protocol/units.ts";

function one(id: string, index = 0): Parameter {
  const found = variantsOf(id)[index];
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

function codes(parameter: Parameter, typed: string, current: CurrentValues = {}): string[] {
  const { value, form } = parseHuman(typed, parameter.unit);
  return checkParameterValue(parameter, value, current, { form }).map((finding) => `${finding.severity} ${finding.code}`);
}

describe("the catalogue", () => {
  test("every getter and setter is a function of the known contracts", () => {
    for (const parameter of PARAMETERS) {
      for (const signature of [parameter.getter, parameter.pendingGetter, parameter.setter]) {
        if (signature === null || signature === undefined) continue;
        expect(knownInterface().getFunction(FunctionFragment.from(signature).selector), `${parameter.id} ${signature}`).not.toBeNull();
      }
    }
  });

  test("every default is within bounds and has a human form that reads back", () => {
    for (const parameter of PARAMETERS) {
      for (const value of Object.values(parameter.defaults)) {
        expect(parseHuman(formatHuman(value, parameter.unit), parameter.unit).value, parameter.id).toBe(value);
        if (typeof value !== "bigint") continue;
        const refusals = checkParameterValue({ ...parameter, setter: parameter.setter ?? "function x(uint256)" }, value, {}).filter((finding) => finding.severity === "refuse");
        expect(refusals, parameter.id).toEqual([]);
      }
    }
  });

  test("who cannot be set says what to do instead, and who can takes its keys and one value", () => {
    for (const parameter of PARAMETERS) {
      if (parameter.setter === null) {
        expect(parameter.instead, parameter.id).toMatch(/\w/);
        expect(parameter.access).toBe("none");
      } else {
        const { inputs } = FunctionFragment.from(parameter.setter);
        expect(inputs.length, parameter.id).toBe(parameter.keys.length + 1);
        expect(inputs.at(-1)?.type, parameter.id).toBe(parameter.solidityType);
      }
      expect(parameter.bounds === null, parameter.id).toBe(!isNumeric(parameter.unit));
    }
  });

  test("setters have the selectors of the deployed contracts", () => {
    const recorded: [string, string, (bigint | string)[]][] = [
      ["JobsManager.verificationRate", "0x15fa168a", []],
      ["BondingManager.numTranscoders", "0x60c79d00", []],
      ["BondingManager.unbondingPeriod", "0xf10d1de1", []],
      ["RoundsManager.roundLength", "0x681312f5", []],
      ["RoundsManager.lipUpgradeRound", "0x13013e7a", [36n]],
      ["Minter.inflationChange", "0x010e3c1c", []],
    ];
    for (const [id, selector, keys] of recorded) expect(encodeParameterSetter(one(id), 500n, keys).slice(0, 10)).toBe(selector);
  });

  test("launch has the parameters that 2018 had", () => {
    const launch = PARAMETERS.filter((parameter) => parameter.deployments.includes("launch") && parameter.access === "controller-owner");
    expect(new Set(launch.map((parameter) => parameter.id)).size).toBe(17);
  });
});

describe("names", () => {
  test("a bare name finds its contract, whatever the case", () => {
    expect(one("VERIFICATIONRATE").id).toBe("JobsManager.verificationRate");
  });

  test("a misspelt name is refused with the nearest one", () => {
    for (const [typed, near] of [["verifcationRate", "JobsManager.verificationRate"], ["JobsManager.verificationRat", "JobsManager.verificationRate"], ["roundLenght", "RoundsManager.roundLength"], ["inflatoin", "Minter.inflation"]] as const) {
      expect(() => variantsOf(typed)).toThrow(LpctlError);
      try {
        variantsOf(typed);
      } catch (error) {
        expect((error as LpctlError).details?.["nearest"]).toBe(near);
        expect((error as LpctlError).code).toBe("LPCTL_PARAMETER_UNKNOWN");
      }
    }
  });

  test("a bare name can be typed where only one contract of a deployment has it", () => {
    const names = parameterIds().map((id) => id.slice(id.indexOf(".") + 1));
    const shared = new Set(names.filter((name, at) => names.indexOf(name) !== at));
    const ofGovernors = ["votingDelay", "votingPeriod", "proposalThreshold", "quorumNumerator", "quota", "timelock", "token", "minDelay"];
    expect([...shared].sort()).toEqual(ofGovernors.sort());
    expect(() => variantsOf("Quota")).toThrow("more than one contract");
    expect(() => variantsOf("votingDelay")).toThrow("more than one contract");
    expect(() => variantsOf("votingDelay", () => true)).toThrow("more than one contract");
    expect(variantsOf("votingDelay", (id) => id === "LivepeerGovernor.votingDelay").map(({ id }) => id)).toEqual(["LivepeerGovernor.votingDelay"]);
    expect(one("transcoderQuorum").id).toBe("StakeGovernor.transcoderQuorum");
  });

  test("an entry is named with its key", () => {
    expect(splitKeys("lipUpgradeRound(36)")).toEqual({ name: "lipUpgradeRound", keys: ["36"] });
    expect(splitKeys("roundLength")).toEqual({ name: "roundLength", keys: [] });
    expect(parseParameterKeys(one("lipUpgradeRound"), ["36"])).toEqual([36n]);
    expect(() => parseParameterKeys(one("lipUpgradeRound"), [])).toThrow("needs: lip");
    expect(() => parseParameterKeys(one("lipUpgradeRound"), ["x"])).toThrow("not a value");
    expect(() => parseParameterKeys(one("roundLength"), ["1"])).toThrow("no entries");
  });
});

describe("a new value", () => {
  test("one in 500 segments is fine", () => {
    expect(codes(one("verificationRate"), "500", { "JobsManager.verificationRate": 1000n })).toEqual([]);
  });

  test("out of bounds is refused", () => {
    expect(codes(one("verificationRate"), "0")).toEqual(["refuse parameter-out-of-bounds"]);
    expect(codes(one("verificationRate"), (2n ** 64n).toString())).toEqual(["refuse parameter-out-of-bounds"]);
    expect(codes(one("finderFee"), "101%")).toEqual(["refuse parameter-out-of-bounds"]);
  });

  test("the two verification periods must stay within the reach of blockhash", () => {
    const current = { "JobsManager.verificationSlashingPeriod": 100n, "JobsManager.verificationPeriod": 100n };
    expect(codes(one("verificationPeriod"), "156 blocks", current)).toEqual([]);
    expect(codes(one("verificationPeriod"), "157 blocks", current)).toEqual(["refuse parameter-cross-rule"]);
    expect(codes(one("verificationPeriod"), "157 blocks")).toEqual(["warning parameter-cross-rule-unchecked"]);
  });

  test("the pool only grows, and the active set stays within it", () => {
    const current = { "BondingManager.numTranscoders": 20n, "BondingManager.numActiveTranscoders": 10n };
    expect(codes(one("numTranscoders"), "20", current)).toContain("refuse parameter-cross-rule");
    expect(codes(one("numTranscoders"), "21", current)).toEqual([]);
    expect(codes(one("numActiveTranscoders"), "21", current)).toEqual(["refuse parameter-cross-rule"]);
    expect(codes(one("numActiveTranscoders"), "15", current)).toEqual([]);
  });

  test("a LIP's upgrade round is written once", () => {
    const check = (set: bigint): string[] =>
      checkParameterValue(one("lipUpgradeRound"), 2000n, { "RoundsManager.lipUpgradeRound(36)": set }, { keys: [36n] }).map((finding) => finding.code);
    expect(check(0n)).toEqual([]);
    expect(check(1500n)).toEqual(["parameter-cross-rule"]);
  });

  test("no change is a warning, and hex is compared by meaning", () => {
    expect(codes(one("verificationRate"), "1000", { "JobsManager.verificationRate": 1000n })).toEqual(["warning parameter-unchanged"]);
    const address = "0xD8E8328501E9645d16Cf49539efC04f734606ee4";
    expect(checkParameterValue(one("Governor.owner"), address, { "Governor.owner": address.toLowerCase() })[0]?.code).toBe("parameter-unchanged");
  });

  test("inflation has no setter and says what to do", () => {
    expect(codes(one("Minter.inflation"), "0.02%")).toContain("refuse parameter-no-setter");
    expect(() => encodeParameterSetter(one("Minter.inflation"), 1n)).toThrow("cannot be set");
  });
});

describe("the classic slip", () => {
  const findings = (id: string, typed: string, current: bigint | undefined, index = 0): string[] => {
    const parameter = one(id, index);
    const { value, form } = parseHuman(typed, parameter.unit);
    return checkParameterValue(parameter, value, { [parameter.id]: current }, { form }).map((finding) => `${finding.severity} ${finding.code}: ${finding.title}`);
  };

  test("10% in parts of 10^6, given to a scale of 10^27", () => {
    expect(findings("treasuryRewardCutRate", "100000", 0n)).toMatchInlineSnapshot(`
      [
        "refuse parameter-wrong-scale: 100000 is 0.00000000000000000001% for BondingManager.treasuryRewardCutRate; 10% (raw 100000000000000000000000000) was probably meant.",
      ]
    `);
  });

  test("50% in parts of 10^6, given to a scale of 10^9", () => {
    expect(findings("targetBondingRate", "500000", 500_000_000n, 1)).toMatchInlineSnapshot(`
      [
        "refuse parameter-wrong-scale: 500000 is 0.05% for Minter.targetBondingRate; 50% (raw 500000000) was probably meant.",
      ]
    `);
  });

  test("50% in parts of 10^9, given to a scale of 10^6", () => {
    expect(findings("targetBondingRate", "500000000", 500_000n, 0)).toMatchInlineSnapshot(`
      [
        "refuse parameter-wrong-scale: 500000000 is 50000% for Minter.targetBondingRate; 50% (raw 500000) was probably meant.",
        "refuse parameter-out-of-bounds: 50000% is out of bounds for Minter.targetBondingRate: at most 100% (raw 1000000).",
      ]
    `);
  });

  test("percent, whole tokens and blocks where raw parts, wei and rounds belong", () => {
    expect(findings("targetBondingRate", "50", 500_000n)[0]).toContain("50% (raw 500000) was probably meant");
    expect(findings("treasuryBalanceCeiling", "750000", 750_000n * 10n ** 18n)[0]).toContain("750000 LPT (raw 750000000000000000000000) was probably meant");
    expect(findings("unlockPeriod", "40320", 2n)[0]).toContain("7 rounds (raw 7) was probably meant");
  });

  test("what is written with its unit is believed, and --raw confirms the integer", () => {
    expect(findings("targetBondingRate", "0.05%", 500_000_000n, 1)).toEqual([]);
    const confirmed = checkParameterValue(one("targetBondingRate", 1), 500_000n, { "Minter.targetBondingRate": 500_000_000n }, { form: "raw", acceptRaw: true });
    expect(confirmed.map((finding) => finding.severity)).toEqual(["warning"]);
  });

  test("real changes of the past pass in raw form", () => {
    expect(findings("inflationChange", "700", 500n, 1)).toEqual([]);
    expect(findings("targetBondingRate", "460000000", 500_000_000n, 1)).toEqual([]);
    expect(findings("treasuryRewardCutRate", (10n ** 26n).toString(), 0n)).toEqual([]);
    expect(findings("BondingManager.numActiveTranscoders", "100", 25n, 1)).toEqual([]);
  });

  test("a refusal is thrown with a stable code, the reason, and what to type", () => {
    const parameter = one("treasuryRewardCutRate");
    const found = checkParameterValue(parameter, 100_000n, {}, { form: "raw" });
    expect(() => refuseParameterValue(parameter, found)).toThrow(
      expect.objectContaining({ code: "LPCTL_PARAMETER_WRONG_SCALE", exit: 3, next: "Write the value with its unit, or add --raw to confirm the integer as it is." }),
    );
  });
});

describe("one name with several meanings", () => {
  const getters = (...ids: string[]): Set<string> =>
    new Set(ids.flatMap((id) => variantsOf(id).map((variant) => functionKey(variant.contract, variant.getter))));
  const choose = (id: string, answering: Set<string>, rest: object = {}): string => {
    const chosen = chooseVariant(variantsOf(id), { answering, ...rest });
    return chosen === undefined ? "none" : `${chosen.parameter.unit} ${chosen.certain ? "certain" : "assumed"}`;
  };

  test("a Minter next to the launch suite's JobsManager counts in parts of 10^6", () => {
    expect(choose("targetBondingRate", getters("targetBondingRate", "verificationRate"))).toBe("percent-1e6 certain");
  });

  test("a Minter that knows the global supply counts in parts of 10^9", () => {
    expect(choose("targetBondingRate", getters("targetBondingRate").add("Minter.getGlobalTotalSupply()"))).toBe("percent-1e9 certain");
  });

  test("a percentage above a million proves the finer scale", () => {
    expect(choose("inflation", getters("inflation"), { values: { "Minter.targetBondingRate": 500_000_000n } })).toBe("percent-1e9 certain");
  });

  test("without proof the network file decides, and it is said to be uncertain", () => {
    expect(choose("inflation", getters("inflation"), { suite: "streamflow" })).toBe("percent-1e9 assumed");
    expect(choose("inflation", getters("inflation"))).toBe("percent-1e6 assumed");
  });

  test("contradicting facts are refused", () => {
    expect(() => choose("inflation", getters("inflation", "verificationRate").add("Minter.getGlobalTotalSupply()"))).toThrow("cannot be told");
  });

  test.each([[10n ** 6n, "percent-1e6"], [10n ** 9n, "percent-1e9"]])("a Minter that says its own scale is believed: %s", (minterScale, unit) => {
    expect(choose("inflation", getters("inflation"), { minterScale, suite: minterScale === 10n ** 6n ? "current" : "launch" })).toBe(`${unit} certain`);
    expect(chooseVariant(variantsOf("inflation"), { answering: getters("inflation"), minterScale })?.why).toContain(`PERC_DIVISOR() with ${minterScale}`);
  });

  test("a Minter's own word counts more than the JobsManager next to it", () => {
    expect(choose("inflation", getters("inflation", "verificationRate"), { minterScale: 10n ** 9n })).toBe("percent-1e9 certain");
  });

  test("a Minter whose scale contradicts what it does is refused", () => {
    const minterScale = 10n ** 6n;
    expect(() => choose("inflation", getters("inflation").add("Minter.getGlobalTotalSupply()"), { minterScale })).toThrow("cannot be told");
    expect(() => choose("inflation", getters("inflation"), { minterScale, values: { "Minter.targetBondingRate": 500_000_000n } })).toThrow("cannot be told");
    expect(() => choose("inflation", getters("inflation"), { minterScale: 10n ** 27n })).toThrow("cannot be told");
  });

  test("the number of active transcoders is another thing since Streamflow", () => {
    const launch = chooseVariant(variantsOf("BondingManager.numActiveTranscoders"), { answering: getters("BondingManager.numActiveTranscoders", "numTranscoders") });
    expect(launch?.parameter.getter).toContain("numActiveTranscoders()");
    const current = chooseVariant(variantsOf("BondingManager.numActiveTranscoders"), { answering: getters("numTranscoders") });
    expect(current?.parameter.getter).toContain("getTranscoderPoolMaxSize()");
  });

  test("a parameter that this chain does not have is none", () => {
    expect(choose("ticketValidityPeriod", new Set())).toBe("none");
  });
});
