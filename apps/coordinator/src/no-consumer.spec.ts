import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HUNG_CODES } from '@holdfast/core';
import { KafkaBus, createTopics } from '@holdfast/bus';
import { MESSAGE_TYPE_HEADER, decode, topics } from '@holdfast/protocol';
import { deleteTopics, describeKafka, newXid, until } from '@holdfast/testing';
import { CoordinatorUnderTest, agreeable } from './coordinator-under-test.suite.js';

const SOON_HUNG = { REPLY_TIMEOUT: '300ms', RETRY_CAP: '2s', HUNG_AFTER_ATTEMPTS: '4' };

/** What an operator gets to see of why a transaction hangs, in each place where the code stands. */
async function codesOf(coordinator: CoordinatorUnderTest, xid: string) {
  const { body: explained } = await coordinator.get(`/v1/transactions/${xid}/explain`);
  const { body: list } = await coordinator.get('/v1/transactions?hung=true');
  const { body: detail } = await coordinator.get(`/v1/transactions/${xid}`);
  const listed = list.items.find((item) => item.xid === xid);
  return [explained.code, listed?.hung?.code, detail.hung?.code, await codeInMetric(coordinator)];
}

/** The code under which the only transaction that hangs is counted. */
async function codeInMetric(coordinator: CoordinatorUnderTest): Promise<string | undefined> {
  const series = HUNG_CODES.map((code) => coordinator.metric(`holdfast_transactions_hung{code="${code}"}`));
  const counts = await Promise.all(series);
  return HUNG_CODES.find((_, at) => counts[at] === 1);
}

/** Each of these four places says so. */
const allSay = (code: string) => [code, code, code, code];

/** A transaction whose Confirm the participant never answers, until it is marked as hung. */
async function hangingConfirm(
  coordinator: CoordinatorUnderTest,
  ready: (xid: string) => Promise<void>,
): Promise<string> {
  coordinator.participant('p').script = (command) =>
    command.operation === 'confirm' ? undefined : agreeable(command);
  const { body } = await coordinator.declare(['p'], '?wait=decided');
  await ready(body.xid);
  await until(async () => (await coordinator.get(`/v1/transactions/${body.xid}`)).body.hung, {
    what: 'the mark',
    timeoutMs: 30_000,
  });
  return body.xid;
}

function describeCodes(coordinator: CoordinatorUnderTest, toLeaveMs: number): void {
  test('one that hangs and reads is NO_REPLY; once nobody reads it is NO_CONSUMER everywhere, and back', async () => {
    const xid = await hangingConfirm(coordinator, async () => undefined);
    expect(await codesOf(coordinator, xid)).toEqual(allSay('NO_REPLY'));

    await coordinator.participant('p').close();
    const says = (code: string) => async () =>
      (await codesOf(coordinator, xid)).join() === allSay(code).join();
    await until(says('NO_CONSUMER'), { what: 'NO_CONSUMER', timeoutMs: toLeaveMs });
    const { body } = await coordinator.get(`/v1/transactions/${xid}/explain`);
    expect(body).toMatchObject({
      runbook: 'docs/runbooks/no-consumer.md',
      branches: [{ code: 'NO_CONSUMER', participant: 'p' }],
    });

    const back = await coordinator.addParticipant('p');
    await until(async () => (await coordinator.get(`/v1/transactions/${xid}`)).body.phase === 'confirmed', {
      what: 'the end',
      timeoutMs: toLeaveMs,
    });
    expect(back.sent(xid, 'confirm')).not.toEqual([]);
  });
}

describe('on the memory bus', () => {
  const coordinator = new CoordinatorUnderTest();
  beforeAll(() => coordinator.start(['p'], SOON_HUNG));
  afterAll(() => coordinator.stop());

  describeCodes(coordinator, 10_000);

  test('the notice tells it as well, where it is known by then', async () => {
    const xid = await hangingConfirm(coordinator, async (begun) => {
      await coordinator.participant('p').close();
      await until(
        async () => (await coordinator.get(`/v1/transactions/${begun}/explain`)).body.code === 'NO_CONSUMER',
        {
          what: 'somebody to look',
        },
      );
    });
    const { body } = await coordinator.get(`/v1/transactions/${xid}`);
    expect(body.hung?.code).toBe('NO_CONSUMER');
    const notices = coordinator.broker
      .messages(topics().event)
      .filter(({ headers }) => headers[MESSAGE_TYPE_HEADER] === 'holdfast.notice')
      .map(({ headers, value }) => decode(['holdfast.notice'], headers, value).body)
      .filter((notice) => notice.xid === xid);
    expect(notices).toMatchObject([{ type: 'hung', code: 'NO_CONSUMER' }]);
  });
});

describeKafka('over Kafka', (brokers) => {
  const connection = { brokers: brokers.split(','), clientId: 'no-consumer-spec', log: () => undefined };
  const prefix = `no-consumer-${newXid()}`;
  const names = topics(prefix);
  const kafka = { newBus: () => new KafkaBus({ ...connection, sessionTimeoutMs: 6_000 }), prefix };
  const coordinator = new CoordinatorUnderTest(undefined, kafka);

  beforeAll(async () => {
    const common = { partitions: 2, retentionMs: 3_600_000, replicationFactor: 1 };
    const all = [names.reply, names.event, names.command('p')];
    await createTopics(
      connection,
      all.map((topic) => ({ topic, ...common })),
    );
    await coordinator.start(['p'], SOON_HUNG);
  });
  afterAll(async () => {
    await coordinator.stop();
    await deleteTopics(brokers, prefix);
  });

  describeCodes(coordinator, 30_000);
});
