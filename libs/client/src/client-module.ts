import type { DynamicModule, FactoryProvider } from '@nestjs/common';
import { TccClient } from './tcc-client.js';
import type { TccClientOptions } from './tcc-client.js';

/**
 * Provides a `TccClient` to a whole Nest application. It needs nothing of Nest but its types, so that initiators
 * without Nest need not install it.
 */
export class HoldfastClientModule {
  static forRoot(options: TccClientOptions): DynamicModule {
    return HoldfastClientModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(
    options: Pick<DynamicModule, 'imports'> &
      Pick<FactoryProvider<TccClientOptions>, 'inject' | 'useFactory'>,
  ): DynamicModule {
    const client: FactoryProvider<TccClient> = {
      provide: TccClient,
      inject: options.inject ?? [],
      useFactory: async (...needs: unknown[]) => new TccClient(await options.useFactory(...needs)),
    };
    return {
      module: HoldfastClientModule,
      global: true,
      imports: options.imports ?? [],
      providers: [client],
      exports: [TccClient],
    };
  }
}
