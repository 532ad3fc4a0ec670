import { TccClient, branch } from '@holdfast/client';
import { BookSlot } from './book-slot.js';
import { setting } from './settings.js';

/** Books a place in each slot named on the command line, in all or in none, and prints the outcome. */
const tcc = new TccClient({
  url: setting('COORDINATOR_URL', 'http://127.0.0.1:3000'),
  apiKey: process.env['HOLDFAST_API_KEY'],
});
const branches = process.argv.slice(2).map((slot) => branch(BookSlot, { slot }));
const outcome = await tcc.run({ name: 'book-slots', wait: 'ended' }, branches);
console.log(JSON.stringify(outcome));
await tcc.close();
