import {
  Controller,
  Get,
  HttpStatus,
  Inject,
  Module,
  Res,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { inTime } from './in-time.js';

/** One thing that a service needs in order to work. */
export interface ReadinessCheck {
  /** Such as `database`. */
  readonly name: string;
  /** Resolves to true if it is there. A rejection, or no answer within two seconds, means no. */
  check(): boolean | Promise<boolean>;
}

export interface HealthModuleOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...dependencies: never[]) => readonly ReadinessCheck[];
}

const CHECKS = Symbol('readiness checks');
const CHECK_MS_MAX = 2_000;

async function isThere(check: ReadinessCheck): Promise<boolean> {
  try {
    return await inTime(check.check(), CHECK_MS_MAX);
  } catch {
    return false;
  }
}

@Controller()
class HealthController {
  constructor(@Inject(CHECKS) private readonly checks: readonly ReadinessCheck[]) {}

  /** The process answers; restarting it would help nobody. */
  @Get('livez')
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** The service can do its work: 200, or 503 with what is missing. */
  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const states = await Promise.all(this.checks.map(isThere));
    const isReady = states.every(Boolean);
    if (!isReady) void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    return {
      status: isReady ? 'ready' : 'unready',
      checks: Object.fromEntries(this.checks.map(({ name }, at) => [name, states[at] ? 'ready' : 'unready'])),
    };
  }
}

/** Serves `/livez` and `/readyz`; what has to be there to be ready comes from the factory. */
@Module({})
export class HealthModule {
  static forRootAsync(options: HealthModuleOptions): DynamicModule {
    return {
      module: HealthModule,
      imports: options.imports ?? [],
      controllers: [HealthController],
      providers: [{ provide: CHECKS, inject: options.inject ?? [], useFactory: options.useFactory }],
    };
  }
}
