import type { ParamType } from "ethers";

/** Words that keep their type and change their meaning, which no selector and no topic shows. */
export interface WordChange {
  /** `moved`: a name now stands at another word. `renamed`: only called otherwise, as far as names tell. */
  kind: "moved" | "renamed";
  /** `word 6: withdrawRound, becomes lastClaimRound` */
  words: string[];
}

/** Compares the names of two lists of parameters of equal types, members of structs included. Unnamed words say nothing. */
export function compareWords(before: readonly ParamType[], after: readonly ParamType[]): WordChange | undefined {
  const [old, now] = [before.flatMap(namesOf), after.flatMap(namesOf)];
  if (old.length !== now.length) return undefined;
  const changed = old.flatMap((name, index) => {
    const next = now[index] ?? "";
    return name === "" || next === "" || plain(name) === plain(next) ? [] : [{ index, name, next }];
  });
  if (changed.length === 0) return undefined;
  const [oldNames, nowNames] = [new Set(old.map(plain)), new Set(now.map(plain))];
  const moved = changed.some(({ name, next }) => nowNames.has(plain(name)) || oldNames.has(plain(next)));
  return { kind: moved ? "moved" : "renamed", words: changed.map(({ index, name, next }) => `word ${index + 1}: ${name}, becomes ${next}`) };
}

function namesOf(parameter: ParamType): string[] {
  if (parameter.baseType === "tuple") return (parameter.components ?? []).flatMap(namesOf);
  return [parameter.name];
}

/** `_to` and `to` are the same name, in two styles. */
function plain(name: string): string {
  return name.replace(/^_+|_+$/g, "").toLowerCase();
}
