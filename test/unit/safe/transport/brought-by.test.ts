import { expect, test } from "vitest";
import type { BundleSignature } from "../../../../src/safe/bundle.ts";
import { broughtBy } from "../../../../src/safe/transport/transport.ts";
import { address } from "../../proposal/example-proposal.ts";

const mine: BundleSignature = { owner: address("a1"), kind: "eip712", data: "0x11", blind: true };
const { blind: _blind, ...unmarked } = mine;
const theirs: BundleSignature = { owner: address("b2"), kind: "eip712", data: "0x22" };

test("a service, which knows no marks of blind signing, takes none away; a file of somebody who reviewed does", () => {
  expect(broughtBy({ bundle: null, signatures: [unmarked, theirs] }, [mine])).toEqual([theirs]);
  expect(broughtBy({ bundle: null, signatures: [{ ...unmarked, data: "0x12" }] }, [mine])).toEqual([{ ...unmarked, data: "0x12" }]);
  const bundle = {} as NonNullable<Parameters<typeof broughtBy>[0]>["bundle"];
  expect(broughtBy({ bundle, signatures: [unmarked] }, [mine])).toEqual([unmarked]);
  expect(broughtBy(undefined, [mine])).toEqual([]);
});
