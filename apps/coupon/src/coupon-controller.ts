import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { HttpProblem, invalidRequest } from '@holdfast/service';
import {
  CouponCode,
  CouponPage,
  CustomerId,
  GrantPage,
  type CouponView,
  type GrantView,
} from '@holdfast/shop';
import { CouponBook } from './coupon-book.js';

@Controller('v1')
export class CouponController {
  constructor(private readonly book: CouponBook) {}

  @Put('coupons')
  async load(@Body({ schema: CouponPage }) { items }: CouponPage): Promise<{ loaded: number }> {
    await this.book.load(items);
    return { loaded: items.length };
  }

  @Put('grants')
  async grant(@Body({ schema: GrantPage }) { items }: GrantPage): Promise<{ loaded: number }> {
    const unknown = await this.book.unknownOf([...new Set(items.map(({ couponCode }) => couponCode))]);
    const errors = items.flatMap(({ couponCode }, index) =>
      unknown.has(couponCode)
        ? [{ path: `/items/${index}/couponCode`, message: `there is no coupon ${couponCode}` }]
        : [],
    );
    if (errors.length > 0) throw invalidRequest(errors);
    await this.book.grant(items);
    return { loaded: items.length };
  }

  @Get('coupons/:couponCode')
  async find(@Param('couponCode', { schema: CouponCode }) couponCode: string): Promise<CouponView> {
    const view = await this.book.find(couponCode);
    if (!view) throw notFound('COUPON_NOT_FOUND', 'There is no such coupon', `No coupon is ${couponCode}.`);
    return view;
  }

  @Get('coupons/:couponCode/grants/:customerId')
  async findGrant(
    @Param('couponCode', { schema: CouponCode }) couponCode: string,
    @Param('customerId', { schema: CustomerId }) customerId: string,
  ): Promise<GrantView> {
    const view = await this.book.findGrant(couponCode, customerId);
    if (!view)
      throw notFound(
        'GRANT_NOT_FOUND',
        'There is no such grant',
        `${customerId} was not given ${couponCode}.`,
      );
    return view;
  }
}

function notFound(code: string, title: string, detail: string): HttpProblem {
  return HttpProblem.own(code, { status: 404, title }, detail);
}
