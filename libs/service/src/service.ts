import { type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { REQUEST_BYTES_MAX } from '@holdfast/protocol';
import type { RouteOptions } from 'fastify';
import type { z } from 'zod';
import { ProblemFilter } from './problem-filter.js';
import type { serviceSettings } from './settings.js';
import { ServiceLog } from './service-log.js';
import { StartError } from './start-error.js';
import { startTracing, traceRequests } from './tracing.js';
import { validationPipe } from './validation.js';

export interface ServiceOptions {
  /** Stands in every line of its log. */
  readonly name: string;
  readonly settings: z.output<z.ZodObject<typeof serviceSettings>>;
  readonly module: Type | DynamicModule;
  /** What this service adds to the application before it listens, such as an OpenAPI document. */
  readonly configure?: (app: NestFastifyApplication) => void | Promise<void>;
  /** Closes what was opened for the module: after the application, and also if its start fails. */
  readonly close?: () => Promise<void>;
}

export interface RunningService {
  readonly name: string;
  /** Where it listens, such as `http://127.0.0.1:3001`. */
  readonly url: string;
  readonly app: NestFastifyApplication;
  /** Ends what is under way, stops listening, and closes what the service stands on. */
  close(): Promise<void>;
}

/** Starts a Nest application: it listens when this resolves. What it had opened is closed again if the start fails. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { name, settings, close } = options;
  let app: NestFastifyApplication | undefined;
  let stopTracing: (() => Promise<void>) | undefined;
  const stop = async () => {
    await app?.close();
    await close?.();
    await stopTracing?.();
  };
  try {
    if (settings.OTEL_EXPORTER_OTLP_ENDPOINT) stopTracing = await startTracing(name);
    const adapter = new FastifyAdapter({ bodyLimit: REQUEST_BYTES_MAX });
    app = await NestFactory.create<NestFastifyApplication>(options.module, adapter, {
      // Fastify's own parser of JSON, and no other: Nest would take forms as well.
      bodyParser: false,
      abortOnError: false,
      logger: new ServiceLog(name, settings.LOG_LEVEL),
    });
    adapter.getInstance().removeContentTypeParser('text/plain');
    adapter.getInstance().addHook('onRoute', limitBody);
    traceRequests(adapter.getInstance());
    app.useGlobalPipes(validationPipe());
    app.useGlobalFilters(new ProblemFilter());
    await options.configure?.(app);
    await listen(app, settings);
    return { name, url: await app.getUrl(), app, close: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A route may take more than others: `@RouteConfig({ bodyLimit })`, in bytes. */
function limitBody(route: RouteOptions): void {
  const { bodyLimit } = (route.config ?? {}) as { bodyLimit?: number };
  if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
}

async function listen(
  app: NestFastifyApplication,
  { PORT, HOST }: ServiceOptions['settings'],
): Promise<void> {
  try {
    await app.listen(PORT, HOST);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new StartError(`Port ${PORT} of ${HOST} is taken by another program.`, { cause });
  }
}
