import type { Message } from '@holdfast/protocol';
import type { EngineObserver } from '../engine/engine-observer.js';
import type { CleanupDesk } from './cleanup-desk.js';
import type { InquiryDesk } from './inquiry-desk.js';

/** What participants ask about the rows of their fences. */
export type FenceQuestion = Message<'holdfast.inquiry' | 'holdfast.cleanup-question'>;

/** Takes participants' questions to those who answer them. */
export class FenceQuestions {
  /** @param mayTell whether its inquiries are answered now; if not, what is frozen there stays so, and it asks again. */
  constructor(
    private readonly inquiries: InquiryDesk,
    private readonly cleanups: CleanupDesk,
    private readonly observer: EngineObserver,
    private readonly mayTell: (participant: string) => boolean,
  ) {}

  /** Answers one after the other. What fails is asked again, so it holds up no reply that came with it. */
  async answer(questions: readonly FenceQuestion[]): Promise<void> {
    for (const question of questions) {
      try {
        if (question.type === 'holdfast.cleanup-question') await this.cleanups.answer(question.body);
        else if (this.mayTell(question.body.participant)) await this.inquiries.answer(question.body);
      } catch (error) {
        this.observer.failed(`${question.body.participant} got no answer about its fence`, error as Error);
      }
    }
  }
}
