/** An environment variable, or its default where it has one. */
export function setting(name: string, byDefault?: string): string {
  const value = process.env[name] ?? byDefault;
  if (value === undefined) throw new Error(`${name} must be given`);
  return value;
}
