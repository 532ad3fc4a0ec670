import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Admission } from '../admission/admission.js';

/** What is in flight in this coordinator, and what it did not take on. */
export class AdmissionMetrics {
  constructor(registry: Registry, admission: Admission) {
    const registers = [registry];
    new Gauge({
      name: 'holdfast_in_flight_transactions',
      help: 'Transactions that go on here.',
      registers,
      collect() {
        this.set(admission.inFlight);
      },
    });
    new Gauge({
      name: 'holdfast_in_flight_limit',
      help: 'As many may go on here at the moment.',
      registers,
      collect() {
        this.set(admission.limit);
      },
    });
    new Counter({
      name: 'holdfast_begins_refused_total',
      help: 'Begins that were not taken on, by whose bound was full.',
      labelNames: ['reason'],
      registers,
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(admission.refusedSoFar)) this.inc({ reason }, count);
      },
    });
    new Gauge({
      name: 'holdfast_waiting_transactions',
      help: 'Transactions that wait here for an answer of a participant.',
      labelNames: ['participant'],
      registers,
      collect() {
        this.reset();
        for (const [participant, count] of admission.waiting) this.set({ participant }, count);
      },
    });
  }
}
