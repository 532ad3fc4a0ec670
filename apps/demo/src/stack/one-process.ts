// Runs several apps in this one process, on one memory bus. Its argument says which, as JSON; see `app-parts.ts`.
import { pathToFileURL } from 'node:url';
import { MemoryBroker, MemoryBus, type Bus } from '@holdfast/bus';

/** An app to run: its built `main.js`, and what it is told besides the environment of this process. */
export interface GuestApp {
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
}

/** What every app's `main.js` exports. */
interface AppModule {
  readonly bootstrap: (env: NodeJS.ProcessEnv, bus?: Bus) => Promise<{ close(): Promise<void> }>;
}

async function run(guests: readonly GuestApp[]): Promise<void> {
  const broker = new MemoryBroker();
  const services = await Promise.all(
    guests.map(async ({ program, env }) => {
      const { bootstrap } = (await import(pathToFileURL(program).href)) as AppModule;
      return bootstrap({ ...process.env, ...env }, new MemoryBus(broker));
    }),
  );
  process.once('SIGTERM', () => {
    void Promise.all(services.map((service) => service.close())).then(() => process.exit(0));
  });
}

await run(JSON.parse(process.argv[2] ?? '[]') as GuestApp[]);
