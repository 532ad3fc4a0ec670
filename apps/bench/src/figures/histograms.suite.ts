/** What a histogram of a service's metrics has taken so far. */
export interface Taken {
  readonly count: number;
  readonly sum: number;
}

/** The histograms of a service by their names, those with labels added up. */
export async function histogramsOf(url: string): Promise<ReadonlyMap<string, Taken>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const histograms = new Map<string, { count: number; sum: number }>();
  for (const [, name = '', part, value] of text.matchAll(/^(\w+)_(count|sum)(?:\{.*\})? (\S+)$/gm)) {
    const taken = histograms.get(name) ?? { count: 0, sum: 0 };
    taken[part as 'count' | 'sum'] += Number(value);
    histograms.set(name, taken);
  }
  return histograms;
}
