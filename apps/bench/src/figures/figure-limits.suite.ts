/** A figure that the product decides and no machine: what it was when its limit was set, and what it may become. */
interface Figure {
  readonly what: string;
  readonly measured: number;
  readonly limit: { readonly most: number } | { readonly least: number };
}

/** What `npm run check:figures` holds the product to. */
const FIGURES = {
  declaredCommits: {
    what: 'Commits of the coordinator for a declared transaction of four branches, its key included',
    measured: 3,
    limit: { most: 3 },
  },
  interactiveCommits: {
    what: 'Commits of the coordinator for an interactive one: three, and one for each of four Tries and four answers',
    measured: 11,
    limit: { most: 11 },
  },
  branchCommits: {
    what: 'Commits of a participant for a branch',
    measured: 2,
    // Two are its own; the fence is swept by the clock.
    limit: { most: 2.2 },
  },
  records: {
    what: 'Kafka records for a transaction of four branches that is alone',
    measured: 17,
    // 17 are its own; questions of the participants come now and then.
    limit: { most: 17.5 },
  },
  recordsWhenFull: {
    what: 'Kafka records for a transaction of four branches among 1,024',
    measured: 1.1,
    limit: { most: 2 },
  },
  batchStatements: {
    what: 'SQL statements besides BEGIN and COMMIT for the Tries or the Confirms of a batch, with 1,024 in flight',
    // Three for Tries, two for Confirms: the fence's, and one of the handler.
    measured: 2.5,
    limit: { most: 3 },
  },
  begins: {
    what: 'Begins that share a commit, with 1,024 in flight',
    measured: 232,
    limit: { least: 50 },
  },
  saves: {
    what: 'Saves of transactions that share a commit, with 1,024 in flight',
    measured: 232,
    limit: { least: 50 },
  },
  batchCommands: {
    what: "Commands of a participant's batch, with 1,024 in flight",
    measured: 223,
    limit: { least: 50 },
  },
  claimBuffers: {
    what: 'Buffers read by a claim of ten among 30,000 finished transactions',
    measured: 108,
    limit: { most: 160 },
  },
  drained: {
    what: 'Share of the due transactions of other participants that end while one participant hangs',
    measured: 1,
    limit: { least: 1 },
  },
} satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;

/** Why a figure is not good enough, in a sentence; undefined of one that is. */
export function complaintAbout(name: FigureName, value: number): string | undefined {
  const { what, measured, limit }: Figure = FIGURES[name];
  const isGood = 'most' in limit ? value <= limit.most : value >= limit.least;
  if (isGood) return undefined;
  const bound = 'most' in limit ? `at most ${limit.most}` : `at least ${limit.least}`;
  return `${what}: ${rounded(value)}. It has to be ${bound}, and was ${measured} when that was set.`;
}

/** All figures that were found, beside what they were. */
export function figureTable(found: ReadonlyMap<FigureName, number>): string {
  const lines = [...found].map(([name, value]) => {
    const { what, measured, limit }: Figure = FIGURES[name];
    const bound = 'most' in limit ? `<= ${limit.most}` : `>= ${limit.least}`;
    return `| ${what} | ${rounded(value)} | ${measured} | ${bound} |`;
  });
  return ['| Figure | now | when its limit was set | limit |', '|---|---:|---:|---:|', ...lines].join('\n');
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}
