import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';

/** Serves the OpenAPI document at `/openapi.json`, made of the schemas that validate. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Holdfast coordinator')
    .setDescription('Begins, decides and shows global transactions.')
    .setVersion('1')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    standardSchemaConverter: (schema, { schemaType }) => {
      if (!(schema instanceof z.ZodType)) return undefined;
      const { $defs, ...json } = z.toJSONSchema(schema, { io: schemaType, unrepresentable: 'any' });
      return { schema: json, components: $defs ?? {} };
    },
  });
  SwaggerModule.setup('openapi', app, document, {
    ui: false,
    raw: ['json'],
    jsonDocumentUrl: '/openapi.json',
  });
}
