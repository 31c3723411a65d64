/**
 * The versions of a file that are in a text which git could not merge: the text itself when there is no conflict in it, else one
 * for each side. What both sides were made from (`diff3`) is left out.
 */
export function conflictingVersions(text: string): string[] {
  if (!text.includes("<<<<<<<")) return [text];
  const ours: string[] = [];
  const theirs: string[] = [];
  let side: "both" | "ours" | "base" | "theirs" = "both";
  for (const line of text.split("\n")) {
    // JSON has no line of this form, whatever its strings hold.
    if (/^<{7}( |$)/.test(line)) side = "ours";
    else if (/^\|{7}( |$)/.test(line) && side === "ours") side = "base";
    else if (/^={7}$/.test(line) && side !== "both") side = "theirs";
    else if (/^>{7}( |$)/.test(line)) side = "both";
    else {
      if (side === "both" || side === "ours") ours.push(line);
      if (side === "both" || side === "theirs") theirs.push(line);
    }
  }
  return [ours.join("\n"), theirs.join("\n")];
}
