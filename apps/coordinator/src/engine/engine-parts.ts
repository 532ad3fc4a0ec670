import type { RetryPolicy } from '@holdfast/core';
import { topics } from '@holdfast/protocol';
import type { Foundation } from '@holdfast/service';
import {
  HistoryStore,
  InstanceStore,
  ParticipantStore,
  ResourceStore,
  TransactionEndings,
  TransactionStore,
} from '@holdfast/store';
import type { Registry } from 'prom-client';
import { v7 } from 'uuid';
import { Admission } from '../admission/admission.js';
import { waitsOf } from '../admission/work-in-flight.js';
import { CleanupDesk } from '../fences/cleanup-desk.js';
import { FenceQuestions } from '../fences/fence-questions.js';
import type { History } from '../fences/history.js';
import { InquiryDesk } from '../fences/inquiry-desk.js';
import { AdmissionMetrics } from '../signals/admission-metrics.js';
import { EngineMetrics } from '../signals/engine-metrics.js';
import { BeginQueue } from './begin-queue.js';
import { CommandPace } from './command-pace.js';
import { CommandPublisher } from './command-publisher.js';
import { CommandReaders } from './command-readers.js';
import { DatabaseClock } from './database-clock.js';
import { Engine } from './engine.js';
import { HeldTransactions } from './held-transactions.js';
import { HistoryRetention } from './history-retention.js';
import { ParticipantWatch } from './participant-watch.js';
import { ReplyAddress } from './reply-address.js';
import { ReplyConsumer } from './reply-consumer.js';
import { ResourceRegistry } from './resource-registry.js';
import { SetAsideWork } from './set-aside-work.js';
import { Sweeper } from './sweeper.js';
import { Waiters } from './waiters.js';

/** The parts of one instance's engine, put together. An instance is one start of the process. */
export class EngineParts {
  readonly instance = v7();
  readonly clock = new DatabaseClock();
  readonly waiters = new Waiters();
  readonly held = new HeldTransactions();
  readonly transactions: TransactionStore;
  readonly instances: InstanceStore;
  readonly registry: ResourceRegistry;
  readonly participants: ParticipantWatch;
  readonly readers: CommandReaders;
  /** When to send again, and to whom not at the moment. */
  readonly policy: RetryPolicy;
  readonly engine: Engine;
  readonly begins: BeginQueue;
  readonly replies: ReplyConsumer;
  readonly sweeper: Sweeper;
  readonly retention: HistoryRetention;
  readonly admission: Admission;

  constructor(
    { dataSource, bus }: Foundation,
    topicPrefix: string,
    policy: RetryPolicy,
    history: History,
    answersInquiries: boolean,
    inFlightMin: number,
    metrics: Registry,
  ) {
    const names = topics(topicPrefix);
    const address = new ReplyAddress();
    const observer = new EngineMetrics(metrics, () => this.held.size);
    this.admission = new Admission(inFlightMin, observer.endCounts);
    new AdmissionMetrics(metrics, this.admission);
    const pace = new CommandPace(bus, () => this.admission.inFlight);
    const publisher = new CommandPublisher(pace, names, this.instance, address);
    this.transactions = new TransactionStore(dataSource, this.instance);
    this.instances = new InstanceStore(dataSource, this.instance);
    this.registry = new ResourceRegistry(new ResourceStore(dataSource));
    this.participants = new ParticipantWatch(new ParticipantStore(dataSource));
    this.readers = new CommandReaders(bus, names, () => this.registry.participants(), this.participants);
    const { paused, setAside, withoutConsumer } = this.participants;
    this.policy = { ...policy, paused, setAside, withoutConsumer };
    this.engine = new Engine(this.transactions, publisher, this.held, this.waiters, observer, this.policy);
    this.begins = new BeginQueue(this.transactions, this.engine, observer);
    const questions = new FenceQuestions(
      new InquiryDesk(this.transactions, publisher, this.engine, this.clock, history),
      new CleanupDesk(new TransactionEndings(dataSource), publisher, this.clock, history),
      observer,
      (participant) => answersInquiries && !paused.has(participant),
    );
    this.replies = new ReplyConsumer(
      bus,
      names,
      this.clock,
      this.engine,
      this.registry,
      this.participants,
      address,
      questions,
    );
    this.sweeper = new Sweeper(
      this.transactions,
      this.instances,
      this.engine,
      this.held,
      this.waiters,
      this.clock,
      this.participants,
      new SetAsideWork(this.held, this.participants, this.engine),
      this.replies,
      observer,
    );
    this.retention = new HistoryRetention(new HistoryStore(dataSource), history.retentionMs, observer);
  }

  /** Counts anew what is in flight. @param now by `performance.now()`. */
  countWork(now: number): void {
    const { answers, setAside } = this.participants;
    this.admission.count(waitsOf(this.held.all(), setAside), answers, now);
  }
}
