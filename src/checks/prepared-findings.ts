import type { Check } from "./check.ts";

/** What was found before there was anything to simulate: layouts, bytecode, parameter bounds. */
export const preparedFindings: Check = (_proposal, _simulation, context) => [...context.prepared];
