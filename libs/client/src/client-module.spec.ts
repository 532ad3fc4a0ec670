import { Test } from '@nestjs/testing';
import { HoldfastClientModule } from './client-module.js';
import { order, setUp } from './samples.suite.js';
import type { Setup } from './samples.suite.js';
import { TccClient } from './tcc-client.js';

let setup: Setup;
beforeEach(async () => {
  setup = await setUp();
});
afterEach(() => setup.tearDown());

const URL_TOKEN = 'coordinator url';

test.each([
  ['forRoot', () => HoldfastClientModule.forRoot({ url: setup.fake.url })],
  [
    'forRootAsync',
    () =>
      HoldfastClientModule.forRootAsync({
        imports: [
          {
            module: class Settings {},
            providers: [{ provide: URL_TOKEN, useValue: setup.fake.url }],
            exports: [URL_TOKEN],
          },
        ],
        inject: [URL_TOKEN],
        useFactory: async (url: string) => ({ url }),
      }),
  ],
])('%s provides a client that is closed with the application', async (_name, module) => {
  const app = await Test.createTestingModule({ imports: [module()] }).compile();
  const tcc = app.get(TccClient);
  await expect(tcc.run({ name: 'checkout' }, [order()])).resolves.toMatchObject({ outcome: 'confirmed' });
  await app.close();
  await expect(tcc.run({ name: 'checkout' }, [order()])).rejects.toMatchObject({ name: 'OutcomeUnknown' });
});
