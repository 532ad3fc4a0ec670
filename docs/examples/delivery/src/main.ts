import { NestFactory } from '@nestjs/core';
import { DeliveryModule } from './delivery-module.js';

const app = await NestFactory.createApplicationContext(DeliveryModule);
app.enableShutdownHooks();
