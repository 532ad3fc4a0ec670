import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { HttpProblem } from '@holdfast/service';
import { Sku, StockPage, type StockView } from '@holdfast/shop';
import { z } from 'zod';
import { StockBook } from './stock-book.js';

const LIST_MAX = 1_000;
const ListQuery = z.strictObject({
  after: Sku.optional(),
  limit: z.coerce.number().int().min(1).max(LIST_MAX).default(100),
});

@Controller('v1/stock')
export class StockController {
  constructor(private readonly book: StockBook) {}

  @Put()
  async load(@Body({ schema: StockPage }) { items }: StockPage): Promise<{ loaded: number }> {
    await this.book.load(items);
    return { loaded: items.length };
  }

  @Get()
  async list(
    @Query({ schema: ListQuery }) { after = '', limit }: z.output<typeof ListQuery>,
  ): Promise<{ items: StockView[]; next: string | null }> {
    const items = await this.book.list(after, limit);
    return { items, next: items.length < limit ? null : (items.at(-1)?.sku ?? null) };
  }

  @Get(':sku')
  async find(@Param('sku', { schema: Sku }) sku: string): Promise<StockView> {
    const view = await this.book.find(sku);
    if (!view)
      throw HttpProblem.own(
        'SKU_NOT_FOUND',
        { status: 404, title: 'There is no such SKU' },
        `No SKU is ${sku}.`,
      );
    return view;
  }
}
