import { Controller, Get, Global, Module, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Registry, collectDefaultMetrics } from 'prom-client';

/**
 * How often Node looks at how late its event loop is. By prom-client's own 10 ms most of what an idle process does is to
 * wake up for it. A lag of so much is none.
 */
const EVENT_LOOP_LOOK_MS = 250;

@Controller('metrics')
class MetricsController {
  constructor(private readonly registry: Registry) {}

  @Get()
  async metrics(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.registry.contentType);
    return this.registry.metrics();
  }
}

/**
 * Serves `/metrics`, and provides prom-client's `Registry` to the whole application: one an application, since several
 * may run in one process.
 */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [
    {
      provide: Registry,
      useFactory: () => {
        const registry = new Registry();
        collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_MS });
        return registry;
      },
    },
  ],
  exports: [Registry],
})
export class MetricsModule {}
