import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MemoryBus } from '@holdfast/bus';
import { encode, topics } from '@holdfast/protocol';
import type { MessageOf, MessageType } from '@holdfast/protocol';
import { newXid, until } from '@holdfast/testing';
import { CoordinatorUnderTest } from './coordinator-under-test.suite.js';

const DAY_MS = 24 * 3_600_000;
const names = topics();
const silent = new CoordinatorUnderTest();
const speaking = new CoordinatorUnderTest();
beforeAll(() => Promise.all([silent.start(['p'], { INQUIRY: 'off' }), speaking.start(['p'])]));
afterAll(() => Promise.all([silent.stop(), speaking.stop()]));

/** What `p` is told about a transaction that is not known, once its next question has been answered. */
async function toldAbout(coordinator: CoordinatorUnderTest): Promise<string[]> {
  const bus = new MemoryBus(coordinator.broker);
  const say = <T extends MessageType>(type: T, body: MessageOf<T>) =>
    bus.publish([{ topic: names.reply, ...encode(type, body, 'key') }]);
  const [xid, ancient] = [newXid(), newXid(Date.now() - 30 * DAY_MS)];
  const asked = { xid, branchId: '1', resource: 'p.reserve', fence: 'tried' } as const;
  await say('holdfast.inquiry', { v: 1, participant: 'p', askedAt: Date.now(), branches: [asked] });
  const branches = [{ xid: ancient, branchId: '1' }];
  await say('holdfast.cleanup-question', { v: 1, participant: 'p', endedForMs: DAY_MS, branches });
  const isAnswered = () =>
    coordinator.broker.messages(names.command('p')).some(({ value }) => String(value).includes(ancient));
  await until(isAnswered, { what: 'the answer to the next question' });
  await bus.close();
  const told = coordinator.broker.messages(names.command('p'));
  return told
    .filter(({ value }) => String(value).includes(xid))
    .map(({ headers }) => headers['ce_type'] as string);
}

test('with INQUIRY=off what a restored database lacks is not taken for cancelled', async () => {
  expect(await toldAbout(silent)).toEqual([]);
});

test('a participant that is paused is not told what to do with what it froze; resumed, it is', async () => {
  const path = '/v1/participants/p/actions';
  await speaking.post(`${path}/pause`, { reason: 'restored from a backup' });
  expect(await toldAbout(speaking)).toEqual([]);
  await speaking.post(`${path}/resume`, { reason: 'restored, checked' });
  expect(await toldAbout(speaking)).toEqual(['holdfast.command']);
});
