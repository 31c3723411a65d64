/** The code that an error carries, as failures of the system do (`ENOENT`); undefined where it has none. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
