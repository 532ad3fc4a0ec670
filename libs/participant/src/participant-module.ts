import {
  Inject,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type Type,
} from '@nestjs/common';
import type { BranchDefinition } from '@holdfast/protocol';
import type { TccHandler } from './handler.js';
import { HoldfastParticipant } from './participant.js';
import type { ParticipantOptions } from './participant-options.js';

const OPTIONS = Symbol('participant options');

export interface ParticipantModuleOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...dependencies: never[]) => ParticipantOptions | Promise<ParticipantOptions>;
  /** The handler classes, each marked with `@TccResource`. What they inject comes from `imports` or global modules. */
  readonly handlers: readonly Type<TccHandler<BranchDefinition>>[];
}

/** Receives commands from when the application has started until it shuts down. */
@Injectable()
class ParticipantLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(HoldfastParticipant) private readonly participant: HoldfastParticipant) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.participant.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.participant.stop();
  }
}

/** Makes a Nest application a participant; provides `HoldfastParticipant` to the whole application. */
@Module({})
export class HoldfastParticipantModule {
  static forRootAsync(options: ParticipantModuleOptions): DynamicModule {
    return {
      module: HoldfastParticipantModule,
      global: true,
      imports: options.imports ?? [],
      providers: [
        { provide: OPTIONS, inject: options.inject ?? [], useFactory: options.useFactory },
        ...options.handlers,
        {
          provide: HoldfastParticipant,
          inject: [OPTIONS, ...options.handlers],
          useFactory: (given: ParticipantOptions, ...handlers: TccHandler<BranchDefinition>[]) =>
            new HoldfastParticipant(given, handlers),
        },
        ParticipantLifecycle,
      ],
      exports: [HoldfastParticipant, ...options.handlers],
    };
  }
}
