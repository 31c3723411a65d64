import { describe, expect, test } from "vitest";
import { chooseActors, parseSeed, type ActorOptions, type ActorSettings } from "../../../src/node/actor-settings.ts";

const nothing: ActorOptions = { none: false, seed: undefined, transcoders: undefined, delegators: undefined, misbehaviour: undefined, fast: false };
const before: ActorSettings = { seed: "7", transcoders: 10, delegators: 50, misbehaviour: ["offline"], turnoutPercent: 60, fast: true };

describe("the actors of a chain", () => {
  test("are there unless they are not wanted", () => {
    expect(chooseActors(nothing, undefined, "launch")).toMatchObject({ seed: "1", transcoders: 4, delegators: 8, misbehaviour: [], fast: false });
    expect(chooseActors({ ...nothing, none: true }, undefined, "launch")).toBeNull();
    expect(chooseActors({ ...nothing, none: true }, before, "launch")).toBeNull();
  });

  test("stay as they were when the chain goes on, but for the hurry", () => {
    expect(chooseActors(nothing, before, "launch")).toEqual({ ...before, fast: false });
    expect(chooseActors({ ...nothing, delegators: 3 }, before, "launch")).toEqual({ ...before, delegators: 3, fast: false });
    expect(chooseActors(nothing, null, "launch")).toBeNull();
    expect(chooseActors({ ...nothing, fast: true }, null, "launch")).toMatchObject({ transcoders: 4, fast: true });
  });

  test("cannot misbehave more often than they are, nor in jobs that there are not", () => {
    const usage = expect.objectContaining({ code: "LPCTL_USAGE_BAD_VALUE" }) as Error;
    expect(() => chooseActors({ ...nothing, transcoders: 1, misbehaviour: ["offline", "offline"] }, undefined, "launch")).toThrow(usage);
    expect(() => chooseActors({ ...nothing, misbehaviour: ["double-claim"] }, undefined, "current")).toThrow(usage);
    expect(chooseActors({ ...nothing, misbehaviour: ["late-reward"] }, undefined, "current")).toMatchObject({ misbehaviour: ["late-reward"] });
  });

  test("vote where there are votes, as many as are wanted", () => {
    expect(chooseActors(nothing, undefined, "current")).toMatchObject({ turnoutPercent: 80 });
    expect(chooseActors({ ...nothing, turnoutPercent: 0 }, undefined, "current")).toMatchObject({ turnoutPercent: 0 });
    expect(() => chooseActors({ ...nothing, turnoutPercent: 50 }, undefined, "launch")).toThrow("Nobody votes");
  });

  test.each(["-1", "07", "1.5", "0x10", "99999999999999999999"])("take no seed %s", (text) => {
    expect(() => parseSeed(text)).toThrow(expect.objectContaining({ code: "LPCTL_USAGE_BAD_VALUE" }) as Error);
  });
});
