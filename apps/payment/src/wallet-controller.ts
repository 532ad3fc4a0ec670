import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { HttpProblem } from '@holdfast/service';
import { Currency, CustomerId, WalletPage, type WalletView } from '@holdfast/shop';
import { WalletBook } from './wallet-book.js';

@Controller('v1/wallets')
export class WalletController {
  constructor(private readonly book: WalletBook) {}

  @Put()
  async load(@Body({ schema: WalletPage }) { items }: WalletPage): Promise<{ loaded: number }> {
    await this.book.load(items);
    return { loaded: items.length };
  }

  @Get(':customerId/:currency')
  async find(
    @Param('customerId', { schema: CustomerId }) customerId: string,
    @Param('currency', { schema: Currency }) currency: string,
  ): Promise<WalletView> {
    const view = await this.book.find(customerId, currency);
    if (!view)
      throw HttpProblem.own(
        'WALLET_NOT_FOUND',
        { status: 404, title: 'There is no such wallet' },
        `${customerId} has no wallet in ${currency}.`,
      );
    return view;
  }
}
