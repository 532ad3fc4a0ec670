import { Body, Controller, Get, Headers, HttpStatus, Param, Post, Res } from '@nestjs/common';
import { IDEMPOTENCY_KEY_HEADER, IDEMPOTENCY_REPLAYED_HEADER, IdempotencyKey } from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import { PlaceOrder, type OrderAnswer, type OrderView } from '@holdfast/shop';
import type { FastifyReply } from 'fastify';
import { parseOrderNo } from './order-number.js';
import { OrderService } from './order-service.js';
import { PlaceOrderPipe } from './place-order-pipe.js';

@Controller('v1/orders')
export class OrdersController {
  constructor(private readonly orders: OrderService) {}

  /**
   * Places an order: 201 once it is decided, paid or closed; 202 if that took too long, with where to look. A second
   * tap with the same `Idempotency-Key` is the same order.
   */
  @Post()
  async place(
    @Body(PlaceOrderPipe) request: PlaceOrder,
    @Headers(IDEMPOTENCY_KEY_HEADER) key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<OrderAnswer> {
    const { answer, repeated } = await this.orders.place(request, checkedKey(key));
    void reply.header('location', `/v1/orders/${answer.orderNo}`);
    if (repeated) void reply.header(IDEMPOTENCY_REPLAYED_HEADER, 'true');
    if (answer.status === 'processing') void reply.status(HttpStatus.ACCEPTED);
    return answer;
  }

  @Get(':orderNo')
  async find(@Param('orderNo') orderNo: string): Promise<OrderView> {
    if (!parseOrderNo(orderNo)) throw notFound('This is mistyped: its check digits do not fit.');
    const view = await this.orders.find(orderNo);
    if (!view) throw notFound(`No order is ${orderNo}.`);
    return view;
  }
}

function checkedKey(key: string | undefined): string | null {
  if (key === undefined) return null;
  const { error } = IdempotencyKey.safeParse(key);
  if (error) throw HttpProblem.of('MALFORMED_REQUEST', error.issues.map(({ message }) => message).join('; '));
  return key;
}

function notFound(detail: string): HttpProblem {
  return HttpProblem.own('ORDER_NOT_FOUND', { status: 404, title: 'There is no such order' }, detail);
}
