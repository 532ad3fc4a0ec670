#!/usr/bin/env node
// In this repository it builds what is out of date first; an installed copy comes built.
import { existsSync } from 'node:fs';

const builder = new URL('../demo/build.mjs', import.meta.url);
if (existsSync(builder)) {
  const { build } = await import(builder);
  await build().catch((error) => {
    console.error(`The build failed: ${error.message}.`);
    process.exit(1);
  });
}
await import('./dist/main.js');
