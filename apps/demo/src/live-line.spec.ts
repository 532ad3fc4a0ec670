import { expect, jest, test } from '@jest/globals';
import { LiveLine } from './live-line.js';

function terminal(isTTY: boolean) {
  let written = '';
  const write = (text: string) => {
    written += text;
    return true;
  };
  const live = new LiveLine({ isTTY, columns: 10, write });
  return { live, written: () => written };
}

test('on a terminal one line is replaced, and others are written above it', () => {
  const { live, written } = terminal(true);
  live.show('12345678901234');
  live.say('hello');
  live.show('2');
  live.show('');
  live.say('end');
  expect(written().split('\r\u001b[K')).toEqual(['', '123456789', 'hello\n123456789', '2', 'end\n']);
});

test('elsewhere progress is a line every few seconds', () => {
  const now = jest.spyOn(performance, 'now').mockReturnValue(0);
  try {
    const { live, written } = terminal(false);
    live.show('too early');
    now.mockReturnValue(5_000);
    live.show('now');
    live.show('too early again');
    live.say('hello');
    expect(written()).toBe('now\nhello\n');
  } finally {
    now.mockRestore();
  }
});
