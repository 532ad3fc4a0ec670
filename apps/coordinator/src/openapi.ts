import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Problem } from '@holdfast/protocol';
import { z } from 'zod';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Serves the OpenAPI document at `/openapi.json`, made of the schemas that validate. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('openapi', app, () => describeApi(app), {
    ui: false,
    raw: ['json'],
    jsonDocumentUrl: '/openapi.json',
  });
}

/** What the coordinator answers below `/v1`. Probes and metrics are no part of it. */
function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Holdfast coordinator')
    .setDescription('Begins, decides and shows global transactions.')
    .setVersion('1')
    .setLicense('Apache 2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'the coordinator that serves this document')
    .addTag('transactions', 'What initiators do, and how transactions stand.')
    .addTag('branches', 'Branches that come one by one.')
    .addTag('operators', 'What operators see and do.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, or a JWT.' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => {
      if (!(schema instanceof z.ZodType)) return undefined;
      const { $defs, ...json } = z.toJSONSchema(schema, { io: schemaType, unrepresentable: 'any' });
      return { schema: json, components: $defs ?? {} };
    },
  });
  return withProblems(document);
}

/** Every operation may answer a problem, as RFC 9457 has it. */
function withProblems(document: OpenAPIObject): OpenAPIObject {
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const problems = {
    '4XX': { description: 'The request is turned down; its code and detail say what to do.', content },
    '5XX': { description: 'It failed, or nobody knows whether it did.', content },
  };
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/'));
  for (const [, item] of paths) {
    for (const method of METHODS) Object.assign(item[method]?.responses ?? {}, problems);
  }
  const schemas = { ...document.components?.schemas, ...(z.toJSONSchema(Problem).$defs as object) };
  return { ...document, paths: Object.fromEntries(paths), components: { ...document.components, schemas } };
}
