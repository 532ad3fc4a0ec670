import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { HttpProblem } from '@holdfast/service';
import { CustomerId, CustomerPage, type Customer } from '@holdfast/shop';
import { CustomerBook } from './customer-book.js';

@Controller('v1/customers')
export class CustomersController {
  constructor(private readonly book: CustomerBook) {}

  @Put()
  async load(@Body({ schema: CustomerPage }) { items }: CustomerPage): Promise<{ loaded: number }> {
    await this.book.load(items);
    return { loaded: items.length };
  }

  @Get(':customerId')
  async find(@Param('customerId', { schema: CustomerId }) customerId: string): Promise<Customer> {
    const customer = await this.book.find(customerId);
    if (!customer)
      throw HttpProblem.own(
        'CUSTOMER_NOT_FOUND',
        { status: 404, title: 'There is no such customer' },
        `No customer is ${customerId}.`,
      );
    return customer;
  }
}
