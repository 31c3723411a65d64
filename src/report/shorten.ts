/**
 * The beginning of a text that is longer than anybody reads, with a word on how much is left out. Names and values come
 * from chains and files and may be megabytes; the JSON form of a report has all of them in full.
 */
export function shorten(text: string, mostCharacters = 1_500): string {
  if (text.length <= mostCharacters) return text;
  // Not through the middle of a character outside the first plane.
  const end = /[\ud800-\udbff]/.test(text.charAt(mostCharacters - 1)) ? mostCharacters - 1 : mostCharacters;
  return `${text.slice(0, end)}… (${text.length - end} more characters in report.json)`;
}
