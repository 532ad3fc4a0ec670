import { LineSplitter } from './line-splitter.js';

const TEXT = Buffer.from('{"a":"ü"}\n\n{"b":"€ 𝄞"}\n');
const LINES = ['{"a":"ü"}', '', '{"b":"€ 𝄞"}'];

test('lines come out whole, at whichever byte their chunks are cut', () => {
  for (let first = 0; first <= TEXT.length; first++) {
    for (let second = first; second <= TEXT.length; second++) {
      const lines = new LineSplitter(64);
      const cut = [TEXT.subarray(0, first), TEXT.subarray(first, second), TEXT.subarray(second)];
      expect(cut.flatMap((chunk) => lines.push(chunk))).toEqual(LINES);
    }
  }
});

test('a line may be as long as allowed, and no longer, whether it ends or not', () => {
  expect(new LineSplitter(3).push(Buffer.from('abc\nabc\n'))).toEqual(['abc', 'abc']);
  expect(() => new LineSplitter(3).push(Buffer.from('abcd\n'))).toThrow(RangeError);
  const lines = new LineSplitter(3);
  lines.push(Buffer.from('abc'));
  expect(() => lines.push(Buffer.from('d'))).toThrow(RangeError);
});
